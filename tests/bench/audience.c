// SPDX-License-Identifier: GPL-2.0-or-later
/* An emitter of signals and those who hear them, and rules that match none. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

/* Rules that a connection holds at most: every bus has its limit. */
#define RULES_EACH	20000
#define RULE	"type='signal',interface='org.bench.Signals',member='Burst'"

/* Count signals of all connections, and tell when each has had @burst more. */
static void hear(struct stream *s, unsigned int n, unsigned int burst, int tell)
{
	unsigned int left = n * burst, i;
	struct epoll_event ev[64];
	int ep = epoll_create1(0);

	for (i = 0; i < n; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = &s[i] };

		check(!epoll_ctl(ep, EPOLL_CTL_ADD, s[i].fd, &e), "epoll: %m");
	}
	check(write(tell, "r", 1) == 1, "the emitter is gone");
	for (;;) {
		int ready = epoll_wait(ep, ev, 64, -1);

		for (i = 0; ready > 0 && i < (unsigned int)ready; i++) {
			struct stream *from = ev[i].data.ptr;

			/* one read, and all that came with it */
			do {
				uint8_t *m = stream_next(from, NULL);

				if (!m)
					_exit(0);
				if (memmem(m, 256, "Burst", 5))
					left--;
			} while (from->end != from->start);
		}
		if (!left) {
			left = n * burst;
			if (write(tell, "h", 1) != 1)
				_exit(0);
		}
	}
}

static void receivers(int *ends, unsigned int n, unsigned int burst, int tell)
{
	struct stream *s = calloc(n, sizeof(*s));
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < n; i++) {
		int fd;

		if (ends) {
			fd = ends[i];
		} else {
			struct conn *c = conn_open(0);

			bus_ok(c, "AddMatch", "s", RULE);
			fd = c->fd;
		}
		stream_init(&s[i], fd, 0);
	}
	hear(s, n, burst, tell);
}

void audience_open(struct audience *a, bool bare, unsigned int n,
		   unsigned int burst)
{
	struct head h = { .type = WIRE_SIGNAL, .path = "/org/bench",
		.iface = "org.bench.Signals", .member = "Burst", .serial = 1 };
	int *theirs = NULL, line[2], pair[2];
	unsigned int i;
	char ready;

	memset(a, 0, sizeof(*a));
	a->n = n;
	a->n_ends = bare ? n : 1;
	a->ends = calloc(a->n_ends, sizeof(int));
	if (bare) {
		theirs = calloc(n, sizeof(int));
		for (i = 0; i < n; i++) {
			check(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
			      "socketpair: %m");
			a->ends[i] = pair[0];
			theirs[i] = pair[1];
		}
	}
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, line), "socketpair: %m");
	a->receivers = fork();
	if (!a->receivers) {
		close(line[0]);
		for (i = 0; bare && i < n; i++)
			close(a->ends[i]);
		receivers(theirs, n, burst, line[1]);
	}
	close(line[1]);
	for (i = 0; bare && i < n; i++)
		close(theirs[i]);
	free(theirs);
	if (!bare) {
		a->conn = conn_open(0);
		a->ends[0] = a->conn->fd;
	}
	a->heard = line[0];
	check(read(a->heard, &ready, 1) == 1, "the receivers are gone");
	draft_message(&a->signal, &h, "s", "sixteen octets..");
}

void audience_burst(struct audience *a, unsigned int burst)
{
	unsigned int i, k;
	char heard;

	for (i = 0; i < burst; i++)
		for (k = 0; k < a->n_ends; k++)
			send_all(a->ends[k], a->signal.p, a->signal.len);
	check(read(a->heard, &heard, 1) == 1, "the receivers are gone");
}

void audience_close(struct audience *a)
{
	unsigned int k;

	kill(a->receivers, SIGKILL);
	waitpid(a->receivers, NULL, 0);
	for (k = 0; k < a->n_ends; k++)
		close(a->ends[k]);
	close(a->heard);
	free(a->ends);
	free(a->conn);
	draft_free(&a->signal);
}

void hold_rules(unsigned int n)
{
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
		.path = BUS_PATH, .iface = BUS_NAME, .member = "AddMatch" };
	struct conn *c = NULL;
	char rule[128];
	unsigned int i;

	for (i = 0; i < n; i++) {
		bool last = i % 64 == 63 || i == n - 1;
		uint32_t serial;

		if (i % RULES_EACH == 0)
			c = conn_open(0);
		snprintf(rule, sizeof(rule), "type='signal',"
			 "interface='org.bench.Other%u',member='Burst'", i);
		h.flags = last ? 0 : WIRE_NO_REPLY_EXPECTED;
		serial = conn_send(c, &h, "s", rule);
		/* not so many at once that the bus has to hold them back */
		if (last)
			conn_ok(c, serial);
	}
}
