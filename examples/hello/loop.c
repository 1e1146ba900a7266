// A program that prints two strings of its heap, again and again.
//
//	cc -o loop loop.c && ./loop
//
// It knows nothing of quarry. What it prints changes when somebody changes its
// memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The buffer of standard output, kept out of the heap so that each string is
// in the heap exactly once.
static char output[BUFSIZ];

static char *in_heap(const char *text) {
	char *copy = malloc(strlen(text) + 1);
	if (copy == NULL)
		exit(1);
	return strcpy(copy, text);
}

int main(void) {
	setvbuf(stdout, output, _IOLBF, sizeof output); // each line is shown at once
	char *first = in_heap("String 1");
	char *second = in_heap("String 2");
	for (;;) {
		printf("%s\n", first);
		printf("%s\n", second);
		sleep(1);
	}
}
