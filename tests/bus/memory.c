// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Without memory: each request for it that the kernel makes while a client sends,
 * connects or changes the routing table fails once. Whatever that means for the
 * client, the bus goes on, and nobody else has lost anything.
 */
#include "tests/bus/process.h"
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

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

/* --- under load -------------------------------------------------------------------- */

#define SENDERS 3

/**
 * struct scarce - senders for whom memory is scarce, and what became of them
 * @uid: who they are on the bus
 * @to: unique name of whom they send to
 * @seconds: how long
 * @messages: sent, by all
 * @refused: connections that ended for lack of memory, or errors that said so
 */
struct scarce {
	uid_t uid;
	struct conn to;
	unsigned long seconds;
	atomic_ulong messages;
	atomic_ulong refused;
};

static int make_it_fail = -1;

/* Become @uid, who may still say what fails: that takes CAP_SYS_RESOURCE. */
static void become(uid_t uid)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];

	make_it_fail = open("/proc/self/make-it-fail", O_RDWR | O_CLOEXEC);
	check(make_it_fail >= 0, "make-it-fail: %m");
	check(!setresuid(uid, uid, 0), "setresuid: %m");
	check(!syscall(SYS_capget, &head, caps), "capget: %m");
	caps[0].effective |= 1u << CAP_SYS_RESOURCE;
	check(!syscall(SYS_capset, &head, caps), "capset: %m");
}

/* Does what this process asks for fail now and then? */
static void be_scarce(bool on)
{
	check(pwrite(make_it_fail, on ? "1" : "0", 1, 0) == 1,
	      "make-it-fail: %m");
}

/* Send what is kept back, as much as goes at once, then the rest. */
static void flush_scarce(struct conn *c)
{
	ssize_t ret;

	be_scarce(true);
	ret = send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	be_scarce(false);
	if (ret < 0)
		ret = 0;
	conn_try_write(c, c->out + ret, c->out_len - ret, NULL, 0, time_limit());
	c->corked = false;
	c->out_len = 0;
}

static void scarce_sender(void *arg)
{
	struct scarce *s = arg;
	uint64_t end = now_ms() + s->seconds * 1000, seed = getpid();
	struct conn *c = NULL;
	size_t i, k;

	become(s->uid);
	ready();
	while (now_ms() < end) {
		if (!c)
			c = conn_try_open();
		if (!c) {
			s->refused++;
			continue;
		}
		conn_cork(c);
		for (k = 0; k < 8; k++) {
			i = random_below(&seed, sizeof(steps) / sizeof(*steps));
			if (!steps[i].n_fds)
				steps[i].run(c, &s->to);
		}
		s->messages += k;
		flush_scarce(c);
		if (!goes_on(c)) {
			s->refused++;
			conn_close(c);
			c = NULL;
		}
	}
	if (c)
		conn_close(c);
}

/* Hello may be a worker's to receive, for whom memory is scarce, too. */
static struct conn *open_scarce(void)
{
	struct conn *c;
	int i;

	for (i = 0; i < 20; i++) {
		c = conn_try_open();
		if (c)
			return c;
	}
	fail("no connection lasts");
}

static void memory_scarce(char **arg)
{
	struct scarce *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[SENDERS];
	struct witness w;
	uint64_t end;
	int i;

	check(s != MAP_FAILED, "mmap: %m");
	s->seconds = arg_number(&arg, 5);
	s->uid = arg_number(&arg, 0);
	check(!setresuid(s->uid, s->uid, 0), "setresuid: %m");
	w.a = open_scarce();
	w.b = open_scarce();
	bus_ok(w.b, "AddMatch", "s", "member='Broadcast'");
	s->to = *w.b;
	check(!setresuid(0, 0, 0), "setresuid: %m");
	for (i = 0; i < SENDERS; i++)
		pid[i] = start(scarce_sender, s);
	end = now_ms() + s->seconds * 1000;
	while (now_ms() < end)
		witness_check_among(&w, "memory is scarce");
	finish(pid, SENDERS);
	witness_check_among(&w, "memory was scarce");
	printf("%lu messages, %lu connections ended\n", s->messages, s->refused);
	check(s->refused, "nothing has failed");
	conn_close(w.a);
	conn_close(w.b);
}

const struct test memory_tests[] = {
	{ "memory-fails", memory_fails,
	  "each request for memory fails once: nobody else notices" },
	{ "memory-scarce", memory_scarce,
	  "[SECONDS [UID]]: requests of those who send fail now and then" },
	{ 0 }
};
