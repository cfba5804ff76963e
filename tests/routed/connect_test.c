// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients of all kinds, for a daemon that listens on the socket PATH.
 *
 *	connect_test PATH echo N	N at once, each authenticating and sending
 *					octets behind BEGIN, which come back (from
 *					dbus-routed-fake)
 *	connect_test PATH hello N	N at once, each authenticating and sending
 *					Hello; all stay until all have their names,
 *					which must be different ones
 *	connect_test PATH slow		one that sends the handshake octet by octet
 *	connect_test PATH garbage N	N one after another, sending what they like;
 *					none may be let in
 *	connect_test PATH deaf		one that asks for ever and never listens,
 *					until it is thrown out
 *	connect_test PATH idle N	N that say nothing; prints "ready", then
 *					ends when all have been thrown out
 *	connect_test PATH stay		one that says Hello, prints "ready", waits for a
 *					line, calls the bus again, prints "answered",
 *					and waits for the end of its input
 *	connect_test PATH refused	one that authenticates and is thrown out
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <dbus/dbus.h>

#define PATIENCE_MS	60000

static struct sockaddr_un sun = { .sun_family = AF_UNIX };

static void __attribute__((format(printf, 1, 2), noreturn))
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int open_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		fail("connect: %m");
	return fd;
}

static void send_all(int fd, const char *data, size_t n)
{
	if (send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
		fail("send: %m");
}

/* Reads exactly @n octets. */
static void receive(int fd, char *buf, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t got;

	while (n) {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail("no answer within %d s", PATIENCE_MS / 1000);
		got = recv(fd, buf, n, 0);
		if (got <= 0)
			fail("the daemon hung up");
		buf += got;
		n -= got;
	}
}

static void expect_line(int fd, const char *start)
{
	char line[256];
	size_t n = 0;

	do {
		if (n == sizeof(line) - 1)
			fail("line too long");
		receive(fd, line + n++, 1);
	} while (line[n - 1] != '\n');
	line[n] = '\0';
	if (strncmp(line, start, strlen(start)) != 0)
		fail("expected %s..., got %s", start, line);
}

static void expect_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	do {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail("not hung up within %d s", PATIENCE_MS / 1000);
		n = recv(fd, buf, sizeof(buf), 0);
	} while (n > 0);
	if (n < 0 && errno != ECONNRESET)
		fail("recv: %m");
}

/* "AUTH EXTERNAL" with our number, and more if there is more. */
static size_t auth(char *buf, size_t room, const char *rest)
{
	char number[16];
	size_t n = 1;
	char *p;

	snprintf(number, sizeof(number), "%u", geteuid());
	buf[0] = '\0';
	n += snprintf(buf + n, room - n, "AUTH EXTERNAL ");
	for (p = number; *p; p++)
		n += snprintf(buf + n, room - n, "%02x", *p);
	n += snprintf(buf + n, room - n, "\r\n%s", rest);
	return n;
}

static int *open_clients(int n)
{
	struct rlimit limit;
	int *fds = calloc(n, sizeof(*fds));
	int i;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0; i < n; i++)
		fds[i] = open_client();
	return fds;
}

static void clients_echo(int n)
{
	int *fds = open_clients(n);
	char buf[512], tail[64], back[64];
	size_t len;
	int i;

	for (i = 0; i < n; i++) {
		snprintf(tail, sizeof(tail),
			 "NEGOTIATE_UNIX_FD\r\nBEGIN\r\n\r\nBEGIN %5d\r\n", i);
		len = auth(buf, sizeof(buf), tail);
		send_all(fds[i], buf, len);
	}
	for (i = 0; i < n; i++) {
		snprintf(tail, sizeof(tail), "\r\nBEGIN %5d\r\n", i);
		expect_line(fds[i], "OK ");
		expect_line(fds[i], "AGREE_UNIX_FD\r\n");
		receive(fds[i], back, strlen(tail));
		if (memcmp(back, tail, strlen(tail)) != 0)
			fail("client %d got other octets back", i);
	}
	free(fds);
}

static DBusMessage *receive_message(int fd)
{
	DBusMessage *m;
	char buf[4096];
	int len;

	receive(fd, buf, 16);
	len = dbus_message_demarshal_bytes_needed(buf, 16);
	if (len < 16 || len > (int)sizeof(buf))
		fail("that is no message");
	receive(fd, buf + 16, len - 16);
	m = dbus_message_demarshal(buf, len, NULL);
	if (!m)
		fail("that is no valid message");
	return m;
}

/* A call to the bus without arguments, on the wire; its octets. */
static int make_call(const char *member, uint32_t serial, char **data)
{
	DBusMessage *m = dbus_message_new_method_call(DBUS_SERVICE_DBUS,
			DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, member);
	int len;

	dbus_message_set_serial(m, serial);
	if (!dbus_message_marshal(m, data, &len))
		fail("no memory");
	dbus_message_unref(m);
	return len;
}

/* Returns N of the name :1.N that Hello was answered with. */
static uint64_t hello_answer(int fd)
{
	DBusMessage *m = receive_message(fd);
	const char *name;
	uint64_t id;

	if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
	    !dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name,
				   DBUS_TYPE_INVALID))
		fail("Hello was not answered with a name");
	id = strtoull(name + 3, NULL, 10);
	dbus_message_unref(m);
	return id;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void clients_hello(int n)
{
	uint64_t *ids = calloc(n, sizeof(*ids));
	int *fds = open_clients(n);
	char buf[1024];
	size_t len;
	char *data;
	int i, size;

	size = make_call("Hello", 1, &data);
	len = auth(buf, sizeof(buf), "NEGOTIATE_UNIX_FD\r\nBEGIN\r\n");
	memcpy(buf + len, data, size);
	for (i = 0; i < n; i++)
		send_all(fds[i], buf, len + size);
	for (i = 0; i < n; i++) {
		expect_line(fds[i], "OK ");
		expect_line(fds[i], "AGREE_UNIX_FD\r\n");
		ids[i] = hello_answer(fds[i]);
	}
	qsort(ids, n, sizeof(*ids), compare);
	for (i = 1; i < n; i++)
		if (ids[i] == ids[i - 1])
			fail("two clients are :1.%llu",
			     (unsigned long long)ids[i]);
	printf("%d clients\n", n);
	dbus_free(data);
	free(ids);
	free(fds);
}

static void client_stay(void)
{
	int fd = open_client();
	DBusMessage *m;
	char buf[1024];
	char *data;
	bool done;
	int size;

	send_all(fd, buf, auth(buf, sizeof(buf), "BEGIN\r\n"));
	expect_line(fd, "OK ");
	size = make_call("Hello", 1, &data);
	send_all(fd, data, size);
	dbus_free(data);
	hello_answer(fd);
	puts("ready");
	fflush(stdout);
	getchar();
	size = make_call("ListNames", 2, &data);
	send_all(fd, data, size);
	dbus_free(data);
	do {	/* NameAcquired comes first */
		m = receive_message(fd);
		done = dbus_message_get_reply_serial(m) == 2;
		dbus_message_unref(m);
	} while (!done);
	puts("answered");
	fflush(stdout);
	while (getchar() != EOF)
		;
}

static void client_slow(void)
{
	int fd = open_client();
	char buf[512], back[7];
	size_t n, i;

	n = auth(buf, sizeof(buf), "NEGOTIATE_UNIX_FD\r\nBEGIN\r\nmessage");
	for (i = 0; i < n; i++)
		send_all(fd, buf + i, 1);
	expect_line(fd, "OK ");
	expect_line(fd, "AGREE_UNIX_FD\r\n");
	receive(fd, back, 7);
	if (memcmp(back, "message", 7) != 0)
		fail("other octets came back");
}

static void clients_garbage(int n)
{
	static const char *const words[] = {
		"AUTH ", "external ", "41", "\r\n", "\r\n", "DATA ", "BEGIN\r\n",
		"CANCEL\r\n", "NEGOTIATE_UNIX_FD\r\n", "\n", "\r", "ERROR",
		"GET / HTTP/1.0\r\n\r\n", "\x16\x03\x01", "l\1\0\1",
	};
	size_t len, w;
	char buf[1024];
	int fd, i, j;

	for (i = 0; i < n; i++) {
		srand(i);
		fd = open_client();
		len = 0;
		buf[len++] = rand() % 4 ? 0 : (char)rand();
		for (j = rand() % 40; j; j--) {
			w = rand() % (sizeof(words) / sizeof(*words));
			memcpy(buf + len, words[w], strlen(words[w]));
			len += strlen(words[w]);
		}
		/* it may have hung up on us already, and rightly */
		send(fd, buf, len, MSG_NOSIGNAL);
		if (rand() % 2) {
			shutdown(fd, SHUT_WR);
			while (recv(fd, buf, sizeof(buf), 0) > 0)
				if (!memcmp(buf, "OK ", 3))
					fail("garbage %d was let in", i);
		}
		close(fd);
	}
}

static void client_deaf(void)
{
	int fd = open_client();
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	send_all(fd, "", 1);
	do {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail("not thrown out within %d s", PATIENCE_MS / 1000);
		n = send(fd, "WHAT\r\n", 6, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n > 0 || errno == EAGAIN);
}

static void clients_idle(int n)
{
	int *fds = open_clients(n);
	int i;

	puts("ready");
	fflush(stdout);
	for (i = 0; i < n; i++)
		expect_end(fds[i]);
	free(fds);
}

static void client_refused(void)
{
	int fd = open_client();
	char buf[512];

	send_all(fd, buf, auth(buf, sizeof(buf), "BEGIN\r\n"));
	expect_line(fd, "OK ");
	expect_end(fd);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";
	int n = argc > 3 ? atoi(argv[3]) : 1;

	if (argc < 3 || strlen(argv[1]) >= sizeof(sun.sun_path))
		fail("usage: connect_test PATH MODE [N]");
	strcpy(sun.sun_path, argv[1]);
	if (!strcmp(what, "echo"))
		clients_echo(n);
	else if (!strcmp(what, "hello"))
		clients_hello(n);
	else if (!strcmp(what, "stay"))
		client_stay();
	else if (!strcmp(what, "slow"))
		client_slow();
	else if (!strcmp(what, "garbage"))
		clients_garbage(n);
	else if (!strcmp(what, "deaf"))
		client_deaf();
	else if (!strcmp(what, "idle"))
		clients_idle(n);
	else if (!strcmp(what, "refused"))
		client_refused();
	else
		fail("unknown mode %s", what);
	return 0;
}
