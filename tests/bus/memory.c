// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Without memory: each request for it that the kernel makes while a client sends,
 * connects or changes the routing table fails once. Whatever that means for the
 * client, the bus goes on, and nobody else has lost anything.
 */
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_FILES 2
#define MOST 400	/* requests for memory that one step makes at most */

/*
 * The @n-th request for memory that this thread makes from now on fails; 0: none.
 * Returns whether one did since the last time.
 */
static bool fail_nth(unsigned int n)
{
	/* opening it takes memory, too */
	static int fd = -1;
	char text[16] = "";
	int len;

	if (fd < 0)
		fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	check(fd >= 0 && pread(fd, text, sizeof(text) - 1, 0) > 0,
	      "fail-nth: %m");
	/* what is left of the count: 0 once it has failed */
	len = snprintf(text + 8, sizeof(text) - 8, "%u", n);
	check(pwrite(fd, text + 8, len, 0) == len, "fail-nth: %m");
	return !atoi(text);
}

static void step_call(struct conn *c, struct conn *to)
{
	conn_call(c, to->name, "Short", "s", "of memory");
}

static void step_long(struct conn *c, struct conn *to)
{
	static char text[50000];

	memset(text, 'x', sizeof(text) - 1);
	conn_signal(c, to->name, "Long", "s", text);
}

static void step_broadcast(struct conn *c, struct conn *to)
{
	conn_signal(c, NULL, "Broadcast", "s", "to whom it may concern");
}

static void step_files(struct conn *c, struct conn *to)
{
	struct head h = { .type = WIRE_SIGNAL, .dest = to->name, .path = "/t",
			  .iface = "org.test.Iface", .member = "Files",
			  .claim = N_FILES };

	conn_send(c, &h, "");
}

static void step_nobody(struct conn *c, struct conn *to)
{
	conn_call(c, "org.test.Nobody", "Nobody", "");
}

static void step_name(struct conn *c, struct conn *to)
{
	conn_bus(c, "RequestName", "su", "org.test.Memory", 0);
}

static void step_match(struct conn *c, struct conn *to)
{
	conn_bus(c, "AddMatch", "s",
		 "type='signal',member='M',arg0='a',path_namespace='/a/b'");
}

static void step_list(struct conn *c, struct conn *to)
{
	conn_bus(c, "ListNames", "");
}

static void step_daemon(struct conn *c, struct conn *to)
{
	conn_bus(c, "GetConnectionCredentials", "s", to->name);
}

static const struct {
	const char *name;
	void (*run)(struct conn *c, struct conn *to);
	unsigned int n_fds;
} steps[] = {
	{ "a call", step_call, 0 },
	{ "a long message", step_long, 0 },
	{ "a broadcast", step_broadcast, 0 },
	{ "descriptors", step_files, N_FILES },
	{ "a call to nobody", step_nobody, 0 },
	{ "RequestName", step_name, 0 },
	{ "AddMatch", step_match, 0 },
	{ "ListNames", step_list, 0 },
	{ "a call for the daemon", step_daemon, 0 },
};

/* Still there, or disconnected: but no third thing. */
static bool goes_on(struct conn *c)
{
	static const struct head ask = {
		.type = WIRE_METHOD_CALL, .dest = BUS_NAME, .path = BUS_PATH,
		.iface = BUS_NAME, .member = "GetId", .serial = 0x40000000,
	};
	struct draft d = { 0 };
	struct got *g;

	draft_message(&d, &ask, "");
	conn_try_write(c, d.p, d.len, NULL, 0, time_limit());
	draft_free(&d);
	while (!c->gone && (g = conn_get(c, time_limit()))) {
		bool answer = g->m.reply_serial == ask.serial;

		got_free(g);
		if (answer)
			return true;
	}
	check(c->gone, "%s is neither answered nor disconnected", c->name);
	return false;
}

/*
 * Send what is kept back, failing at the @n-th place. If that is one of the
 * socket's own, it was nothing of the bus's: send it again. Returns whether there
 * was such a place.
 */
static bool send_failing(struct conn *c, unsigned int n, unsigned int n_fds)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(N_FILES * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { c->out, c->out_len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t sent = 0;
	bool failed;
	ssize_t ret;

	if (n_fds) {
		mh.msg_control = &control;
		mh.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		control.h.cmsg_level = SOL_SOCKET;
		control.h.cmsg_type = SCM_RIGHTS;
		control.h.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	}
	fail_nth(n);
	ret = sendmsg(c->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
	failed = fail_nth(0);
	if (ret > 0) {
		sent = ret;
		n_fds = 0;
	}
	conn_try_write(c, c->out + sent, c->out_len - sent,
		       (int[N_FILES]){ 0 }, n_fds, time_limit());
	c->corked = false;
	c->out_len = 0;
	return failed;
}

/* One step, failing at each of the places where it asks for memory. */
static unsigned int fail_step(size_t i, struct witness *w)
{
	unsigned int n, lost = 0;
	struct conn *c = NULL;
	bool failed = true;

	for (n = 1; failed; n++) {
		check(n < MOST, "%s: fails for ever", steps[i].name);
		if (!c)
			c = conn_open(0);
		conn_cork(c);
		steps[i].run(c, w->b);
		failed = send_failing(c, n, steps[i].n_fds);
		if (!goes_on(c)) {
			conn_close(c);
			c = NULL;
			lost++;
		}
		witness_check_among(w, steps[i].name);
	}
	if (c)
		conn_close(c);
	printf("%s: %u places, %u ended the connection\n", steps[i].name,
	       n - 2, lost);
	return n - 2;
}

static void memory_fails(char **arg)
{
	unsigned int places = 0;
	struct witness w;
	size_t i;

	witness_start(&w);
	bus_ok(w.b, "AddMatch", "s", "member='Broadcast'");
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		places += fail_step(i, &w);
	check(places > 20, "only %u places were found", places);
	conn_close(w.a);
	conn_close(w.b);
}

const struct test memory_tests[] = {
	{ "memory-fails", memory_fails,
	  "each request for memory fails once: nobody else notices" },
	{ 0 }
};
