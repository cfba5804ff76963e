// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe-calls PATH: what a server on a socket at PATH gets from its system calls,
 * all that could tell it whether it is observed, a line each. It says "ready",
 * waits for a line, and then is its own client; says "done", and waits for the end
 * of its input.
 *
 * observe-calls PATH TRUTH: messages are read and written while the kernel has no
 * memory, at each place that asks for some (fail-nth). Every call must go on as if
 * nothing were, but for what the socket itself asks. What was sent is written to
 * TRUTH, and how many are printed.
 *
 * observe-calls -l PATH: two clients send a message of 98 MiB each, the second
 * one while the first one's is not complete, and a short one behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/sockios.h>

#include "tests/bus/busraw.h"
#include "tests/observe/truth.h"

#define PLACES	12	/* where memory may be asked for, at most */

static int listener, client, server;
static char buf[1 << 20];

/* --- telling ------------------------------------------------------------------- */

static uint32_t sum(const char *p, ssize_t n)
{
	uint32_t s = 0;

	while (n-- > 0)
		s = s * 31 + (unsigned char)*p++;
	return s;
}

/* A call with its result. */
static ssize_t tell(const char *what, ssize_t ret)
{
	if (ret < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: %zd\n", what, ret);
	return ret;
}

/* One that read octets. */
static ssize_t told(const char *what, ssize_t ret)
{
	if (tell(what, ret) > 0)
		printf("\t%08x\n", sum(buf, ret));
	return ret;
}

static void tell_events(const char *what)
{
	struct pollfd p = { .fd = server, .events = POLLIN | POLLOUT |
			    POLLPRI | POLLRDHUP };

	poll(&p, 1, 0);
	printf("%s: events %x\n", what, (unsigned int)p.revents);
}

static void tell_ioctl(const char *what, unsigned long request)
{
	int n = -1;

	tell(what, ioctl(server, request, &n));
	printf("\t%d\n", n);
}

static unsigned int open_fds(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* --- connections ------------------------------------------------------------------ */

static void listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	check(strlen(path) < sizeof(sun.sun_path), "%s is too long", path);
	strcpy(sun.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(!bind(listener, (struct sockaddr *)&sun, sizeof(sun)) &&
	      !listen(listener, 8), "%s: %m", path);
}

static void say(const char *text, size_t len)
{
	check(write(client, text, len) == (ssize_t)len, "the client: %m");
}

/* A new connection of which the handshake is over. */
static void meet(void)
{
	static const char ok[] = "OK 00000000000000000000000000000000\r\n";
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);

	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(!getsockname(listener, (struct sockaddr *)&sun, &len) &&
	      !connect(client, (struct sockaddr *)&sun, len), "connect: %m");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(server >= 0, "accept: %m");
	say("\0AUTH EXTERNAL\r\n", 16);
	check(read(server, buf, sizeof(buf)) == 16 &&
	      write(server, ok, sizeof(ok) - 1) == sizeof(ok) - 1 &&
	      read(client, buf, sizeof(buf)) == sizeof(ok) - 1, "handshake: %m");
	say("BEGIN\r\n", 7);
	check(read(server, buf, sizeof(buf)) == 7, "handshake: %m");
}

static void part(void)
{
	close(client);
	close(server);
}

/* A signal of @size octets of body, at least. */
static struct draft message(size_t size)
{
	static uint32_t serial;
	struct head h = { .type = WIRE_SIGNAL, .path = "/calls",
			  .iface = "org.test.Calls", .member = "Numbered",
			  .serial = ++serial };
	static uint8_t data[1 << 20];
	struct draft d = { 0 };

	memset(data, (int)serial, size);
	draft_message(&d, &h, "uay", serial, data, size);
	return d;
}

/* The client sends messages of @size octets; returns how many octets. */
static size_t send_messages(unsigned int n, size_t size)
{
	struct draft d;
	size_t len = 0;

	while (n--) {
		d = message(size);
		say((char *)d.p, d.len);
		len += d.len;
		draft_free(&d);
	}
	return len;
}

/* --- reading ----------------------------------------------------------------------- */

static void read_by_all_calls(void)
{
	struct iovec iov[2] = { { buf, 10 }, { buf + 10, sizeof(buf) - 10 } };
	struct iovec half = { buf, 100 };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	struct mmsghdr mm[2] = { { .msg_hdr = { .msg_iov = &half,
						.msg_iovlen = 1 } },
				 { .msg_hdr = { .msg_iov = &half,
						.msg_iovlen = 1 } } };
	int off = 8;

	meet();
	tell_events("nothing there");
	tell("empty", recv(server, buf, sizeof(buf), MSG_DONTWAIT));
	tell("empty, peek", recv(server, buf, sizeof(buf),
				 MSG_DONTWAIT | MSG_PEEK));
	send_messages(2, 100);
	tell_events("two there");
	tell_ioctl("SIOCINQ", SIOCINQ);
	told("peek", recv(server, buf, 50, MSG_PEEK));
	told("peek all", recv(server, buf, sizeof(buf), MSG_PEEK));
	tell("no octets", recv(server, buf, 0, 0));
	tell("bad address", recv(server, (void *)8, 50, 0));
	told("read", read(server, buf, 33));
	told("readv", readv(server, iov, 2));
	send_messages(4, 1000);
	told("recvfrom", recvfrom(server, buf, 17, 0, NULL, NULL));
	told("recvmsg", recvmsg(server, &m, 0));
	printf("\tflags %x\n", (unsigned int)m.msg_flags);
	send_messages(3, 200);
	tell("recvmmsg", recvmmsg(server, mm, 2, MSG_DONTWAIT, NULL));
	printf("\t%u %u\n", mm[0].msg_len, mm[1].msg_len);
	told("waitall", recv(server, buf, 300, MSG_WAITALL));
	told("truncated", recv(server, buf, 20, MSG_TRUNC));
	told("the rest", recv(server, buf, sizeof(buf), 0));
	send_messages(1, 60000);
	tell("SO_PEEK_OFF", setsockopt(server, SOL_SOCKET, SO_PEEK_OFF, &off,
				       sizeof(off)));
	told("peek there", recv(server, buf, 30, MSG_PEEK));
	told("peek on", recv(server, buf, 30, MSG_PEEK));
	told("large", recv(server, buf, sizeof(buf), MSG_WAITALL | MSG_DONTWAIT));
	part();
}

/* The second of two buffers is nowhere: what fits the first is read. */
static void read_to_nowhere(void)
{
	struct iovec iov[2] = { { buf, 40 }, { (void *)8, 4000 } };

	meet();
	send_messages(2, 100);
	told("half of it nowhere", readv(server, iov, 2));
	told("after that", recv(server, buf, sizeof(buf), MSG_DONTWAIT));
	part();
}

/* --- writing ------------------------------------------------------------------------ */

static void write_by_all_calls(void)
{
	struct draft d = message(500);
	struct iovec iov[2] = { { d.p, 20 }, { d.p + 20, d.len - 20 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	struct mmsghdr mm[2] = { { .msg_hdr = m }, { .msg_hdr = m } };
	struct iovec nowhere[2] = { { d.p, 20 }, { (void *)8, 100 } };

	meet();
	tell("write", write(server, d.p, d.len));
	tell("writev", writev(server, iov, 2));
	tell("send", send(server, d.p, d.len, MSG_NOSIGNAL));
	tell("sendto", sendto(server, d.p, d.len, 0, NULL, 0));
	tell("sendmsg", sendmsg(server, &m, 0));
	tell("sendmmsg", sendmmsg(server, mm, 2, 0));
	tell("no octets", send(server, d.p, 0, 0));
	tell("from nowhere", send(server, (void *)8, 100, 0));
	tell("half from nowhere", writev(server, nowhere, 2));
	tell_ioctl("SIOCOUTQ", SIOCOUTQ);
	told("all of it", read(client, buf, sizeof(buf)));
	draft_free(&d);
	part();
}

static void write_until_full(void)
{
	struct draft d = message(3000);
	unsigned long total = 0;
	ssize_t n;

	meet();
	fcntl(server, F_SETFL, O_NONBLOCK);
	while ((n = write(server, d.p, d.len)) > 0)
		total += (unsigned long)n;
	tell("full", n);
	printf("\tafter %lu\n", total);
	tell_events("full");
	while (total) {
		n = read(client, buf, sizeof(buf));
		check(n > 0, "the client reads: %m");
		total -= (unsigned long)n;
	}
	tell_events("read again");
	draft_free(&d);
	part();
}

static void by_pipes(void)
{
	struct draft d = message(700);
	int pipes[2], file = memfd_create("message", MFD_CLOEXEC);
	off_t at = 0;

	meet();
	check(!pipe(pipes) && file >= 0 &&
	      write(file, d.p, d.len) == (ssize_t)d.len, "a file: %m");
	send_messages(3, 100);
	tell("splice from it", splice(server, NULL, pipes[1], NULL, 100, 0));
	tell("splice to it", splice(pipes[0], NULL, server, NULL, 100, 0));
	tell("sendfile", sendfile(server, file, &at, d.len));
	told("the rest", recv(server, buf, sizeof(buf), MSG_DONTWAIT));
	told("came out", read(client, buf, sizeof(buf)));
	close(pipes[0]);
	close(pipes[1]);
	close(file);
	draft_free(&d);
	part();
}

/* --- descriptors, and octets out of band ------------------------------------------------ */

static void send_fds(int fd, const void *p, size_t len, unsigned int n)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(8 * sizeof(int))];
	} c = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &c,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	unsigned int i;

	c.h.cmsg_level = SOL_SOCKET;
	c.h.cmsg_type = SCM_RIGHTS;
	c.h.cmsg_len = CMSG_LEN(n * sizeof(int));
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(&c.h) + i * sizeof(int), &listener,
		       sizeof(int));
	tell("sendmsg with descriptors", sendmsg(fd, &m, 0));
}

static void receive_fds(const char *what, int fd, size_t room)
{
	char control[512];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control, .msg_controllen = room };
	struct cmsghdr *c;
	size_t i;
	int got;

	if (told(what, recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)) < 0)
		return;
	printf("\tflags %x, control %zu\n", (unsigned int)m.msg_flags,
	       (size_t)m.msg_controllen);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		printf("\ttype %d, %zu octets\n", c->cmsg_type,
		       (size_t)c->cmsg_len);
		for (i = 0; c->cmsg_type == SCM_RIGHTS &&
		     CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len; i++) {
			memcpy(&got, CMSG_DATA(c) + i * sizeof(int),
			       sizeof(int));
			close(got);
		}
	}
}

static void descriptors(void)
{
	unsigned int before = open_fds();
	struct draft d = message(10);
	int yes = 1;

	meet();
	send_fds(client, d.p, d.len, 3);
	receive_fds("three", server, 512);
	send_fds(client, d.p, d.len, 5);
	receive_fds("five, room for two", server, CMSG_SPACE(2 * sizeof(int)));
	send_fds(client, d.p, d.len, 2);
	receive_fds("two, no room", server, 0);
	send_fds(client, d.p, d.len, 2);
	told("two, by read", read(server, buf, sizeof(buf)));
	tell("SO_PASSCRED", setsockopt(server, SOL_SOCKET, SO_PASSCRED, &yes,
				       sizeof(yes)));
	say((char *)d.p, d.len);
	send_fds(client, d.p, d.len, 1);
	receive_fds("credentials", server, 512);
	receive_fds("and one", server, 512);
	send_fds(server, d.p, d.len, 4);
	receive_fds("to the client", client, 512);
	draft_free(&d);
	part();
	printf("descriptors left: %u\n", open_fds() - before);
}

static void out_of_band(void)
{
	struct draft d = message(10);

	meet();
	tell("send out of band", send(client, "!", 1, MSG_OOB));
	say((char *)d.p, d.len);
	tell_events("urgent");
	told("receive it", recv(server, buf, 1, MSG_OOB | MSG_DONTWAIT));
	told("the rest", recv(server, buf, sizeof(buf), MSG_DONTWAIT));
	tell("likewise", send(server, "!", 1, MSG_OOB));
	told("out of band", recv(client, buf, 1, MSG_OOB | MSG_DONTWAIT));
	draft_free(&d);
	part();
}

/* --- endings -------------------------------------------------------------------------- */

/* The client goes and leaves something unread: an error that is told once. */
static void reset(const char *how, bool peek_first)
{
	struct draft d = message(50);

	printf("%s\n", how);
	meet();
	check(write(server, d.p, d.len) > 0, "write: %m");
	close(client);
	tell_events("after it went");
	if (peek_first)
		tell("peek", recv(server, buf, 10, MSG_PEEK));
	tell("read", recv(server, buf, sizeof(buf), 0));
	tell("read again", recv(server, buf, sizeof(buf), 0));
	tell("write", send(server, d.p, d.len, MSG_NOSIGNAL));
	tell_events("at last");
	draft_free(&d);
	close(server);
}

static void reset_by_option(void)
{
	struct draft d = message(50);
	socklen_t len = sizeof(int);
	int error = 0;

	meet();
	check(write(server, d.p, d.len) > 0, "write: %m");
	send_messages(1, 20);
	close(client);
	tell("SO_ERROR", getsockopt(server, SOL_SOCKET, SO_ERROR, &error, &len));
	printf("\t%d\n", error);
	told("what it had sent", recv(server, buf, sizeof(buf), 0));
	tell("end", recv(server, buf, sizeof(buf), 0));
	draft_free(&d);
	close(server);
}

static void shutdowns(void)
{
	meet();
	send_messages(1, 30);
	shutdown(client, SHUT_WR);
	tell_events("the client writes no more");
	told("its last", recv(server, buf, sizeof(buf), 0));
	tell("end", recv(server, buf, sizeof(buf), 0));
	tell("shut down", shutdown(server, SHUT_RDWR));
	tell("write", send(server, "x", 1, MSG_NOSIGNAL));
	tell("the client", send(client, "x", 1, MSG_NOSIGNAL));
	tell_events("shut down");
	part();
}

/* Another process reads on, with a copy of the descriptor, after a close of ours. */
static void passed_on(void)
{
	int copy, status;
	pid_t pid;

	meet();
	send_messages(2, 300);
	told("the first", recv(server, buf, 200, 0));
	copy = dup(server);
	close(server);
	pid = fork();
	if (!pid) {
		server = copy;
		told("passed on", recv(server, buf, sizeof(buf), 0));
		_exit(0);
	}
	close(copy);
	check(waitpid(pid, &status, 0) == pid && !status, "the child failed");
	told("the client", recv(client, buf, sizeof(buf), 0));
	close(client);
}

static void acceptance(void)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);
	struct ucred cred;

	fcntl(listener, F_SETFL, O_NONBLOCK);
	tell("nobody to accept", accept(listener, NULL, NULL));
	fcntl(listener, F_SETFL, 0);
	meet();
	tell("getsockname", getsockname(server, (struct sockaddr *)&sun, &len));
	printf("\t%u\n", (unsigned int)len);
	len = sizeof(sun);
	tell("getpeername", getpeername(server, (struct sockaddr *)&sun, &len));
	printf("\t%u\n", (unsigned int)len);
	len = sizeof(cred);
	tell("SO_PEERCRED", getsockopt(server, SOL_SOCKET, SO_PEERCRED, &cred,
				       &len));
	printf("\tits own: %d, user %u\n", cred.pid == getpid(), cred.uid);
	tell("accept of what does not listen", accept(server, NULL, NULL));
	tell("listen", listen(server, 1));
	tell("connect", connect(server, (struct sockaddr *)&sun, sizeof(sun)));
	part();
}

static void all_calls(void)
{
	read_by_all_calls();
	read_to_nowhere();
	write_by_all_calls();
	write_until_full();
	by_pipes();
	descriptors();
	out_of_band();
	reset("it goes with something unread", false);
	reset("it goes with something unread, which is looked for", true);
	reset_by_option();
	shutdowns();
	passed_on();
	acceptance();
}

/* --- messages that are long ------------------------------------------------------------- */

#define LONG	(49u << 20)	/* octets of each of two arrays */

/* Octets from the client to the server, which has other ones to read meanwhile. */
static void pump(const void *p, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(client, p, len < 65536 ? len : 65536, 0);
		check(n > 0 && recv(server, buf, (size_t)n, MSG_WAITALL) == n,
		      "pump: %m");
		len -= (size_t)n;
	}
}

static void pump_zeros(size_t len)
{
	static const char zeros[1 << 16];
	size_t n;

	for (; len; len -= n) {
		n = len < sizeof(zeros) ? len : sizeof(zeros);
		pump(zeros, n);
	}
}

/* All but the second half of the second array. */
static void begin_long(void)
{
	struct head h = { .type = WIRE_SIGNAL, .path = "/calls",
			  .iface = "org.test.Calls", .member = "Long",
			  .serial = 1 };
	const uint32_t len = LONG;
	struct draft d = { 0 };

	meet();
	draft_message(&d, &h, "ayay", NULL, (size_t)0, NULL, (size_t)0);
	draft_set_u32(&d, 4, 2 * (LONG + (uint32_t)sizeof(len)));
	draft_set_u32(&d, d.len - 2 * sizeof(len), len);
	pump(d.p, d.len - sizeof(len));
	pump_zeros(LONG);
	pump(&len, sizeof(len));
	pump_zeros(LONG / 2);
	draft_free(&d);
}

static void end_long(void)
{
	struct draft d = message(20);

	pump_zeros(LONG / 2);
	pump(d.p, d.len);
	draft_free(&d);
	part();
}

static void long_ones(void)
{
	int first[2];

	begin_long();
	first[0] = client;
	first[1] = server;
	begin_long();
	end_long();
	client = first[0];
	server = first[1];
	end_long();
}

/* --- without memory --------------------------------------------------------------------- */

/* The @n-th request for memory that this thread makes from now on fails; 0: none */
static void fail_nth(unsigned int n)
{
	/* opening it takes memory, too */
	static int fd = -1;
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (fd < 0)
		fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	check(fd >= 0 && pwrite(fd, text, (size_t)len, 0) == len,
	      "fail-nth: %m");
}

static void note(FILE *truth, const struct draft *d)
{
	struct truth t = { .name = ":1.7" };

	truth_write(truth, &t, d->p, d->len);
}

/* The server reads a message, failing at the @n-th place; all must come. */
static void read_failing(FILE *truth, unsigned int n, size_t size)
{
	struct draft d = message(size);
	size_t sent = 0, got = 0;
	ssize_t ret;

	note(truth, &d);
	while (got < d.len) {
		/* it may be more than the socket holds */
		ret = send(client, d.p + sent, d.len - sent, MSG_DONTWAIT);
		check(ret >= 0 || errno == EAGAIN, "the client: %m");
		if (ret > 0)
			sent += (size_t)ret;
		fail_nth(n);
		ret = read(server, buf, sizeof(buf));
		fail_nth(0);
		check(ret > 0 && !memcmp(buf, d.p + got, (size_t)ret),
		      "read: %zd, %m", ret);
		got += (size_t)ret;
	}
	draft_free(&d);
}

/*
 * The server writes a message, failing at the @n-th place: if that is one of the
 * socket's own, nothing is sent, else all. Returns whether it was.
 */
static bool write_failing(unsigned int n, size_t size)
{
	struct draft d = message(size);
	ssize_t ret;

	fail_nth(n);
	ret = write(server, d.p, d.len);
	fail_nth(0);
	check(ret == (ssize_t)d.len || errno == ENOBUFS || errno == ENOMEM,
	      "write: %zd, %m", ret);
	check(recv(client, buf, sizeof(buf), MSG_DONTWAIT) == ret,
	      "the client got something else");
	draft_free(&d);
	return ret > 0;
}

/* The client says Hello, and is told its name. */
static void name_client(void)
{
	struct head hello = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
			      .path = BUS_PATH, .iface = BUS_NAME,
			      .member = "Hello", .serial = 1 };
	struct head answer = { .type = WIRE_METHOD_RETURN, .sender = BUS_NAME,
			       .dest = ":1.7", .reply_to = 1, .serial = 1 };
	struct draft d = { 0 };

	meet();
	draft_message(&d, &hello, "");
	say((char *)d.p, d.len);
	check(read(server, buf, sizeof(buf)) == (ssize_t)d.len, "Hello: %m");
	draft_free(&d);
	draft_message(&d, &answer, "s", ":1.7");
	check(write(server, d.p, d.len) == (ssize_t)d.len &&
	      read(client, buf, sizeof(buf)) == (ssize_t)d.len, "Hello: %m");
	draft_free(&d);
}

static void without_memory(const char *file)
{
	static const size_t sizes[] = { 20, 20000, 300000 };
	FILE *truth = fopen(file, "we");
	unsigned long sent = 0, written = 0;
	unsigned int n;
	size_t i;

	check(truth, "%s: %m", file);
	/* no page of it is missing when there is no memory */
	memset(buf, 1, sizeof(buf));
	name_client();
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (n = 1; n <= PLACES; n++) {
			read_failing(truth, n, sizes[i]);
			sent++;
			if (sizes[i] <= 20000)
				written += write_failing(n, sizes[i]);
		}
		/* and one that must be there again */
		read_failing(truth, 0, sizes[i]);
		sent++;
	}
	/* a socket asks for memory a few times; the rest was asked by others */
	check(written > PLACES, "only %lu of %d writes", written, 2 * PLACES);
	part();
	check(!fclose(truth), "%s: %m", file);
	printf("%lu\n", sent);
}

int main(int argc, char **argv)
{
	char line[8];

	bool are_long = argc == 3 && !strcmp(argv[1], "-l");

	argv += are_long;
	argc -= are_long;
	check(argc == 2 || argc == 3, "usage: observe-calls [-l] PATH [TRUTH]");
	signal(SIGPIPE, SIG_IGN);
	alarm((unsigned int)time_limit() / 1000);
	listen_at(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	check(fgets(line, sizeof(line), stdin), "nobody said go");
	if (are_long)
		long_ones();
	else if (argc == 3)
		without_memory(argv[2]);
	else
		all_calls();
	/* it stays a bus until that is said */
	puts("done");
	while (fgets(line, sizeof(line), stdin))
		;
	return 0;
}
