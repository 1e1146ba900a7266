// A program whose values change when it is told to, at addresses that are known.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static char *page;

static int32_t *at(int offset) { return (int32_t *)(page + offset); }

int main(void) {
	page = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (page == MAP_FAILED) return 1;
	*at(0) = *at(4) = *at(8) = 95;
	*(double *)(page + 0x10) = 1.5;
	strcpy(page + 0x18, "alpha");
	*(char **)(page + 0x20) = page + 0x40;
	*at(0x40) = 7;
	*at(0x80) = 8;
	mprotect(page + 4096, 4096, PROT_READ);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (char line[64]; fgets(line, sizeof line, stdin);) {
		if (!strcmp(line, "hit\n")) *at(4) -= 5;
		if (!strcmp(line, "move\n")) *(char **)(page + 0x20) = page + 0x80;
		if (!strcmp(line, "lose\n")) *(char **)(page + 0x20) = NULL;
		if (!strcmp(line, "text\n")) strcpy(page + 0x18, "\"b\", c");
		if (!strcmp(line, "protect\n")) mprotect(page, 4096, PROT_READ);
		printf("%d %d %d\n", *at(0), *at(4), *at(8));
	}
	return 0;
}
