/* A program whose values are frozen. It prints their addresses, then does what
   the letters on its stdin say:
     w  rewrites the value every millisecond, as a thread, until the end
     W  likewise, not by sleeping but by the clock: every millisecond exactly
     s  reads the value all the time for 2 s, as another thread, and says how
        much of the time it was as given by the number that follows
     m  moves the object that the pointer points to, and spoils the old place
     n  makes the pointer null
     u  counts the score up, d down, by one
     p  says the value, the one of the object (or -1), and the score
     q  ends */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct object { int before, lives; char rest[56]; };

static volatile int value = 3;
static volatile int score = 100;
static struct object *player;
static char many[1000 * 4096];

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *rewrite(void *by_clock)
{
	struct timespec t, ms = {0, 1000000};
	clock_gettime(CLOCK_MONOTONIC, &t);
	for (;;) {
		if (by_clock) {
			if ((t.tv_nsec += 1000000) >= 1000000000) { t.tv_nsec -= 1000000000; t.tv_sec++; }
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		} else {
			nanosleep(&ms, NULL);
		}
		value = 3;
	}
	return NULL;
}

/* share returns in percent how much of the time the value was as wanted. It goes
   by the clock, so that a moment in which the thread does not run counts as
   what it saw before. */
static double share(int want)
{
	long long begin = now(), last = begin, good = 0, all;
	int was = value == want;
	do {
		int is = value == want;
		long long t = now();
		if (was) good += t - last;
		was = is;
		last = t;
		all = t - begin;
	} while (all < 2000000000LL);
	return 100.0 * good / all;
}

static void move(int null)
{
	struct object *old = player;
	player = NULL;
	if (!null) {
		player = malloc(sizeof *player);
		memset(player, 0, sizeof *player);
		player->lives = 3;
	}
	if (old) old->lives = 12345; /* not freed: the test looks at it */
}

int main(void)
{
	char line[64];
	pthread_t thread;
	move(0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(many, 1, sizeof many);
	printf("value %p score %p pointer %p many %p\n", (void *)&value, (void *)&score, (void *)&player, (void *)many);
	while (fgets(line, sizeof line, stdin)) {
		switch (line[0]) {
		case 'w': pthread_create(&thread, NULL, rewrite, NULL); puts("fighting"); break;
		case 'W': pthread_create(&thread, NULL, rewrite, &thread); puts("fighting"); break;
		case 's': printf("%.2f\n", share(atoi(line + 1))); break;
		case 'm': move(0); printf("at %p\n", (void *)player); break;
		case 'n': move(1); puts("null"); break;
		case 'u': score++; puts("up"); break;
		case 'd': score--; puts("down"); break;
		case 'p': printf("%d %d %d\n", value, player ? player->lives : -1, score); break;
		case 'q': return 0;
		}
	}
	return 0;
}
