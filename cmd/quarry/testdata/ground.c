// A process whose memory never rests, beside some that does. Each word that is
// not zero holds its own address. It prints the bounds of three parts: pages that
// come, go, move and lose their rights and contents all the time; pages of a file
// that is cut and grows; and pages that stay, which are changed by others only. Every
// 16th page of the first part stays too, between all that comes and goes.
// A line "peek ADDRESS" asks for a word that stays, "ops" how often the rest has
// changed.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 // Linux 6.13
#endif

enum { PAGES = 2048, FILE_PAGES = 256, QUIET_PAGES = 64, EACH = 16, PAGE = 4096 };
static char *arena, *file, *quiet;
static atomic_ullong ops;

static void fill(char *page) {
	for (volatile uint64_t *word = (uint64_t *)page; (char *)word < page + PAGE; word++)
		*word = (uint64_t)(uintptr_t)word;
}

static char *fresh(char *page) {
	return mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void *change_pages(void *unused) {
	for (uint32_t x = 1;; x = x * 1664525 + 1013904223) {
		uint32_t number = (x >> 8) % PAGES;
		char *page = arena + number * PAGE;
		if (number % EACH == 0)
			continue;
		switch ((x >> 20) % 9) {
		case 0: madvise(page, PAGE, MADV_DONTNEED); break;
		case 1: mprotect(page, PAGE, PROT_NONE); break; // a guard
		case 5: madvise(page, PAGE, MADV_GUARD_INSTALL); break; // another, which maps does not show
		case 2: munmap(page, PAGE); break;
		case 3: // an empty page moves to its neighbour, and is filled there
			if (number % EACH != 1 && fresh(page) == page &&
			    mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page - PAGE) == page - PAGE)
				fill(page - PAGE);
			break;
		case 4: mprotect(page, PAGE, PROT_READ); break;
		default:
			if (fresh(page) == page)
				fill(page);
		}
		atomic_fetch_add(&ops, 1);
	}
}

static void *change_file(void *fd) {
	for (uint32_t x = 7;; x = x * 1664525 + 1013904223) {
		int pages = 1 + (x >> 8) % FILE_PAGES;
		if (ftruncate((intptr_t)fd, (off_t)pages * PAGE))
			break; // what is beyond answers with SIGBUS
		fallocate((intptr_t)fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(x >> 12) % pages * PAGE, PAGE);
		for (int i = 0; i < pages; i += 1 + x % 5)
			fill(file + i * PAGE);
		atomic_fetch_add(&ops, 1);
	}
	return NULL;
}

int main(void) {
	arena = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("ground", 0);
	file = mmap(NULL, FILE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	quiet = mmap(NULL, QUIET_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED || file == MAP_FAILED || quiet == MAP_FAILED)
		return 1;
	for (int i = 0; i < QUIET_PAGES; i++)
		fill(quiet + i * PAGE);
	for (int i = 0; i < PAGES; i += EACH)
		fill(fresh(arena + i * PAGE));
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("%p %p %p %p %p %p\n", (void *)arena, (void *)(arena + PAGES * PAGE), (void *)file,
	       (void *)(file + FILE_PAGES * PAGE), (void *)quiet, (void *)(quiet + QUIET_PAGES * PAGE));
	pthread_t thread;
	pthread_create(&thread, NULL, change_pages, NULL);
	pthread_create(&thread, NULL, change_file, (void *)(intptr_t)fd);
	char line[64];
	unsigned long long at;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "peek %llx", &at) == 1)
			printf("%llx\n", (unsigned long long)*(volatile uint64_t *)(uintptr_t)at);
		else
			printf("%llu\n", atomic_load(&ops));
	}
	return 0;
}
