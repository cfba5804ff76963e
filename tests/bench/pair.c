// SPDX-License-Identifier: GPL-2.0-or-later
/* A caller and a service. */
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"

/* A serial that stands where the call's belongs in the prepared reply. */
#define PLACE		0x5e71a100u

/*
 * Answer calls until the stream ends, by a reply that was made for the first
 * caller that calls.
 */
static void serve_calls(struct stream *s, size_t size, const char *caller)
{
	struct head h = { .type = WIRE_METHOD_RETURN, .dest = caller,
		.reply_to = PLACE, .serial = 1, .flags = WIRE_NO_REPLY_EXPECTED };
	uint32_t place = PLACE;
	struct draft reply = { 0 };
	uint8_t *bytes = calloc(1, size + 1);
	uint8_t *call, *at;

	draft_message(&reply, &h, size ? "ay" : "", bytes, size);
	at = memmem(reply.p, reply.len, &place, 4);
	check(at, "no serial in the reply");
	while ((call = stream_next(s, NULL))) {
		memcpy(at, call + 8, 4);
		memcpy(reply.p + 8, call + 8, 4);
		send_all(s->fd, reply.p, reply.len);
	}
	_exit(0);
}

/* The process of the service; what it tells first is its unique name. */
static void service(int tell, int bare_fd, size_t size)
{
	struct stream s;
	char caller[32] = ":1.1";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (bare_fd < 0) {
		struct conn *c = conn_open(0);

		check(write(tell, c->name, sizeof(c->name)) == sizeof(c->name) &&
		      read(tell, caller, sizeof(caller)) == sizeof(caller),
		      "the caller is gone");
		bare_fd = c->fd;
	}
	stream_init(&s, bare_fd, size + 4096);
	serve_calls(&s, size, caller);
}

void pair_open(struct pair *p, bool bare, size_t size, bool with_fd)
{
	struct head h = { .type = WIRE_METHOD_CALL, .dest = ":1.1",
		.path = "/org/bench", .iface = "org.bench.Echo",
		.member = "Echo", .serial = 1 };
	int line[2], ends[2] = { -1, -1 }, null = 0;
	uint8_t *bytes = calloc(1, size + 1);
	char name[32];

	memset(p, 0, sizeof(*p));
	p->with_fd = with_fd;
	if (with_fd) {
		h.fds = &null;
		h.n_fds = 1;
	}
	check(bytes && !socketpair(AF_UNIX, SOCK_STREAM, 0, line) &&
	      (!bare || !socketpair(AF_UNIX, SOCK_STREAM, 0, ends)),
	      "socketpair: %m");
	p->service = fork();
	if (!p->service) {
		close(line[0]);
		if (bare)
			close(ends[0]);
		service(line[1], ends[1], size);
	}
	close(line[1]);
	if (bare) {
		close(ends[1]);
	} else {
		p->conn = conn_open(0);
		ends[0] = p->conn->fd;
		check(read(line[0], name, sizeof(name)) == sizeof(name) &&
		      write(line[0], p->conn->name, sizeof(name)) == sizeof(name),
		      "the service is gone");
		h.dest = name;
	}
	close(line[0]);
	draft_message(&p->call, &h, size ? "ay" : "", bytes, size);
	stream_init(&p->caller, ends[0], size + 4096);
	free(bytes);
}

void pair_call(struct pair *p, uint32_t serial)
{
	memcpy(p->call.p + 8, &serial, 4);
	if (p->with_fd)
		send_fd(p->caller.fd, p->call.p, p->call.len, 0);
	else
		send_all(p->caller.fd, p->call.p, p->call.len);
}

void pair_reply(struct pair *p)
{
	uint8_t *m;

	do {
		m = stream_next(&p->caller, NULL);
		check(m, "the service is gone");
		check(m[1] != WIRE_ERROR, "the call was answered by an error");
	} while (m[1] != WIRE_METHOD_RETURN);
}

void pair_close(struct pair *p)
{
	kill(p->service, SIGKILL);
	waitpid(p->service, NULL, 0);
	close(p->caller.fd);
	free(p->caller.buf);
	draft_free(&p->call);
	free(p->conn);
}
