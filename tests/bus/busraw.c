// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections: connect, authenticate, write, and read message by message. */
#include "tests/bus/busraw.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

void fail_at(const char *file, int line, const char *fmt, ...)
{
	const char *base = strrchr(file, '/');
	va_list ap;

	fprintf(stderr, "FAILED at %s:%d: ", base ? base + 1 : file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(NULL);
	_exit(1);
}

int time_limit(void)
{
	const char *s = getenv("BUS_TEST_LIMIT");

	return s ? atoi(s) : 20000;
}

unsigned long scaled(unsigned long n)
{
	const char *s = getenv("BUS_TEST_SCALE");
	unsigned long percent = s ? strtoul(s, NULL, 10) : 100;

	n = n * percent / 100;
	return n ? n : 1;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

uint32_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) >> 16;
}

uint32_t random_below(uint64_t *state, uint32_t n)
{
	return random_next(state) % n;
}

/* --- connect and authenticate --------------------------------------------- */

/* The address's value of @key, up to the next comma, with %XX undone. */
static bool address_value(const char *address, const char *key, char *out,
			  size_t size)
{
	const char *p = strstr(address, key);
	unsigned int c;
	size_t n = 0;

	if (!p)
		return false;
	for (p += strlen(key); *p && *p != ',' && *p != ';'; p++) {
		if (*p == '%' && sscanf(p + 1, "%2x", &c) == 1)
			p += 2;
		else
			c = (unsigned char)*p;
		check(n + 1 < size, "address too long: %s", address);
		out[n++] = c;
	}
	out[n] = 0;
	return true;
}

static int bus_connect(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	check(address, "DBUS_SESSION_BUS_ADDRESS is not set");
	if (address_value(address, "unix:path=", un.sun_path,
			  sizeof(un.sun_path)))
		len = sizeof(un);
	else if (address_value(address, "unix:abstract=", un.sun_path + 1,
			       sizeof(un.sun_path) - 1))
		len = offsetof(struct sockaddr_un, sun_path) + 1 +
		      strlen(un.sun_path + 1);
	else
		fail("no unix:path= or unix:abstract= in %s", address);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(fd >= 0, "socket: %m");
	check(!connect(fd, (struct sockaddr *)&un, len), "connect %s: %m",
	      address);
	return fd;
}

/* A line of the handshake, octet by octet: what follows BEGIN is not ours. */
static bool sasl_answered(struct conn *c, const char *word)
{
	char line[256];
	size_t n = 0;
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	while (n < 2 || line[n - 2] != '\r' || line[n - 1] != '\n') {
		check(poll(&p, 1, time_limit()) == 1, "no answer: %s", word);
		check(n < sizeof(line) - 1, "a long line before %s", word);
		if (read(c->fd, line + n, 1) != 1)
			return false;
		n++;
	}
	line[n - 2] = 0;
	check(!strncmp(line, word, strlen(word)), "handshake: %s, wanted %s",
	      line, word);
	return true;
}

static void sasl_expect(struct conn *c, const char *word)
{
	check(sasl_answered(c, word), "handshake broken off before %s", word);
}

static size_t sasl_auth(char *buf, size_t size)
{
	char uid[16];
	size_t n, i;

	snprintf(uid, sizeof(uid), "%u", getuid());
	n = 1 + snprintf(buf + 1, size - 1, "AUTH EXTERNAL ");
	buf[0] = 0;
	for (i = 0; uid[i]; i++)
		n += snprintf(buf + n, size - n, "%02x", uid[i]);
	n += snprintf(buf + n, size - n, "\r\n");
	return n;
}

static struct conn *conn_new(int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	check(c, "no memory");
	c->fd = fd;
	return c;
}

/* All that stands before the first message; false if the bus hangs up meanwhile. */
static bool sasl(struct conn *c, int flags)
{
	int ms = time_limit();
	char buf[128];

	return conn_try_write(c, buf, sasl_auth(buf, sizeof(buf)), NULL, 0, ms) &&
	       sasl_answered(c, "OK ") &&
	       (flags & CONN_NO_FDS ||
		(conn_try_write(c, "NEGOTIATE_UNIX_FD\r\n", 19, NULL, 0, ms) &&
		 sasl_answered(c, "AGREE_UNIX_FD"))) &&
	       conn_try_write(c, "BEGIN\r\n", 7, NULL, 0, ms);
}

/* @g is the answer to Hello; is dropped. */
static void take_name(struct conn *c, struct got *g)
{
	check(g->m.type == WIRE_METHOD_RETURN, "Hello: %s", got_text(g));
	snprintf(c->name, sizeof(c->name), "%s", got_str(g, 0));
	check(wire_is_unique_name(c->name, strlen(c->name)),
	      "Hello gave the name '%s'", c->name);
	got_free(g);
	want_bus_signal(c, "NameAcquired", c->name, NULL, NULL);
}

static void conn_hello(struct conn *c)
{
	take_name(c, conn_answer(c, conn_bus(c, "Hello", "")));
}

struct conn *conn_open(int flags)
{
	struct conn *c = conn_new(bus_connect());

	if (flags & CONN_NO_BEGIN)
		return c;
	check(sasl(c, flags), "handshake broken off");
	if (!(flags & CONN_NO_HELLO))
		conn_hello(c);
	return c;
}

/* Has the bus hung up? What it has sent does not matter. */
static bool conn_is_over(struct conn *c)
{
	char buf[256];
	ssize_t n;

	do {
		n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);
	} while (n > 0);
	return !n || errno != EAGAIN;
}

static bool try_hello(struct conn *c)
{
	const struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
				.path = BUS_PATH, .iface = BUS_NAME,
				.member = "Hello", .serial = ++c->serial };
	struct draft d = { 0 };
	struct got *g = NULL;

	draft_message(&d, &h, "");
	if (conn_try_write(c, d.p, d.len, NULL, 0, time_limit()))
		g = conn_get(c, time_limit());
	draft_free(&d);
	if (g)
		take_name(c, g);
	return g;
}

struct conn *conn_try_open(void)
{
	struct conn *c = conn_new(bus_connect());

	if (sasl(c, 0) && try_hello(c))
		return c;
	check(conn_is_over(c), "Hello is not answered");
	conn_close(c);
	return NULL;
}

struct conn *conn_pipelined(const void *more, size_t len)
{
	struct conn *c = conn_new(bus_connect());
	struct draft d = { 0 };
	char buf[128];

	draft_raw(&d, buf, sasl_auth(buf, sizeof(buf)));
	draft_raw(&d, "NEGOTIATE_UNIX_FD\r\nBEGIN\r\n", 26);
	draft_raw(&d, more, len);
	conn_write(c, d.p, d.len);
	draft_free(&d);
	sasl_expect(c, "OK ");
	sasl_expect(c, "AGREE_UNIX_FD");
	return c;
}

struct conn *conn_adopt(int fd)
{
	struct conn *c = conn_new(fd);

	conn_hello(c);
	return c;
}

void conn_close(struct conn *c)
{
	struct got *g;
	unsigned int i;

	close(c->fd);
	for (i = 0; i < c->n_fds; i++)
		close(c->fds[i]);
	while ((g = c->later)) {
		c->later = g->next;
		got_free(g);
	}
	free(c->in);
	free(c->out);
	free(c);
}

/* --- writing -------------------------------------------------------------- */

static ssize_t send_some(struct conn *c, const void *p, size_t len,
			 const int *fds, unsigned int n_fds)
{
	char control[CMSG_SPACE(sizeof(int) * FDS_MAX)] = { 0 };
	struct iovec iov = { .iov_base = (void *)p, .iov_len = len };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;

	if (n_fds) {
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		cm = CMSG_FIRSTHDR(&h);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(cm), fds, sizeof(int) * n_fds);
	}
	return sendmsg(c->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool conn_try_write(struct conn *c, const void *p, size_t len,
		    const int *fds, unsigned int n_fds, int ms)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLOUT };
	uint64_t end = now_ms() + ms;
	int64_t left;
	ssize_t n;

	while (len) {
		n = send_some(c, p, len, fds, n_fds);
		if (n > 0) {
			p = (const char *)p + n;
			len -= n;
			n_fds = 0;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ETOOMANYREFS) {
			check(errno == EPIPE || errno == ECONNRESET,
			      "sendmsg: %m");
			c->gone = true;
			return false;
		}
		left = end - now_ms();
		/* a user's descriptors on their way are limited: let some arrive */
		if (errno == ETOOMANYREFS && left > 0) {
			usleep(1000);
			continue;
		}
		if (left <= 0 || !poll(&pfd, 1, left))
			return false;
	}
	return true;
}

void conn_write_fds(struct conn *c, const void *p, size_t len,
		    const int *fds, unsigned int n_fds)
{
	check(conn_try_write(c, p, len, fds, n_fds, time_limit()), c->gone ?
	      "the bus has disconnected %s" :
	      "the bus takes nothing more from %s", c->name);
}

void conn_write(struct conn *c, const void *p, size_t len)
{
	conn_write_fds(c, p, len, NULL, 0);
}

void conn_cork(struct conn *c)
{
	c->corked = true;
}

void conn_uncork(struct conn *c)
{
	c->corked = false;
	conn_write(c, c->out, c->out_len);
	c->out_len = 0;
}

static void conn_keep(struct conn *c, const void *p, size_t len)
{
	if (c->out_len + len > c->out_cap) {
		c->out_cap = (c->out_len + len) * 2;
		c->out = realloc(c->out, c->out_cap);
		check(c->out, "no memory");
	}
	memcpy(c->out + c->out_len, p, len);
	c->out_len += len;
}

static uint32_t conn_send_args(struct conn *c, const struct head *head,
			       const char *sig, va_list ap)
{
	struct head h = *head;
	struct draft d = { 0 };

	if (!h.serial)
		h.serial = ++c->serial;
	draft_head(&d, &h, sig);
	draft_args(&d, sig, ap);
	draft_end(&d);
	if (c->corked)
		conn_keep(c, d.p, d.len);
	else
		conn_write_fds(c, d.p, d.len, h.fds, h.n_fds);
	draft_free(&d);
	return h.serial;
}

uint32_t conn_send(struct conn *c, const struct head *h, const char *sig, ...)
{
	uint32_t serial;
	va_list ap;

	va_start(ap, sig);
	serial = conn_send_args(c, h, sig, ap);
	va_end(ap);
	return serial;
}

uint32_t conn_call(struct conn *c, const char *dest, const char *member,
		   const char *sig, ...)
{
	struct head h = { .type = WIRE_METHOD_CALL, .dest = dest,
			  .path = "/test", .iface = "org.test.Iface",
			  .member = member };
	uint32_t serial;
	va_list ap;

	va_start(ap, sig);
	serial = conn_send_args(c, &h, sig, ap);
	va_end(ap);
	return serial;
}

static uint32_t conn_bus_args(struct conn *c, const char *member,
			      const char *sig, va_list ap)
{
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
			  .path = BUS_PATH, .iface = BUS_NAME,
			  .member = member };

	return conn_send_args(c, &h, sig, ap);
}

uint32_t conn_bus(struct conn *c, const char *member, const char *sig, ...)
{
	uint32_t serial;
	va_list ap;

	va_start(ap, sig);
	serial = conn_bus_args(c, member, sig, ap);
	va_end(ap);
	return serial;
}

void conn_return(struct conn *c, const struct got *call, const char *sig, ...)
{
	char dest[256];
	struct head h = { .type = WIRE_METHOD_RETURN, .dest = dest,
			  .flags = WIRE_NO_REPLY_EXPECTED,
			  .reply_to = call->m.serial };
	va_list ap;

	snprintf(dest, sizeof(dest), "%.*s", (int)call->m.sender.len,
		 call->m.sender.s);
	va_start(ap, sig);
	conn_send_args(c, &h, sig, ap);
	va_end(ap);
}

void conn_error(struct conn *c, const struct got *call, const char *error)
{
	char dest[256];
	struct head h = { .type = WIRE_ERROR, .dest = dest, .error = error,
			  .flags = WIRE_NO_REPLY_EXPECTED,
			  .reply_to = call->m.serial };

	snprintf(dest, sizeof(dest), "%.*s", (int)call->m.sender.len,
		 call->m.sender.s);
	conn_send(c, &h, "s", "as the test wants it");
}

void conn_signal(struct conn *c, const char *dest, const char *member,
		 const char *sig, ...)
{
	struct head h = { .type = WIRE_SIGNAL, .dest = dest, .path = "/test",
			  .flags = WIRE_NO_REPLY_EXPECTED,
			  .iface = "org.test.Iface", .member = member };
	va_list ap;

	va_start(ap, sig);
	conn_send_args(c, &h, sig, ap);
	va_end(ap);
}

/* --- reading -------------------------------------------------------------- */

static void conn_take_fds(struct conn *c, struct msghdr *h)
{
	struct cmsghdr *cm;
	unsigned int n;

	check(!(h->msg_flags & MSG_CTRUNC), "%s: descriptors were cut off",
	      c->name);
	for (cm = CMSG_FIRSTHDR(h); cm; cm = CMSG_NXTHDR(h, cm)) {
		if (cm->cmsg_level != SOL_SOCKET ||
		    cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		check(c->n_fds + n <= FDS_MAX, "too many descriptors");
		memcpy(c->fds + c->n_fds, CMSG_DATA(cm), n * sizeof(int));
		c->n_fds += n;
	}
}

/*
 * Never more than the message that is being read, as sd-bus reads: descriptors
 * that come with it are its own.
 */
static ssize_t conn_read(struct conn *c)
{
	char control[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	struct iovec iov;
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;

	if (c->need < WIRE_FIXED_LEN)
		c->need = WIRE_FIXED_LEN;
	if (!c->have) {
		c->in = realloc(c->in, c->need);
		check(c->in, "no memory");
	}
	iov.iov_base = c->in + c->have;
	iov.iov_len = c->need - c->have;
	n = recvmsg(c->fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n > 0) {
		conn_take_fds(c, &h);
		c->have += n;
	}
	return n;
}

/* The header is there: how much is the whole? */
static void conn_measure(struct conn *c)
{
	uint32_t len;
	enum wire_status st = wire_frame(c->in, c->have, &len);

	check(st == WIRE_OK, "%s: the bus sent no message: %s", c->name,
	      wire_strerror(st));
	c->need = len;
	c->in = realloc(c->in, len);
	check(c->in, "no memory for %u octets", len);
}

static struct got *conn_finish(struct conn *c)
{
	struct got *g = calloc(1, sizeof(*g) + c->n_fds * sizeof(int));
	enum wire_status st;

	check(g, "no memory");
	g->data = c->in;
	st = wire_parse(&g->m, c->in, c->have);
	if (st == WIRE_OK)
		st = wire_validate_body(&g->m);
	check(st == WIRE_OK, "%s: the bus delivered an invalid message: %s, at %u of %u",
	      c->name, wire_strerror(st), g->m.bad_at, g->m.len);
	/* libdbus itself answers some calls to dbus-daemon, without SENDER */
	check(g->m.sender.s || getenv("BUS_TEST_STOCK"),
	      "%s: message without SENDER: %s", c->name, got_text(g));
	g->n_fds = c->n_fds;
	memcpy(g->fds, c->fds, c->n_fds * sizeof(int));
	check(g->n_fds == g->m.unix_fds,
	      "%s: %u descriptors came with a message that has %u: %s",
	      c->name, g->n_fds, g->m.unix_fds, got_text(g));
	c->in = NULL;
	c->have = 0;
	c->need = 0;
	c->n_fds = 0;
	return g;
}

static struct got *conn_receive(struct conn *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	uint64_t end = now_ms() + ms;
	int64_t left;
	ssize_t n;

	while (!c->gone) {
		n = conn_read(c);
		if (n > 0 && c->have < c->need)
			continue;
		if (n > 0 && c->need == WIRE_FIXED_LEN) {
			conn_measure(c);
			if (c->need > WIRE_FIXED_LEN)
				continue;
		}
		if (n > 0)
			return conn_finish(c);
		if (!n || errno == ECONNRESET) {
			c->gone = true;
			break;
		}
		check(errno == EAGAIN || errno == EINTR, "recvmsg: %m");
		left = end - now_ms();
		if (left <= 0)
			break;
		poll(&p, 1, left);
	}
	return NULL;
}

struct got *conn_get(struct conn *c, int ms)
{
	struct got *g = c->later;

	if (!g)
		return conn_receive(c, ms);
	c->later = g->next;
	g->next = NULL;
	return g;
}

struct got *conn_next(struct conn *c)
{
	struct got *g = conn_get(c, time_limit());

	if (!g && c->gone)
		fail("%s was disconnected by the bus", c->name);
	check(g, "%s waits for a message that does not come", c->name);
	return g;
}

static void conn_put_later(struct conn *c, struct got *g)
{
	struct got **p = &c->later;

	while (*p)
		p = &(*p)->next;
	*p = g;
}

static bool is_answer(const struct got *g, uint32_t serial)
{
	return (g->m.type == WIRE_METHOD_RETURN || g->m.type == WIRE_ERROR) &&
	       g->m.reply_serial == serial;
}

struct got *conn_answer(struct conn *c, uint32_t serial)
{
	struct got *g, **p;

	for (p = &c->later; (g = *p); p = &g->next) {
		if (is_answer(g, serial)) {
			*p = g->next;
			g->next = NULL;
			return g;
		}
	}
	for (;;) {
		g = conn_receive(c, time_limit());
		if (!g)
			fail("%s: no answer to serial %u: %s", c->name, serial,
			     c->gone ? "disconnected" : "time is up");
		if (is_answer(g, serial))
			return g;
		conn_put_later(c, g);
	}
}

void conn_ok(struct conn *c, uint32_t serial)
{
	struct got *g = conn_answer(c, serial);

	check(g->m.type == WIRE_METHOD_RETURN, "%s: refused: %s", c->name,
	      got_text(g));
	got_free(g);
}

void conn_refused(struct conn *c, uint32_t serial, const char *error)
{
	struct got *g = conn_answer(c, serial);

	check(wire_str_is(g->m.error_name, error), "%s: wanted %s, got: %s",
	      c->name, error, got_text(g));
	got_free(g);
}

void conn_quiet(struct conn *c, const char *why)
{
	uint32_t serial = conn_bus(c, "GetId", "");
	struct got *g;

	while (!is_answer(g = conn_next(c), serial))
		fail("%s: %s got: %s", why, c->name, got_text(g));
	got_free(g);
}

void conn_alive(struct conn *c, const char *why)
{
	struct got *g;

	check(!c->gone, "%s: %s is disconnected", why, c->name);
	g = conn_answer(c, conn_bus(c, "GetId", ""));
	check(g->m.type == WIRE_METHOD_RETURN, "%s: %s got %s", why, c->name,
	      got_text(g));
	got_free(g);
}

void conn_hung_up(struct conn *c, const char *why)
{
	uint64_t end = now_ms() + time_limit();
	struct got *g;

	while (!c->gone) {
		g = conn_get(c, time_limit());
		got_free(g);
		check(c->gone || now_ms() < end, "%s: %s is still connected",
		      why, c->name);
	}
}

void closed_everywhere(int read_end, const char *why)
{
	struct pollfd p = { .fd = read_end, .events = POLLIN };
	char c;

	check(poll(&p, 1, time_limit()) == 1 && read(read_end, &c, 1) == 0,
	      "%s: a descriptor is still open somewhere", why);
	close(read_end);
}

void got_free(struct got *g)
{
	unsigned int i;

	if (!g)
		return;
	for (i = 0; i < g->n_fds; i++)
		if (g->fds[i] >= 0)
			close(g->fds[i]);
	free(g->data);
	free(g);
}

/* --- calls to the bus with their answers ----------------------------------- */

uint32_t bus_u32(struct conn *c, const char *member, const char *sig, ...)
{
	struct got *g;
	uint32_t v;
	va_list ap;

	va_start(ap, sig);
	g = conn_answer(c, conn_bus_args(c, member, sig, ap));
	va_end(ap);
	check(g->m.type == WIRE_METHOD_RETURN, "%s: %s", member, got_text(g));
	v = got_u32(g, 0);
	got_free(g);
	return v;
}

void bus_ok(struct conn *c, const char *member, const char *sig, ...)
{
	struct got *g;
	va_list ap;

	va_start(ap, sig);
	g = conn_answer(c, conn_bus_args(c, member, sig, ap));
	va_end(ap);
	check(g->m.type == WIRE_METHOD_RETURN, "%s: %s", member, got_text(g));
	got_free(g);
}

void bus_refused(struct conn *c, const char *error, const char *member,
		 const char *sig, ...)
{
	struct got *g;
	va_list ap;

	va_start(ap, sig);
	g = conn_answer(c, conn_bus_args(c, member, sig, ap));
	va_end(ap);
	check(wire_str_is(g->m.error_name, error), "%s: wanted %s, got: %s",
	      member, error, got_text(g));
	got_free(g);
}
