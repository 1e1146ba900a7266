// A second source file, with a static variable of the same name as the first.
static int twin = 2;
int other(void) { return twin++; }
