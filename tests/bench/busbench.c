// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * busbench [-b] LOAD [SECONDS]
 *
 * Put LOAD on the bus of DBUS_SESSION_BUS_ADDRESS, or on bare socketpairs (-b),
 * for about that time, and print a line of JSON: median and 99th percentile of
 * an operation (ns), operations a second, and the processors' time that one
 * took, of all processes and the kernel together (ns). Loads:
 *
 *	call:SIZE	a call with SIZE octets, and its reply of the same size
 *	fd		a call that carries a descriptor, and its reply
 *	pipe:SIZE	64 calls at a time; an operation is one call
 *	signal:N	a signal to N receivers, in bursts of 32; an operation is
 *			one signal
 *	rules:N		a signal to one receiver, besides N rules that don't match
 *	clients:N	a call and its reply, besides N idle clients
 *	connect		connect, authenticate, Hello, leave
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "tests/bench/bench.h"

#define WINDOW		64
#define BURST		32
#define MOST		200000

static struct {
	uint64_t ns[MOST];	/* of each operation */
	unsigned int n;
	uint64_t until;
	uint64_t cpu;
	double seconds;
} run;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Time that the processors were at work since the machine was started, ns */
static uint64_t busy(void)
{
	unsigned long long user, nice, sys, idle, wait, irq, soft;
	FILE *f = fopen("/proc/stat", "r");
	int n = f ? fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu", &user,
			   &nice, &sys, &idle, &wait, &irq, &soft) : 0;

	check(n == 7, "/proc/stat can't be read");
	fclose(f);
	return (user + nice + sys + irq + soft) * 1000000000ULL /
	       (unsigned long)sysconf(_SC_CLK_TCK);
}

/* All is set up: what counts begins here. */
static void begin(void)
{
	run.cpu = busy();
	run.until = now() + (uint64_t)(run.seconds * 1e9);
}

/* @operations began at @start and have ended: false when it is enough */
static bool done(uint64_t start, unsigned int operations)
{
	uint64_t end = now();

	run.ns[run.n++] = (end - start) / operations;
	if (run.n < MOST && end < run.until)
		return true;
	run.cpu = busy() - run.cpu;
	return false;
}

static void load_call(bool bare, unsigned long size, bool with_fd)
{
	struct pair p;
	uint32_t serial = 1000;
	uint64_t start;

	pair_open(&p, bare, size, with_fd);
	begin();
	do {
		start = now();
		pair_call(&p, ++serial);
		pair_reply(&p);
	} while (done(start, 1));
	pair_close(&p);
}

static void load_pipe(bool bare, unsigned long size)
{
	struct pair p;
	uint32_t serial = 1000;
	uint64_t start;
	unsigned int i;

	pair_open(&p, bare, size, false);
	begin();
	do {
		start = now();
		for (i = 0; i < WINDOW; i++)
			pair_call(&p, ++serial);
		for (i = 0; i < WINDOW; i++)
			pair_reply(&p);
	} while (done(start, WINDOW));
	pair_close(&p);
}

static void load_signal(bool bare, unsigned long n)
{
	struct audience a;
	uint64_t start;

	audience_open(&a, bare, n, BURST);
	begin();
	do {
		start = now();
		audience_burst(&a, BURST);
	} while (done(start, BURST));
	audience_close(&a);
}

/* As many words each way as a bus and its client need, without their meaning. */
#define WORDS	3

static pid_t start_host(struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = sizeof(*sun);
	char word[128];
	pid_t pid;
	int i;

	/* bound to nothing, it gets a name */
	check(!bind(fd, (struct sockaddr *)sun, sizeof(sa_family_t)) &&
	      !getsockname(fd, (struct sockaddr *)sun, &len) &&
	      !listen(fd, 16), "a listening socket: %m");
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		for (i = 0; i < WORDS; i++)
			if (recv(peer, word, sizeof(word), 0) > 0)
				send(peer, word, sizeof(word), MSG_NOSIGNAL);
		close(peer);
	}
}

static void visit(const struct sockaddr_un *sun)
{
	/* a name of the abstract kind that the kernel gives: 0 and 5 digits */
	socklen_t len = sizeof(sa_family_t) + 6;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), i;
	char word[128] = { 0 };

	check(!connect(fd, (const struct sockaddr *)sun, len), "connect: %m");
	for (i = 0; i < WORDS; i++) {
		send_all(fd, word, 64);
		check(recv(fd, word, sizeof(word), MSG_WAITALL) ==
		      sizeof(word), "the host is gone");
	}
	close(fd);
}

static void load_connect(bool bare)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	pid_t host = bare ? start_host(&sun) : 0;
	uint64_t start;

	begin();
	do {
		start = now();
		if (bare)
			visit(&sun);
		else
			conn_close(conn_open(0));
	} while (done(start, 1));
	if (host)
		kill(host, SIGKILL);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* All samples were taken over equal numbers of operations. */
static void report(const char *load)
{
	unsigned int per = !strncmp(load, "pipe", 4) ? WINDOW :
		!strncmp(load, "signal", 6) || !strncmp(load, "rules", 5) ?
		BURST : 1;
	double sum = 0;
	unsigned int i;

	qsort(run.ns, run.n, sizeof(run.ns[0]), by_size);
	for (i = 0; i < run.n; i++)
		sum += (double)run.ns[i];
	printf("{\"load\":\"%s\",\"operations\":%u,\"median\":%llu,\"p99\":%llu,"
	       "\"per_second\":%.0f,\"cpu\":%.0f}\n", load, run.n * per,
	       (unsigned long long)run.ns[run.n / 2],
	       (unsigned long long)run.ns[run.n - 1 - run.n / 100],
	       run.n / sum * 1e9, (double)run.cpu / run.n / per);
}

static void put(const char *load, bool bare)
{
	const char *colon = strchr(load, ':');
	unsigned long n = colon ? strtoul(colon + 1, NULL, 10) : 0;
	size_t len = colon ? (size_t)(colon - load) : strlen(load);
	unsigned long i;

	if (!strncmp(load, "call", len))
		load_call(bare, n, false);
	else if (!strncmp(load, "fd", len))
		load_call(bare, n, true);
	else if (!strncmp(load, "pipe", len))
		load_pipe(bare, n);
	else if (!strncmp(load, "signal", len))
		load_signal(bare, n ? n : 1);
	else if (!strncmp(load, "rules", len)) {
		if (!bare)
			hold_rules(n);
		load_signal(bare, 1);
	} else if (!strncmp(load, "clients", len)) {
		for (i = 0; !bare && i < n; i++)
			conn_open(0);
		load_call(bare, 64, false);
	} else if (!strncmp(load, "connect", len)) {
		load_connect(bare);
	} else {
		fail("there is no load %s", load);
	}
}

int main(int argc, char **argv)
{
	bool bare = argc > 1 && !strcmp(argv[1], "-b");
	struct rlimit limit;

	argv += bare;
	argc -= bare;
	check(argc == 2 || argc == 3, "usage: busbench [-b] LOAD [SECONDS]");
	run.seconds = argc == 3 ? strtod(argv[2], NULL) : 1;
	check(run.seconds > 0, "%s are no seconds", argv[2]);
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	put(argv[1], bare);
	report(argv[1]);
	return 0;
}
