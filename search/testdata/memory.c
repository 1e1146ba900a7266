// A process that holds memory to search: memory MIB {random | zeros | reserved}.
// reserved touches 64 MiB of it only, here and there. The process prints the
// address of the block and waits. Each line of input is answered by a line;
// "change N" first changes one number in each N bytes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
	if (argc != 3)
		return 2;
	size_t size = strtoull(argv[1], NULL, 10) << 20;
	uint64_t *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return 1;
	if (strcmp(argv[2], "random") == 0) {
		uint64_t x = 88172645463325252u; // xorshift
		for (size_t i = 0; i < size / 8; i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			block[i] = x;
		}
	} else if (strcmp(argv[2], "reserved") == 0) {
		for (size_t i = 0; i < 64; i++)
			memset((char *)block + size / 64 * i, 1, 1 << 20);
	} else {
		memset(block, 1, size); // touches every page
		memset(block, 0, size);
	}
	printf("%p\n", (void *)block);
	fflush(stdout);
	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		size_t step = 0;
		if (sscanf(line, "change %zu", &step) == 1 && step >= 4)
			for (size_t at = 0; at + 4 <= size; at += step)
				++*(uint32_t *)((char *)block + at);
		puts("ok");
		fflush(stdout);
	}
	return 0;
}
