// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Having a bus observed for as long as it is captured: dbusctl does it, follows
 * the bus when it is restarted, and undoes it when it is told to end, or dies
 * with us.
 */
#include "observe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_dbusctl(const char *bus, int out, pid_t parent)
{
	/* by the hand of who started us, if not by ours */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(out, STDOUT_FILENO) < 0)
		_exit(1);
	execlp("dbusctl", "dbusctl", "--follow", "observe", bus, NULL);
	fprintf(stderr, "dbusdump: --bus needs dbusctl: %s\n", strerror(errno));
	_exit(1);
}

/* "NAME is observed: dbusN, ...", or "... already: dbusN, ...": then it is. */
static bool read_name(struct observed *o, int fd)
{
	char line[256], *tap;
	size_t n = 0, len;
	ssize_t got;

	do {
		got = read(fd, line + n, sizeof(line) - 1 - n);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0 && n < sizeof(line) - 1 && !memchr(line, '\n', n));
	line[n] = '\0';
	len = strcspn(line, " ");
	if (!line[len] || len >= sizeof(o->name))
		return false;
	memcpy(o->name, line, len);
	o->name[len] = '\0';
	tap = strstr(line + len, ": ");
	if (tap)
		snprintf(o->tap, sizeof(o->tap), "%.*s",
			 (int)strcspn(tap + 2, ","), tap + 2);
	return true;
}

bool observe_begin(struct observed *o, const char *bus)
{
	pid_t parent = getpid();
	bool ok;
	int fds[2];

	if (pipe(fds) < 0 || (o->pid = fork()) < 0) {
		fprintf(stderr, "dbusdump: %s\n", strerror(errno));
		o->pid = 0;
		return false;
	}
	if (!o->pid) {
		close(fds[0]);
		run_dbusctl(bus, fds[1], parent);
	}
	close(fds[1]);
	ok = read_name(o, fds[0]);
	/* what it says later goes nowhere; it must not wait for a reader */
	if (!ok) {
		close(fds[0]);
		observe_end(o);
	}
	return ok;
}

void observe_end(struct observed *o)
{
	if (!o->pid)
		return;
	/* another user by now (-Z): it ends when we do */
	if (kill(o->pid, SIGTERM) < 0)
		return;
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	o->pid = 0;
}
