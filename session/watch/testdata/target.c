// A program that touches its memory in known ways. It prints the address and the
// length of what a mode touches, and then does so as often as the line says that
// it reads.
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { int pad[6]; int value; } item;

volatile int global;
item *volatile heap;
char buffer[256] __attribute__((aligned(64)));
volatile long sink;

#define NOINLINE __attribute__((noinline))

NOINLINE void touch_global(int n) {
	global = n; // line: global
}

NOINLINE void touch_heap(int n) {
	heap->value = n; // line: heap
}

NOINLINE void touch_rmw(int n) {
	(void)n;
	global += 3; // line: rmw
}

NOINLINE void touch_atomic(int n) {
	__atomic_fetch_add((int *)&global, n, __ATOMIC_SEQ_CST); // line: atomic
}

NOINLINE void touch_read(int n) {
	sink = global + n; // line: read
}

int pipes[2];
NOINLINE void touch_kernel(int n) {
	if (write(pipes[1], &n, sizeof n) != sizeof n || read(pipes[0], (void *)&global, sizeof n) != sizeof n)
		abort();
}

#if defined(__x86_64__) || defined(__i386__)
NOINLINE void touch_stos(int n) {
	void *to = buffer;
	long count = sizeof buffer;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(n) : "memory"); // line: stos
}

NOINLINE void touch_movs(int n) {
	static char source[sizeof buffer];
	void *to = buffer, *from = source;
	long count = sizeof buffer / 4;
	source[0] = n;
	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory"); // line: movs
}

NOINLINE void touch_sse(int n) {
	(void)n;
	__asm__ volatile("movaps %%xmm0, %0" : "=m"(buffer[32]) : : "memory"); // line: sse
}

NOINLINE void touch_avx(int n) {
	(void)n;
	__asm__ volatile("vmovups %%ymm0, %0" : "=m"(buffer[64]) : : "memory"); // line: avx
}

// The value replaces the address that it is read from.
NOINLINE void touch_lost(int n) {
	(void)n;
	uintptr_t p = (uintptr_t)&global;
	__asm__ volatile("mov (%0), %k0" : "+r"(p)); // line: lost
	sink = p;
}
#else
#define touch_stos touch_global
#define touch_movs touch_global
#define touch_sse touch_global
#define touch_avx touch_global
#define touch_lost touch_read
#endif

NOINLINE void *in_thread(void *n) {
	global = (int)(intptr_t)n; // line: thread
	return 0;
}

NOINLINE void touch_thread(int n) {
	pthread_t t;
	if (pthread_create(&t, 0, in_thread, (void *)(intptr_t)n) || pthread_join(t, 0)) abort();
}

void *slot; // where the return address of leaf is
NOINLINE void leaf(void) {
	slot = (char *)__builtin_frame_address(0) + sizeof(void *);
}

// The return address of leaf lands on the watched word.
NOINLINE void touch_call(int n) {
	(void)n;
	leaf(); // line: call
}

static const struct { const char *name; void (*touch)(int); } modes[] = {
	{"global", touch_global}, {"heap", touch_heap}, {"rmw", touch_rmw}, {"atomic", touch_atomic},
	{"read", touch_read}, {"kernel", touch_kernel}, {"stos", touch_stos}, {"movs", touch_movs},
	{"sse", touch_sse}, {"avx", touch_avx}, {"lost", touch_lost}, {"thread", touch_thread}, {"call", touch_call},
	{"stack", 0}, {"hot", 0}, {"pace", 0},
};

static void report(volatile void *where, unsigned length) {
	printf("ready %lx %u\n", (unsigned long)(uintptr_t)where, length);
	fflush(stdout);
}

// Each round begins with a line, the number of touches.
static int next(void) {
	int n = 0;
	char line[32];
	if (!fgets(line, sizeof line, stdin)) exit(0);
	if (sscanf(line, "%d", &n) != 1) exit(0);
	return n;
}

NOINLINE void touch_stack(void) {
	volatile int local = 0;
	report(&local, sizeof local);
	for (;;) {
		int n = next();
		for (int i = 0; i < n; i++) {
			local = i; // line: stack
		}
		puts("done");
		fflush(stdout);
	}
}

// Threads that are made as fast as can be, wait, and then write as often as the
// second line says.
enum { MOST = 200 };
static pthread_t all[MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;
static int rounds;

static void *waiting(void *arg) {
	(void)arg;
	pthread_mutex_lock(&lock);
	while (!rounds) pthread_cond_wait(&go, &lock);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < rounds; i++) global = i;
	return 0;
}

// Threads make threads, too.
static void *maker(void *from) {
	for (pthread_t *t = from; t < (pthread_t *)from + MOST / 2; t++)
		if (pthread_create(t, 0, waiting, 0)) abort();
	return 0;
}

static void threads(void) {
	pthread_t half;
	report(&global, sizeof global);
	next();
	puts("done");
	fflush(stdout);
	if (pthread_create(&half, 0, maker, all)) abort();
	maker(all + MOST / 2);
	pthread_join(half, 0);
	int n = next();
	pthread_mutex_lock(&lock);
	rounds = n;
	pthread_cond_broadcast(&go);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < MOST; i++) pthread_join(all[i], 0);
	puts("done");
	fflush(stdout);
	for (;;) pause();
}

static volatile sig_atomic_t got;
static void handler(int number) {
	(void)number;
	got++;
	global = got;
}

// Counts signals, and writes in the handler.
static void signals(void) {
	signal(SIGUSR1, handler);
	report(&global, sizeof global);
	for (;;) {
		int n = next();
		for (int i = 0; i < n; i++) {
			kill(getpid(), SIGUSR1);
			global = i;
		}
		printf("got %d\n", (int)got);
		fflush(stdout);
	}
}

// Writes 10,000 times a second beside other work, and tells how much it got done.
static void pace(void) {
	report(&global, sizeof global);
	for (;;) {
		int n = next();
		unsigned long x = 1;
		for (int i = 0; i < n; i++) {
			for (int k = 0; k < 50000; k++) __asm__ volatile("imul %0, %0" : "+r"(x));
			global = i;
		}
		puts("done");
		fflush(stdout);
	}
}

int main(int argc, char **argv) {
	const char *mode = argc > 1 ? argv[1] : "";
	heap = calloc(1, sizeof *heap);
	if (pipe(pipes)) return 1;
	if (!strcmp(mode, "stack")) touch_stack();
	if (!strcmp(mode, "pace")) pace();
	if (!strcmp(mode, "threads")) threads();
	if (!strcmp(mode, "signals")) signals();
	void (*touch)(int) = 0;
	for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(modes[i].name, mode)) touch = modes[i].touch;
	volatile void *where = &global;
	unsigned length = sizeof global;
	if (!strcmp(mode, "heap")) where = &heap->value;
	if (!strcmp(mode, "stos") || !strcmp(mode, "movs")) where = &buffer[100];
	if (!strcmp(mode, "sse")) where = &buffer[36];
	if (!strcmp(mode, "avx")) where = &buffer[64], length = 32;
	if (!strcmp(mode, "exec")) {
		report(&global, sizeof global);
		next();
		execlp("sh", "sh", "-c", "echo done; read line", (char *)0);
		return 1;
	}
	if (!strcmp(mode, "call")) {
		touch_call(0);
		where = slot, length = sizeof(void *);
	}
	report(where, length);
	for (;;) {
		int n = next();
		if (!touch) {
			for (int i = 0; i < n; i++) global = i; // line: hot
		} else {
			for (int i = 0; i < n; i++) touch(i);
		}
		puts("done");
		fflush(stdout);
	}
}
