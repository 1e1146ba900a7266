// A process to do harm to: it holds a number, a text and a block of 64 MiB, and
// does what a line of its input says: show, lose, sum, fork, exec, exit, crash. It is
// linked so that everything has the same address in each of its runs.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#define SIZE (64u << 20)
int lives = 736548219;
char text[] = "mortal text";
static const uintptr_t place = 0x200000000000;

int main(int argc, char **argv) {
	char line[64];
	uint64_t *block = mmap((void *)place, SIZE, PROT_READ | PROT_WRITE,
	                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (block == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < SIZE / 8; i++)
		block[i] = i % 8192 ? 0x0101010101010101u * (i % 97) : 5555555555;
	setvbuf(stdout, NULL, _IONBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "exit"))
			return 0;
		if (!strcmp(line, "crash"))
			*(volatile int *)8 = 1;
		if (!strcmp(line, "lose"))
			lives--;
		if (!strcmp(line, "exec"))
			execv("/proc/self/exe", argv);
		if (!strcmp(line, "sum")) {
			uint64_t sum = 0;
			for (size_t i = 0; i < SIZE / 8; i++)
				sum = sum * 31 + block[i];
			printf("%d %s %llx\n", lives, text, (unsigned long long)sum);
			continue;
		}
		if (!strcmp(line, "fork")) {
			int child = fork();
			if (child) {
				printf("%d\n", child);
				continue;
			}
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			int before = lives;
			for (;; usleep(1000)) // tells whether anybody has written to the child
				if (lives != before) {
					printf("the child has %d lives\n", lives);
					before = lives;
				}
		}
		printf("lives %d %s\n", lives, text);
	}
	return 0;
}
