// SPDX-License-Identifier: GPL-2.0-or-later
/* Other processes: started, known to be ready, and ended with a result. */
#include "tests/bus/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int ready_fd = -1;

void ready(void)
{
	check(write(ready_fd, "", 1) == 1, "write: %m");
	close(ready_fd);
	ready_fd = -1;
}

pid_t start(void (*fn)(void *arg), void *arg)
{
	struct pollfd p;
	int pipe_fd[2];
	pid_t pid;
	char c;

	check(!pipe(pipe_fd), "pipe: %m");
	fflush(NULL);
	pid = fork();
	check(pid >= 0, "fork: %m");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipe_fd[0]);
		ready_fd = pipe_fd[1];
		fn(arg);
		fflush(NULL);
		_exit(0);
	}
	close(pipe_fd[1]);
	p = (struct pollfd){ .fd = pipe_fd[0], .events = POLLIN };
	check(poll(&p, 1, time_limit()) == 1 && read(pipe_fd[0], &c, 1) == 1,
	      "a child did not become ready");
	close(pipe_fd[0]);
	return pid;
}

void finish(const pid_t *pid, unsigned int n)
{
	unsigned int i;
	int status;

	for (i = 0; i < n; i++) {
		check(waitpid(pid[i], &status, 0) == pid[i], "waitpid: %m");
		check(WIFEXITED(status) && !WEXITSTATUS(status),
		      "child %u of %u failed: status %#x", i + 1, n, status);
	}
}

void quit(struct conn *c, const char *name)
{
	conn_ok(c, conn_call(c, name, "Quit", ""));
}

static bool serve_one(struct conn *c, const struct got *g)
{
	struct head once = { .type = WIRE_METHOD_CALL, .path = "/test",
			     .flags = WIRE_NO_REPLY_EXPECTED,
			     .iface = "org.test.Iface", .member = "Called" };

	if (got_is_call(g, "Emit")) {
		conn_signal(c, NULL, got_str(g, 0), "s", got_str(g, 1));
		conn_return(c, g, "");
	} else if (got_is_call(g, "CallBack")) {
		once.dest = got_str(g, 0);
		conn_send(c, &once, "");
		conn_return(c, g, "");
	} else if (got_is_call(g, "Echo")) {
		conn_return(c, g, "s", got_str(g, 0));
	} else if (got_is_call(g, "Quit")) {
		conn_return(c, g, "");
		return false;
	} else if (g->m.type == WIRE_METHOD_CALL) {
		conn_error(c, g, BUS_NAME ".Error.UnknownMethod");
	}
	return true;
}

void serve(void *name)
{
	struct conn *c = conn_open(0);
	struct got *g;
	bool go = true;

	check(bus_u32(c, "RequestName", "su", name, 0) == 1,
	      "%s is not free", (char *)name);
	ready();
	while (go) {
		g = conn_get(c, 10 * time_limit());
		check(g, "%s: nobody calls any more", (char *)name);
		go = serve_one(c, g);
		got_free(g);
	}
	conn_close(c);
}
