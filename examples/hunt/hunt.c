// A game with a score to hunt: each line of input costs five points.
//
//	cc -o hunt hunt.c && ./hunt
//
// Find the score, press Enter in the game, narrow by the new score, and set it.
#include <stdio.h>

static int score = 100;

int main(void) {
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	printf("Your score is %d. Press Enter to lose 5 points.\n", score);
	for (int c; (c = getchar()) != EOF;) {
		if (c != '\n')
			continue;
		printf("%d - 5 = ", score);
		score -= 5;
		printf("%d\n", score);
	}
	return 0;
}
