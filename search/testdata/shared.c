// A process that holds shared memory, a private mapping of a memfd and one of a
// file, most of it holes: shared MIB. In each third page of the first part there
// is a number. It prints the addresses.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char *map(size_t size, int flags, int fd) {
	if (fd >= 0 && ftruncate(fd, size) != 0)
		exit(1);
	char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (block == MAP_FAILED)
		exit(1);
	for (int i = 0; i < 3000; i++)
		*(int32_t *)(block + (i * 3 + 1) * 4096 + 4 * (i % 1024)) = 777123;
	return block;
}

int main(int argc, char **argv) {
	if (argc != 2)
		return 2;
	size_t size = strtoull(argv[1], NULL, 10) << 20;
	char *shared = map(size, MAP_SHARED | MAP_ANONYMOUS, -1);
	char *memfd = map(size, MAP_PRIVATE, memfd_create("shared", 0));
	char *open = map(size, MAP_SHARED, memfd_create("open", 0));
	char *file = map(size, MAP_SHARED, fileno(tmpfile()));
	printf("%p %p %p %p\n", (void *)shared, (void *)memfd, (void *)open, (void *)file);
	fflush(stdout);
	return getchar();
}
