// A game in which the health is written all the time, mostly as it was, and hits
// take some of it when they are asked for.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))

struct player {
	char name[24];
	int health;
};

struct player *hero;
volatile int lives = 3;
volatile int quiet = 77;

APART void take_damage(struct player *p, int damage) {
	p->health -= damage; // line: damage
}

APART void lose(int n) { lives -= n; }

// Functions that are alike for longer than any signature.
#define ALIKE(name) APART void name(int n) { __asm__ volatile(".rept 100\n nop\n .endr"); lives += n; __asm__ volatile(".rept 100\n nop\n .endr"); }
ALIKE(alike1)
ALIKE(alike2)
ALIKE(alike3)

// rest is never called.
APART void rest(int n) { quiet -= n * 12345; }

static void *swing(void *unused) {
	for (;;) {
		take_damage(hero, 0);
		lose(0);
		alike2(0);
		usleep(500);
	}
	return unused;
}

int main(void) {
	pthread_t thread;
	setvbuf(stdout, NULL, _IOLBF, 0);
	hero = malloc(sizeof *hero);
	strcpy(hero->name, "hero");
	hero->health = 4321;
	pthread_create(&thread, NULL, swing, NULL);
	puts("ready");
	for (char line[64]; fgets(line, sizeof line, stdin);) {
		if (!strcmp(line, "hit\n")) take_damage(hero, 21);
		if (!strcmp(line, "quiet\n")) quiet++;
		printf("health %d\n", hero->health);
	}
	return 0;
}
