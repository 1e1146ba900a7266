// load has much of everything: load MIB REGIONS THREADS MATCHES. It prints where
// its matches are, where its entries are and where all of its memory ends. Asked
// for N it changes every N-th match; "sum" adds up the entries.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK = 64 << 10, ENTRIES = 10000, VALUE = 47110815 };
static char *const ground = (char *)0x200000000000, *const many = (char *)0x300000000000;

static void *waiting(void *unused) {
	for (;;)
		pause();
}

static void *map(char *at, size_t size) {
	void *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

int main(int argc, char **argv) {
	size_t size = strtoul(argv[1], NULL, 10) << 20, matches = strtoul(argv[4], NULL, 10);
	int regions = atoi(argv[2]), threads = atoi(argv[3]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	// Every second word of the first pages is a match, the rest holds noise, with a
	// number in each page that nothing else has.
	uint32_t *words = map(ground, size);
	for (size_t i = 0, n = size / 4; i < n; i++) {
		if (i % (1 << 28) == 0)
			puts("so far"); // it takes a while
		words[i] = i < 2 * matches ? (i % 2 ? (uint32_t)(i * 2654435761u) | 1u << 31 : VALUE) : i % 1024 ? 0x5a5a5a5a : (uint32_t)i | 1u << 31;
	}
	for (int i = 0; i < regions; i++) // with a hole behind each
		*(int *)map(many + i * 8192L, 4096) = i;
	char *stacks = map(many + (regions + 16) * 8192L, (size_t)threads * STACK);
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	for (int i = 0; i < threads; i++) {
		pthread_t thread;
		pthread_attr_setstack(&attr, stacks + (size_t)i * STACK, STACK);
		int failed = pthread_create(&thread, &attr, waiting, NULL);
		if (failed) {
			fprintf(stderr, "thread %d: %s\n", i, strerror(failed));
			return 1;
		}
	}
	int *entries = map(many - (1 << 20), 1 << 20);
	for (int i = 0; i < ENTRIES; i++)
		entries[i] = i;
	printf("%p %p %p\n", (void *)words, (void *)entries, (void *)(ground + size));
	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		if (!strcmp(line, "sum\n")) {
			long sum = 0;
			for (int i = 0; i < ENTRIES; i++)
				sum += entries[i];
			printf("%ld\n", sum);
			continue;
		}
		size_t step = strtoul(line, NULL, 10), changed = 0;
		for (size_t i = 0; i < matches; i += step, changed++)
			words[2 * i]++;
		printf("changed %zu\n", changed);
	}
}
