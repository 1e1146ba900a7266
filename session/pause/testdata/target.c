// Processes with many threads. The first argument tells what they do, the second
// how many there are. "ready", the address of spin and that of the counters are
// printed once all is under way; then commands are read from stdin.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 2000, SIGNALS = 10000 };

volatile unsigned long counters[MOST];
static int started; // threads

__attribute__((noinline)) void spin(volatile unsigned long *n) {
	for (;;) ++*n;
}

static void begin(const char *name) {
	prctl(PR_SET_NAME, name);
	__atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
}

// A thread that spins, and leaves the processor to other tests where it can.
static void *spinner(void *n) {
	nice(5);
	begin("spinner");
	spin(n);
	return NULL;
}

static void *idler(void *n) {
	begin("idler");
	for (;;) pause();
}

static void *nothing(void *n) {
	++*(volatile unsigned long *)n;
	return NULL;
}

// A thread that makes threads, one after the other.
static void *churner(void *n) {
	pthread_t t;
	begin("churner");
	for (;;)
		if (!pthread_create(&t, NULL, nothing, n)) pthread_join(t, NULL);
}

static int kinsman(void *n) {
	++*(volatile unsigned long *)n;
	return 0;
}

// A thread that makes processes in the same memory, by a clone(2) that is neither
// fork nor that of a thread.
static void *kin(void *n) {
	char *stack = malloc(64 << 10);
	begin("kin");
	for (;;) {
		int pid = clone(kinsman, stack + (64 << 10), CLONE_VM, n);
		if (pid > 0) waitpid(pid, NULL, __WALL);
	}
}

static int gate[2]; // a pipe

// A thread that waits in the kernel for a child made by vfork.
static void *waiter(void *n) {
	char c;
	begin("waiter");
	if (vfork() == 0) {
		read(gate[0], &c, 1);
		_exit(0);
	}
	for (;;) pause();
}

static char **arguments;

static void *execer(void *n) {
	begin("execer");
	usleep(500);
	execv("/proc/self/exe", arguments);
	abort();
}

static void *leaver(void *n) {
	begin("leaver");
	usleep(200);
	exit(7);
}

static void threads(void *(*f)(void *), int n) {
	pthread_attr_t attr;
	pthread_t t;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	for (int i = 0; i < n; i++)
		if (pthread_create(&t, &attr, f, (void *)&counters[i])) perror("pthread_create"), exit(1);
	while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < n) usleep(100);
}

static volatile int received, wrong, expected, ticks;
static char seen[SIGNALS];
static int *sent; // shared with the sender

static void in_order(int signal, siginfo_t *info, void *context) {
	if (info->si_value.sival_int != expected) wrong++;
	expected = info->si_value.sival_int + 1;
	received++;
}

static void in_any_order(int signal, siginfo_t *info, void *context) {
	if (__atomic_exchange_n(&seen[info->si_value.sival_int], 1, __ATOMIC_SEQ_CST)) wrong++;
	__atomic_add_fetch(&received, 1, __ATOMIC_SEQ_CST);
}

static void tick(int signal) { ticks++; }

// A child that sends numbered signals to this process.
static void queue(void (*handler)(int, siginfo_t *, void *)) {
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGRTMIN, &action, NULL);
	sent = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int parent = getpid();
	if (fork()) return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < SIGNALS; ) {
		if (sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = i}) == 0) ++i, *sent = i;
		usleep(50);
	}
	_exit(0);
}

int main(int argc, char **argv) {
	const char *mode = argv[1];
	int n = atoi(argv[2]);
	char line[100];
	sigset_t all, before;
	arguments = argv;
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); // Yama
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(mode, "spin")) threads(spinner, n);
	if (!strcmp(mode, "idle")) threads(idler, n);
	if (!strcmp(mode, "churn")) threads(churner, n);
	if (!strcmp(mode, "kin")) threads(kin, n);
	if (!strcmp(mode, "exec")) threads(spinner, n), started = 0, threads(execer, 1);
	if (!strcmp(mode, "leave")) threads(spinner, n);
	if (!strcmp(mode, "order")) { // only the first thread takes signals
		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &before);
		threads(spinner, n);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		queue(in_order);
	}
	if (!strcmp(mode, "any")) threads(spinner, n), queue(in_any_order);
	if (!strcmp(mode, "timer")) {
		struct itimerval every = {{0, 1000}, {0, 1000}};
		signal(SIGALRM, tick);
		threads(spinner, n);
		setitimer(ITIMER_REAL, &every, NULL);
	}
	if (!strcmp(mode, "vfork")) {
		threads(spinner, n - 1);
		started = 0;
		pipe(gate);
		threads(waiter, 1);
	}
	printf("ready %llx %llx\n", (unsigned long long)(uintptr_t)spin, (unsigned long long)(uintptr_t)counters);
	if (!strcmp(mode, "first")) { // the first thread ends when told, the others run on
		threads(spinner, n);
		fgets(line, sizeof line, stdin);
		pthread_exit(NULL);
	}
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "report"))
			printf("%d %d %d\n", *sent, received, wrong);
		else if (!strcmp(line, "ticks"))
			printf("%d\n", ticks);
		else if (!strcmp(line, "open"))
			puts(write(gate[1], "", 1) == 1 ? "ok" : "no");
		else if (!strcmp(line, "leave"))
			threads(leaver, 1);
		else
			printf("what? %s\n", line);
	}
	return 0;
}
