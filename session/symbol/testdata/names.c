// Prints where its variables and functions are, loads the libraries that stand
// on its command line, and waits for its input to end.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int counter = 7;
static int hidden = 8;
int zeroed[100];
int shared = 1; // so is one of the library
static int twin = 1;
__thread int own = 5;
int other(void);

int __attribute__((noinline)) tick(int by) { return counter += by; }
static int __attribute__((noinline)) quiet(int by) { return hidden += by + twin; }

#ifndef STATIC
static int (*choose(void))(int) { return quiet; }
int chosen(int) __attribute__((ifunc("choose")));
#endif

static void tell(const char *name, const void *at) { printf("%s %lx\n", name, (unsigned long)at); }

int main(int argc, char **argv) {
	tell("counter", &counter);
	tell("hidden", &hidden);
	tell("zeroed", zeroed);
	tell("tick", (void *)tick);
	tell("quiet", (void *)quiet);
	own += other() + quiet(1);
#ifndef STATIC
	for (int i = 1; i < argc; i++) {
		void *library = dlopen(argv[i], RTLD_NOW);
		if (!library) {
			puts(dlerror());
			return 1;
		}
		tell("fromlib", dlsym(library, "fromlib"));
	}
	tell("printf", dlsym(RTLD_DEFAULT, "printf"));
#endif
	puts("ready");
	fflush(stdout);
	char line[100];
	while (fgets(line, sizeof line, stdin)) tick(own);
	return 0;
}
