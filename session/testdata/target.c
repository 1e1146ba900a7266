// A process that does as it is told: one command a line on stdin, one line of
// answer each. Numbers are hexadecimal.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int variable = 1234;
const int constant = 5678;
char zeros[3 * 4096 + 100]; // .bss over several pages

typedef unsigned long long number;
#define AT(n) ((char *)(uintptr_t)(n))

static number map(number size, const char *rights, const char *path) {
	int prot = 0, flags = MAP_PRIVATE | MAP_NORESERVE, fd = -1;
	if (strchr(rights, 'r')) prot |= PROT_READ;
	if (strchr(rights, 'w')) prot |= PROT_WRITE;
	if (strchr(rights, 'x')) prot |= PROT_EXEC;
	if (strchr(rights, 's')) flags = MAP_SHARED;
	if (*path) {
		fd = open(path, (prot & PROT_WRITE) && (flags & MAP_SHARED) ? O_RDWR : O_RDONLY);
		if (fd < 0) return 0;
	} else {
		flags |= MAP_ANONYMOUS;
	}
	void *p = mmap(NULL, size, prot, flags, fd, 0);
	if (fd >= 0) close(fd);
	return p == MAP_FAILED ? 0 : (number)(uintptr_t)p;
}

static char stack[64 << 10];

static int idle(void *unused) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) pause();
}

int main(int argc, char **argv) {
	char line[8192], text[4096], rights[16];
	number a, b, c;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		text[0] = 0;
		if (!strcmp(line, "addresses"))
			printf("%llx %llx %llx %llx\n", (number)(uintptr_t)&variable, (number)(uintptr_t)&constant,
			       (number)(uintptr_t)zeros, (number)(uintptr_t)main);
		else if (sscanf(line, "map %llx %15s %4095[^\n]", &a, rights, text) >= 2)
			printf("%llx\n", map(a, rights, text));
		else if (sscanf(line, "fill %llx %llx %llx", &a, &b, &c) == 3)
			memset(AT(a), c, b), puts("ok");
		else if (sscanf(line, "unmap %llx %llx", &a, &b) == 2)
			printf("%d\n", munmap(AT(a), b));
		else if (sscanf(line, "protect %llx %llx %llx", &a, &b, &c) == 3)
			printf("%d\n", mprotect(AT(a), b, c));
		else if (sscanf(line, "peek %llx", &a) == 1)
			printf("%x\n", *(unsigned char *)AT(a));
		else if (sscanf(line, "name %4095[^\n]", text) == 1)
			printf("%d\n", prctl(PR_SET_NAME, text));
		else if (sscanf(line, "label %llx %llx %4095[^\n]", &a, &b, text) == 3)
			printf("%d\n", prctl(0x53564d41, 0, a, b, text)); // PR_SET_VMA_ANON_NAME
		else if (sscanf(line, "dumpable %llx", &a) == 1)
			printf("%d\n", prctl(PR_SET_DUMPABLE, a));
		else if (sscanf(line, "brk %llx", &a) == 1)
			printf("%llx\n", (number)(uintptr_t)sbrk(a));
		else if (!strcmp(line, "share")) // a child in the same address space
			printf("%x\n", clone(idle, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL));
		else if (!strcmp(line, "exec"))
			execv("/proc/self/exe", argv);
		else if (!strcmp(line, "exit"))
			return 7;
		else
			printf("what? %s\n", line);
	}
	return 0;
}
