package sessiontest

import "testing"

// denier is a program that runs another with some system calls taken away:
// denier ERRNO NUMBER... -- PROGRAM ARGUMENT...
const denier = `
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
	struct sock_filter filter[64];
	int n = 0, i = 2, answer = SECCOMP_RET_ERRNO | atoi(argv[1]);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (; i < argc && strcmp(argv[i], "--") && n < 60; i++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atoi(argv[i]), 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (unsigned)answer);
	}
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {n, filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 125;
	execvp(argv[i + 1], argv + i + 1);
	return 126;
}
`

// BuildDenier returns a program that runs another in which system calls fail
// with an error number, as on a kernel that does not have them or in a container
// that forbids them: DENIER ERRNO NUMBER... -- PROGRAM ARGUMENT....
func BuildDenier(t testing.TB) string {
	t.Helper()
	return BuildC(t, denier)
}
