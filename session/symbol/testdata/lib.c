int fromlib = 3;
int shared = 2;
static int twin = 4;
int uselib(void) { return fromlib + shared + twin++; }
