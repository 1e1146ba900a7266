/* Code in several sections, which the linker puts in another order than the
 * compiler: the lines of main come after those of later(). */
#include <stdio.h>
#include <unistd.h>

volatile int n;

__attribute__((noinline, section(".text.zlast"))) void last(void) { n += 4; }
__attribute__((noinline)) void later(void) { n += 2; }
__attribute__((noinline, section(".text.startup"))) void first(void) { n += 1; }

void dropped(void) { n += 8; }

int main(void) {
	first();
	later();
	last();
	puts("ready");
	fflush(stdout);
	for (;;) pause();
}
