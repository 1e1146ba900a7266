// The student's program: a text on the heap, printed again and again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void) {
	char *text = strdup("String 1");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		printf("%p %s\n", (void *)text, text);
		usleep(2000);
	}
}
