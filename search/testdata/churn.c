// A process whose memory never rests: it maps pages, fills each word with its
// own address, gives pages back, protects and unmaps them, over and over. It
// prints the bounds of the addresses it uses.
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

enum { PAGES = 2048, PAGE = 4096 };

int main(void) {
	char *arena = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		return 1;
	printf("%p %p\n", (void *)arena, (void *)(arena + PAGES * PAGE));
	fflush(stdout);
	for (uint32_t x = 1;; x = x * 1664525 + 1013904223) {
		char *page = arena + (x >> 8) % PAGES * PAGE;
		if (x % 5 == 0)
			madvise(page, PAGE, MADV_DONTNEED);
		else if (x % 5 == 1)
			mprotect(page, PAGE, PROT_NONE);
		else if (x % 5 == 2)
			munmap(page, PAGE);
		else if (mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page)
			for (uint64_t *word = (uint64_t *)page; word < (uint64_t *)(page + PAGE); word++)
				*word = (uint64_t)word;
	}
}
