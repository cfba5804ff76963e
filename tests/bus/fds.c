// SPDX-License-Identifier: GPL-2.0-or-later
/* File descriptors: each arrives with its own message, and none is left behind. */
#include "tests/bus/tests.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FDS_LIMIT 16		/* in a message */

/* A file that says which it is. */
static int tagged_file(uint32_t tag)
{
	int fd = memfd_create("tag", MFD_CLOEXEC);

	check(fd >= 0 && pwrite(fd, &tag, sizeof(tag), 0) == sizeof(tag),
	      "memfd: %m");
	return fd;
}

static uint32_t tag_of(int fd)
{
	uint32_t tag = 0;

	check(pread(fd, &tag, sizeof(tag), 0) == sizeof(tag), "pread: %m");
	return tag;
}

/* Sends a call with @n files tagged @tag and up, split after @split octets. */
static void send_tagged(struct conn *c, const char *dest, unsigned int n,
			uint32_t tag, size_t split)
{
	struct head h = { .type = WIRE_SIGNAL, .dest = dest, .path = "/test",
			  .iface = "org.test.Iface", .member = "Files",
			  .n_fds = n };
	struct draft d = { 0 };
	int fds[FDS_MAX];
	unsigned int i;

	for (i = 0; i < n; i++)
		fds[i] = tagged_file(tag + i);
	h.serial = ++c->serial;
	draft_head(&d, &h, n ? "uah" : "u");
	draft_u32(&d, tag);
	if (n) {
		draft_u32(&d, 4 * n);
		for (i = 0; i < n; i++)
			draft_u32(&d, i);
	}
	draft_end(&d);
	if (split > d.len)
		split = d.len;
	conn_write(c, d.p, split);
	conn_write_fds(c, d.p + split, d.len - split, fds, n);
	for (i = 0; i < n; i++)
		close(fds[i]);
	draft_free(&d);
}

static void want_tagged(struct conn *c, unsigned int n, uint32_t tag)
{
	struct got *g = want_signal(c, "Files");
	unsigned int i;

	check(g->n_fds == n && got_u32(g, 0) == tag,
	      "%u descriptors, wanted %u of %u: %s", g->n_fds, n, tag,
	      got_text(g));
	for (i = 0; i < n; i++)
		check(tag_of(g->fds[i]) == tag + i,
		      "descriptor %u of %u is the file %u, not %u", i, n,
		      tag_of(g->fds[i]), tag + i);
	got_free(g);
}

static unsigned int open_files(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void fds_each(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	unsigned int n, files = open_files();

	for (n = 0; n <= FDS_LIMIT; n++) {
		send_tagged(a, b->name, n, 100 * n, 0);
		want_tagged(b, n, 100 * n);
	}
	check(open_files() == files, "test leaks descriptors");
	conn_close(a);
	conn_close(b);
}

/* Long rows, so that they queue up, with and without descriptors. */
static void fds_interleaved(char **arg)
{
	unsigned long i, k, n = arg_number(&arg, scaled(1500));
	struct conn *a = conn_open(0), *b = conn_open(0);
	uint64_t seed = 42;
	unsigned int files[3];

	for (i = 0; i < n; i += 3) {
		for (k = 0; k < 3; k++) {
			files[k] = random_below(&seed, 3) ?
				random_below(&seed, 6) : 0;
			send_tagged(a, b->name, files[k], 1000 * (i + k), 0);
		}
		for (k = 0; k < 3; k++)
			want_tagged(b, files[k], 1000 * (i + k));
	}
	conn_quiet(b, "nothing more");
	conn_close(a);
	conn_close(b);
}

/* Two senders, one receiver: the files do not change their message. */
static void fds_two_senders(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(500));
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	struct got *g;
	unsigned int k, j;

	for (i = 0; i < n; i++) {
		send_tagged(a, c->name, 1 + i % 4, 2000 * i, 0);
		send_tagged(b, c->name, i % 3, 2000 * i + 1000, 0);
		for (k = 0; k < 2; k++) {
			g = want_signal(c, "Files");
			for (j = 0; j < g->n_fds; j++)
				check(tag_of(g->fds[j]) == got_u32(g, 0) + j,
				      "file %u of another message: %s", j,
				      got_text(g));
			got_free(g);
		}
	}
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

/* Descriptors may come with any octet of their message. */
static void fds_position(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	size_t split, len = 0;
	struct draft d = { 0 };
	struct head h = { .type = WIRE_SIGNAL, .path = "/test", .serial = 1,
			  .iface = "org.test.Iface", .member = "Files",
			  .n_fds = 2 };

	h.dest = b->name;
	draft_message(&d, &h, "u", 0);
	len = d.len + 4 + 8;
	draft_free(&d);
	for (split = 0; split < len; split++) {
		send_tagged(a, b->name, 2, 10 * split, split);
		want_tagged(b, 2, 10 * split);
	}
	conn_close(a);
	conn_close(b);
}

/* Queued up while the receiver does not read, and past its closing. */
static void fds_queued(char **arg)
{
	unsigned long i, n = arg_number(&arg, 60);
	struct conn *a = conn_open(0), *b = conn_open(0);

	for (i = 0; i < n; i++)
		send_tagged(a, b->name, i % 2, 100 * i, 0);
	for (i = 0; i < n; i++)
		want_tagged(b, i % 2, 100 * i);
	conn_close(a);
	conn_close(b);
}

static void fds_header_more(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *w = conn_open(0);
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Files",
			  .claim = 3 };
	int fds[2] = { tagged_file(1), tagged_file(2) };

	h.dest = b->name;
	h.fds = fds;
	h.n_fds = 2;
	conn_send(a, &h, "");
	conn_hung_up(a, "three descriptors announced, two sent");
	h.n_fds = 0;
	h.fds = NULL;
	conn_send(w, &h, "");
	conn_hung_up(w, "three descriptors announced, none sent");
	conn_quiet(b, "messages without their descriptors");
	close(fds[0]);
	close(fds[1]);
	conn_close(a);
	conn_close(b);
	conn_close(w);
}

/*
 * More descriptors than the header says: whether the bus drops them or the
 * sender, nobody else gets them.
 */
static void fds_header_less(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Files",
			  .claim = 1 };
	int p[2], fds[3];
	struct got *g;

	check(!pipe2(p, O_CLOEXEC), "pipe: %m");
	fds[0] = tagged_file(5);
	fds[1] = p[1];
	fds[2] = p[1];
	h.dest = b->name;
	h.fds = fds;
	h.n_fds = 3;
	conn_send(a, &h, "");
	close(p[1]);
	close(fds[0]);
	g = conn_get(b, 1000);
	if (g) {
		check(g->n_fds == 1 && tag_of(g->fds[0]) == 5,
		      "%u descriptors, wanted 1", g->n_fds);
		got_free(g);
	}
	conn_close(a);
	conn_quiet(b, "nothing more");
	closed_everywhere(p[0], "descriptors that were not announced");
	conn_close(b);
}

static void fds_too_many(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);

	send_tagged(a, b->name, FDS_LIMIT + 1, 1, 0);
	conn_hung_up(a, "17 descriptors in a message");
	conn_quiet(b, "17 descriptors in a message");
	conn_close(a);
	conn_close(b);
}

static void fds_not_supported(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(CONN_NO_FDS);
	struct conn *c = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .path = "/test",
			  .member = "Files", .n_fds = 1 };
	int p[2];

	check(!pipe2(p, O_CLOEXEC), "pipe: %m");
	h.dest = b->name;
	h.fds = &p[1];
	conn_refused(a, conn_send(a, &h, "h", 0),
		     BUS_NAME ".Error.NotSupported");
	conn_quiet(b, "descriptors for one who takes none");

	/* a broadcast goes to those who can take it */
	bus_ok(b, "AddMatch", "s", "type='signal'");
	bus_ok(c, "AddMatch", "s", "type='signal'");
	while (b->later)
		got_free(conn_next(b));
	while (c->later)
		got_free(conn_next(c));
	send_tagged(a, NULL, 2, 70, 0);
	want_tagged(c, 2, 70);
	send_tagged(a, NULL, 0, 80, 0);
	want_tagged(c, 0, 80);
	want_tagged(b, 0, 80);
	close(p[1]);
	closed_everywhere(p[0], "a refused message");
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

/* Whatever becomes of a message, its descriptors are closed in the end. */
static void fds_leak(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Files",
			  .n_fds = 1 };
	int delivered[2], unread[2], lost[2], unowned[2], half[2];
	struct draft d = { 0 };

	check(!pipe2(delivered, O_CLOEXEC) && !pipe2(unread, O_CLOEXEC) &&
	      !pipe2(lost, O_CLOEXEC) && !pipe2(unowned, O_CLOEXEC) &&
	      !pipe2(half, O_CLOEXEC), "pipe: %m");
	h.dest = b->name;
	h.fds = &delivered[1];
	conn_send(a, &h, "");
	close(delivered[1]);
	got_free(want_signal(b, "Files"));
	closed_everywhere(delivered[0], "a delivered message");

	h.dest = "org.test.Nobody";
	h.fds = &unowned[1];
	conn_refused(a, conn_send(a, &h, ""), BUS_NAME ".Error.ServiceUnknown");
	close(unowned[1]);
	closed_everywhere(unowned[0], "a message to nobody");

	h.dest = NULL;
	h.fds = &lost[1];
	conn_send(a, &h, "");
	close(lost[1]);
	closed_everywhere(lost[0], "a broadcast without takers");

	/* the receiver goes without having read it */
	h.dest = b->name;
	h.fds = &unread[1];
	conn_send(a, &h, "");
	close(unread[1]);
	conn_alive(a, "");
	conn_close(b);
	closed_everywhere(unread[0], "a message that was not read");

	/* the sender goes in the middle of the message */
	h.dest = a->name;
	h.serial = 77;
	draft_message(&d, &h, "");
	b = conn_open(0);
	conn_write_fds(b, d.p, d.len - 1, &half[1], 1);
	close(half[1]);
	conn_close(b);
	closed_everywhere(half[0], "half a message");
	draft_free(&d);
	conn_quiet(a, "half a message");
	conn_close(a);
}

/*
 * A connection passed over itself, to itself, and never taken out: nobody else
 * holds it, so it must go once it is closed.
 */
static void fds_own_socket(char **arg)
{
	struct conn *w = conn_open(0), *a = conn_open(0);
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Files",
			  .n_fds = 1 };
	uint64_t end = now_ms() + time_limit();
	char name[32];
	int sv[2];

	strcpy(name, a->name);
	h.dest = name;
	h.fds = &a->fd;
	conn_send(a, &h, "");
	conn_alive(w, "own socket");
	conn_close(a);
	while (bus_u32(w, "NameHasOwner", "s", name)) {
		check(now_ms() < end, "%s, passed to itself, never ends", name);
		/* closing a socket lets the kernel look for lost ones */
		check(!socketpair(AF_UNIX, SOCK_STREAM, 0, sv), "pair: %m");
		close(sv[0]);
		close(sv[1]);
	}
	conn_close(w);
}

/* Descriptors for the bus itself: it has no use for them, and answers as ever. */
static void fds_to_bus(char **arg)
{
	static const struct {
		const char *iface, *member, *sig;
	} calls[] = {
		{ BUS_NAME, "GetId", "" },
		{ BUS_NAME, "NameHasOwner", "s" },
		{ BUS_NAME, "ListActivatableNames", "" },
		{ BUS_NAME, "GetConnectionCredentials", "s" },
		{ BUS_NAME, "UpdateActivationEnvironment", "s" },
		{ BUS_NAME, "NoSuchMethod", "s" },
		{ BUS_NAME ".Properties", "GetAll", "s" },
		{ BUS_NAME ".Introspectable", "Introspect", "" },
		{ "org.test.Nothing", "NoSuchMethod", "s" },
	};
	struct conn *c = conn_open(0);
	struct head h = { .dest = BUS_NAME, .path = BUS_PATH };
	char without[256], text[256];
	unsigned int i, n;
	struct got *g;
	int p[2], fds[3];

	check(!pipe2(p, O_CLOEXEC), "pipe: %m");
	fds[0] = fds[1] = fds[2] = p[1];
	h.fds = fds;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		h.iface = calls[i].iface;
		h.member = calls[i].member;
		for (n = 0; n <= 3; n++) {
			h.n_fds = n;
			h.type = WIRE_METHOD_CALL;
			h.flags = 0;
			g = conn_answer(c, conn_send(c, &h, calls[i].sig,
						     BUS_NAME));
			snprintf(text, sizeof(text), "%s", got_text(g));
			if (!n)
				strcpy(without, text);
			check(!strcmp(text, without),
			      "with %u descriptors: %s, not %s", n, text, without);
			got_free(g);
			h.flags = WIRE_NO_REPLY_EXPECTED;
			conn_send(c, &h, n ? "h" : "", 0);
			h.type = WIRE_SIGNAL;
			conn_send(c, &h, n ? "h" : "", 0);
		}
	}
	conn_alive(c, "descriptors for the bus");
	bus_ok(c, "ListActivatableNames", "");
	close(p[1]);
	closed_everywhere(p[0], "calls of the bus");
	conn_close(c);
}

/* Descriptors with the octets before a message's end, and then nothing. */
static void fds_without_message(char **arg)
{
	struct conn *a = conn_open(0), *w = conn_open(0);
	struct draft d = { 0 };
	struct head h = { .type = WIRE_SIGNAL, .path = "/test", .serial = 5,
			  .iface = "org.test.Iface", .member = "Files" };
	unsigned int i;
	int p[2];

	check(!pipe2(p, O_CLOEXEC), "pipe: %m");
	h.dest = w->name;
	draft_message(&d, &h, "");
	/* with every single octet of a message that has none */
	for (i = 0; i + 1 < d.len && !a->gone; i++)
		conn_try_write(a, d.p + i, 1, &p[1], 1, time_limit());
	conn_alive(w, "descriptors without end");
	conn_close(a);
	close(p[1]);
	closed_everywhere(p[0], "descriptors without a message");
	conn_quiet(w, "descriptors without a message");
	draft_free(&d);
	conn_close(w);
}

/* Of which process is this a descriptor? */
static int process_of(int fd)
{
	char path[64], line[128];
	int pid = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	check(f, "%s: %m", path);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "Pid: %d", &pid);
	fclose(f);
	return pid;
}

/* The process whose descriptor @c is told for @name; 0: it is told none. */
static int told_process(struct conn *c, const char *name)
{
	struct got *g = conn_answer(c, conn_bus(c, "GetConnectionCredentials",
						"s", name));
	int pid = 0;

	check(g->m.type == 2 && g->n_fds <= 1 && g->m.unix_fds == g->n_fds,
	      "not credentials: %s", got_text(g));
	if (g->n_fds)
		pid = process_of(g->fds[0]);
	got_free(g);
	return pid;
}

/* A process connects, leaves the connection to its child, and ends. */
static void orphan_connection(char *name, int *hold)
{
	struct conn *c;
	pid_t pid;
	int p[2];

	check(!pipe(p) && !pipe(hold), "pipe: %m");
	pid = fork();
	check(pid >= 0, "fork: %m");
	if (!pid) {
		close(hold[1]);
		c = conn_open(0);
		if (!fork()) {
			close(p[0]);
			close(p[1]);
			_exit(read(hold[0], name, 1) != 0);
		}
		_exit(write(p[1], c->name, sizeof(c->name)) < 0);
	}
	check(read(p[0], name, 32) == 32, "no name");
	check(waitpid(pid, NULL, 0) == pid, "waitpid: %m");
	close(p[0]);
	close(p[1]);
	close(hold[0]);
}

static void fds_process(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(CONN_NO_FDS);
	unsigned int i, files = open_files();
	char orphan[32];
	int hold[2];

	for (i = 0; i < 20; i++)
		check(told_process(a, b->name) == getpid(), "of another process");
	check(!told_process(b, a->name), "a descriptor for who takes none");
	orphan_connection(orphan, hold);
	check(!told_process(a, orphan), "of a process that is gone");
	close(hold[1]);
	check(open_files() == files, "test leaks descriptors");
	conn_close(a);
	conn_close(b);
}

const struct test fd_tests[] = {
	{ "fds-each", fds_each, "0 to 16 descriptors arrive with their message" },
	{ "fds-interleaved", fds_interleaved,
	  "messages with and without descriptors, mixed" },
	{ "fds-two-senders", fds_two_senders,
	  "descriptors of two senders are not mixed up" },
	{ "fds-position", fds_position,
	  "descriptors may come with any octet of their message" },
	{ "fds-queued", fds_queued,
	  "messages with descriptors wait for a slow receiver" },
	{ "fds-header-more", fds_header_more,
	  "who announces more descriptors than come is disconnected" },
	{ "fds-header-less", fds_header_less,
	  "descriptors that were not announced reach nobody" },
	{ "fds-too-many", fds_too_many,
	  "who sends more than 16 in a message is disconnected" },
	{ "fds-not-supported", fds_not_supported,
	  "who takes no descriptors gets none, and the caller is told" },
	{ "fds-leak", fds_leak, "descriptors are closed everywhere after use" },
	{ "fds-to-bus", fds_to_bus,
	  "calls of the bus are answered alike with descriptors and without" },
	{ "fds-own-socket", fds_own_socket,
	  "a connection passed to itself ends when it is closed" },
	{ "fds-process", fds_process,
	  "credentials have a descriptor of the process, while it is there" },
	{ "fds-without-message", fds_without_message,
	  "descriptors whose message never ends are closed" },
	{ 0 }
};
