// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon goes and comes, under load of all kinds, and nobody notices: every
 * message has a number, and must come once, in its order.
 */
#include "tests/bus/tests.h"
#include "tests/bus/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ECHO_NAME	"org.test.Restart.Echo"
#define STARTED_NAME	"org.test.Restart.Started"
#define WINDOW		16

enum role {
	CALLS, SIGNALS, FDS, NAMES, DRIVER, CONNECTS, STARTS, N_ROLES
};

/**
 * struct books - what all processes of the test share
 * @stop: come to an end
 * @kills: daemons killed without a warning so far
 * @broken: connections that were closed in the handshake
 * @done: what each role has done so far
 */
struct books {
	bool stop;
	unsigned long kills;
	unsigned long broken;
	unsigned long done[N_ROLES];
};

static volatile struct books *books;

static void want_number(const struct got *g, int type, uint32_t n,
			const char *what)
{
	check(g->m.type == type && *g->m.signature.s == 'u' &&
	      got_u32(g, 0) == n, "%s %u: %s", what, n, got_text(g));
}

/*
 * Where processors are slow, what the load leaves must be enough for a daemon: a
 * multiple of the time since the last pause is one.
 */
static void breathe(void)
{
	static uint64_t last;
	uint64_t percent = scaled(100), pause = last ? now_ms() - last : 0;

	if (percent >= 100)
		return;
	pause = pause * (100 - percent) / percent / 3;
	poll(NULL, 0, pause < 500 ? pause : 500);
	last = now_ms();
}

/* --- the roles, each a process of its own --------------------------------------- */

/* Calls, many on their way, to another process that wants them in order, too. */
static void calls(void *arg)
{
	struct conn *c = conn_open(0);
	uint32_t sent = 0, answered = 0;
	struct got *g;

	ready();
	while (!books->stop || answered < sent) {
		while (!books->stop && sent - answered < WINDOW)
			conn_call(c, ECHO_NAME, "Number", "u", sent++);
		g = conn_next(c);
		want_number(g, WIRE_METHOD_RETURN, answered, "call");
		got_free(g);
		if (++answered % WINDOW == 0)
			breathe();
		books->done[CALLS]++;
	}
	conn_quiet(c, "after the last reply");
	conn_close(c);
}

static void echo(void *arg)
{
	struct conn *c = conn_open(0);
	char caller[32] = "";
	uint32_t next = 0;
	struct got *g;

	check(bus_u32(c, "RequestName", "su", ECHO_NAME, 0) == 1, "not free");
	got_free(conn_next(c));
	ready();
	for (;;) {
		g = conn_get(c, 10 * time_limit());
		check(g, "nobody calls any more");
		check(g->m.type == WIRE_METHOD_CALL, "%s", got_text(g));
		if (got_is_call(g, "Quit"))
			break;
		if (got_is_call(g, "Number")) {
			if (!*caller)
				snprintf(caller, sizeof(caller), "%.*s",
					 (int)g->m.sender.len, g->m.sender.s);
			want_number(g, WIRE_METHOD_CALL, next++, "called with");
			conn_return(c, g, "u", (uint32_t)got_u32(g, 0));
		} else {
			conn_return(c, g, "s", got_str(g, 0));
		}
		got_free(g);
	}
	conn_return(c, g, "");
	got_free(g);
	conn_close(c);
}

static void signals(void *arg)
{
	struct conn *from = conn_open(0), *to[2] = { conn_open(0), conn_open(0) };
	uint32_t sent = 0, n;
	struct got *g;
	int i;

	for (i = 0; i < 2; i++)
		bus_ok(to[i], "AddMatch", "s", "member='RestartTick'");
	ready();
	while (!books->stop) {
		for (n = 0; n < WINDOW; n++)
			conn_signal(from, NULL, "RestartTick", "u", sent + n);
		for (i = 0; i < 2; i++) {
			for (n = 0; n < WINDOW; n++) {
				g = conn_next(to[i]);
				want_number(g, WIRE_SIGNAL, sent + n, "signal");
				got_free(g);
			}
		}
		sent += WINDOW;
		books->done[SIGNALS] += WINDOW;
		breathe();
	}
	for (i = 0; i < 2; i++) {
		conn_quiet(to[i], "after the last signal");
		conn_close(to[i]);
	}
	conn_close(from);
}

/* A number in a file, sent there and back. */
static void fds(void *arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .dest = b->name,
			  .path = "/test", .iface = "org.test.Iface",
			  .member = "File", .n_fds = 1 };
	uint32_t n, there;
	struct got *g;
	int fd;

	ready();
	for (n = 0; !books->stop; n++) {
		fd = memfd_create("number", MFD_CLOEXEC);
		check(fd >= 0 && pwrite(fd, &n, sizeof(n), 0) == sizeof(n),
		      "memfd: %m");
		h.fds = &fd;
		conn_send(a, &h, "h", 0);
		close(fd);
		g = want_call(b, "File");
		check(g->n_fds == 1 && pread(g->fds[0], &there, sizeof(there),
					     0) == sizeof(there) && there == n,
		      "file %u: %s", n, got_text(g));
		conn_return(b, g, "u", n);
		got_free(g);
		g = conn_next(a);
		want_number(g, WIRE_METHOD_RETURN, n, "file");
		got_free(g);
		books->done[FDS]++;
		breathe();
	}
	conn_close(a);
	conn_close(b);
}

static void take(struct conn *c, const char *name, uint32_t want)
{
	check(bus_u32(c, "RequestName", "su", name, 0) == want,
	      "RequestName by %s", c->name);
}

/* A name goes from one to another, who waited, and back to nobody. */
static void names(void *arg)
{
	static const char name[] = "org.test.Restart.Name";
	struct conn *a = conn_open(0), *b = conn_open(0), *w = conn_open(0);

	bus_ok(w, "AddMatch", "s",
	       "member='NameOwnerChanged',arg0='org.test.Restart.Name'");
	ready();
	while (!books->stop) {
		take(a, name, 1);
		want_bus_signal(a, "NameAcquired", name, NULL, NULL);
		take(b, name, 2);
		check(bus_u32(a, "ReleaseName", "s", name) == 1, "ReleaseName");
		want_bus_signal(a, "NameLost", name, NULL, NULL);
		want_bus_signal(b, "NameAcquired", name, NULL, NULL);
		check(bus_u32(b, "ReleaseName", "s", name) == 1, "ReleaseName");
		want_bus_signal(b, "NameLost", name, NULL, NULL);
		want_bus_signal(w, "NameOwnerChanged", name, "", a->name);
		want_bus_signal(w, "NameOwnerChanged", name, a->name, b->name);
		want_bus_signal(w, "NameOwnerChanged", name, b->name, "");
		books->done[NAMES]++;
		breathe();
	}
	conn_quiet(a, "a name");
	conn_quiet(b, "a name");
	conn_quiet(w, "a name");
	conn_close(a);
	conn_close(b);
	conn_close(w);
}

/* What the daemon alone can answer, by turns, each answered once and in order. */
static void driver(void *arg)
{
	struct conn *c = conn_open(0);
	uint32_t serials[WINDOW], sent = 0, answered = 0, serial;
	const char *want;
	struct got *g;

	ready();
	while (!books->stop || answered < sent) {
		while (!books->stop && sent - answered < WINDOW) {
			serial = sent % 2 ?
				conn_bus(c, "GetConnectionCredentials", "s",
					 c->name) :
				conn_bus(c, "ListActivatableNames", "");
			serials[sent++ % WINDOW] = serial;
		}
		g = conn_next(c);
		want = answered % 2 ? "a{sv}" : "as";
		check(g->m.type == WIRE_METHOD_RETURN &&
		      g->m.reply_serial == serials[answered % WINDOW] &&
		      g->m.signature.len == strlen(want) &&
		      !memcmp(g->m.signature.s, want, strlen(want)),
		      "answer %u: %s", answered, got_text(g));
		got_free(g);
		if (++answered % WINDOW == 0)
			breathe();
		books->done[DRIVER]++;
	}
	conn_quiet(c, "after the last answer");
	conn_close(c);
}

/*
 * New connections: only one in its handshake may be closed, and unique names are
 * never used twice.
 */
static void connects(void *arg)
{
	unsigned long long id, last = 0;
	struct conn *c;
	struct got *g;
	uint32_t n;

	ready();
	for (n = 0; !books->stop; n++) {
		c = conn_try_open();
		if (!c) {
			books->broken++;
			continue;
		}
		check(sscanf(c->name, ":1.%llu", &id) == 1 && id > last,
		      "%s after :1.%llu", c->name, last);
		last = id;
		g = conn_answer(c, conn_call(c, ECHO_NAME, "Echo", "s",
					     c->name));
		check(!strcmp(got_str(g, 0), c->name), "%s", got_text(g));
		got_free(g);
		conn_close(c);
		books->done[CONNECTS]++;
		breathe();
	}
}

/* One call of the service: it answers, and ends. */
static void call_started(struct conn *c, uint32_t n)
{
	char who[32];
	struct got *g;

	g = conn_answer(c, conn_call(c, STARTED_NAME, "Number", "u", n));
	want_number(g, WIRE_METHOD_RETURN, n, "started with");
	snprintf(who, sizeof(who), "%.*s", (int)g->m.sender.len,
		 g->m.sender.s);
	got_free(g);
	do {
		g = conn_next(c);
	} while (!got_is_bus_signal(g, "NameOwnerChanged", STARTED_NAME, who,
				    ""));
	got_free(g);
}

static void starts(void *arg)
{
	struct conn *c = conn_open(0);
	uint32_t n;

	bus_ok(c, "AddMatch", "s",
	       "member='NameOwnerChanged',arg0='" STARTED_NAME "'");
	ready();
	for (n = 0; !books->stop; n++) {
		call_started(c, n);
		books->done[STARTS]++;
	}
	/* one more may have been started by two daemons, and still be there */
	while (bus_u32(c, "NameHasOwner", "s", STARTED_NAME))
		call_started(c, n++);
	conn_close(c);
}

/* restart-service: what a daemon starts; answers one call */
static void service(char **arg)
{
	struct conn *c = conn_try_open();
	struct got *g;

	/* the daemon was killed: another one starts another */
	if (!c || bus_u32(c, "RequestName", "su", STARTED_NAME, 4) != 1)
		return;
	do {
		g = conn_get(c, 10 * time_limit());
		check(g, "nobody calls");
	} while (!got_is_call(g, "Number"));
	conn_return(c, g, "u", (uint32_t)got_u32(g, 0));
	got_free(g);
	bus_u32(c, "ReleaseName", "s", STARTED_NAME);
	conn_close(c);
}

/* --- the daemon --------------------------------------------------------------- */

static pid_t start_daemon(char **command, const char *more)
{
	char *argv[32] = { 0 };
	unsigned int n;
	pid_t pid;

	for (n = 0; command[n]; n++) {
		check(n < 30, "too many words");
		argv[n] = command[n];
	}
	argv[n] = (char *)more;
	fflush(NULL);
	pid = fork();
	check(pid >= 0, "fork: %m");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], argv);
		fail("%s: %m", argv[0]);
	}
	return pid;
}

/* The first one: there is a bus when it has printed its address. */
static pid_t first_daemon(char **command)
{
	struct pollfd p = { .events = POLLIN };
	char option[32], line[256];
	int fds[2];
	pid_t pid;

	check(!pipe(fds), "pipe: %m");
	snprintf(option, sizeof(option), "--print-address=%d", fds[1]);
	pid = start_daemon(command, option);
	close(fds[1]);
	p.fd = fds[0];
	check(poll(&p, 1, time_limit()) == 1 &&
	      read(fds[0], line, sizeof(line)) > 0, "no daemon");
	close(fds[0]);
	return pid;
}

static void end_daemon(pid_t pid, int want)
{
	uint64_t end = now_ms() + time_limit();
	int status = 0;
	pid_t ended;

	while (!(ended = waitpid(pid, &status, WNOHANG))) {
		check(now_ms() < end, "daemon %d does not end", pid);
		poll(NULL, 0, 1);
	}
	check(ended == pid && status == want, "daemon %d: status %#x", pid,
	      status);
}

/* Until the daemon has answered something. */
static void wait_for_daemon(void)
{
	unsigned long before = books->done[DRIVER];
	uint64_t end = now_ms() + time_limit();

	while (books->done[DRIVER] < before + 2 * WINDOW) {
		check(now_ms() < end, "the driver's calls are not answered");
		poll(NULL, 0, 1);
	}
}

/* Now and then one that has hardly begun. */
static void some_time(uint64_t *seed)
{
	if (random_below(seed, 3))
		wait_for_daemon();
	poll(NULL, 0, random_below(seed, 100));
}

static pid_t restart(char **command, pid_t pid, uint32_t kind)
{
	pid_t old = pid;

	if (kind == 0) {
		/* takes it over: the old one must be up, or it would not leave */
		wait_for_daemon();
		pid = start_daemon(command, "--replace");
		end_daemon(old, 0);
	} else if (kind == 1) {
		wait_for_daemon();
		check(!kill(old, SIGTERM), "SIGTERM: %m");
		end_daemon(old, 0);
		pid = start_daemon(command, NULL);
	} else {
		books->kills++;
		check(!kill(old, SIGKILL), "SIGKILL: %m");
		end_daemon(old, SIGKILL);
		pid = start_daemon(command, NULL);
	}
	return pid;
}

/* restart N SEED COMMAND...: run the daemon, and again, N times */
static void restarts(char **arg)
{
	static void (*const roles[])(void *arg) = {
		echo, calls, signals, fds, names, driver, connects, starts
	};
	unsigned long i, n = arg_number(&arg, 12);
	uint64_t seed = arg_number(&arg, 1);
	pid_t pids[sizeof(roles) / sizeof(roles[0])], daemon;
	uint64_t end;
	struct conn *c;

	check(*arg, "restart: the command of the daemon is needed");
	books = mmap(NULL, sizeof(*books), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(books != MAP_FAILED, "mmap: %m");
	daemon = first_daemon(arg);
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		pids[i] = start(roles[i], NULL);
	wait_for_daemon();
	for (i = 0; i < n; i++) {
		some_time(&seed);
		/* each kind once, and then as it comes */
		daemon = restart(arg, daemon, i < 3 ? (i + 2) % 3 :
				 random_below(&seed, 5));
	}
	wait_for_daemon();
	end = now_ms() + time_limit();
	for (i = 0; i < N_ROLES; i++) {
		while (!books->done[i] && now_ms() < end)
			usleep(10000);
		check(books->done[i], "role %lu has done nothing", i);
	}
	check(books->broken <= books->kills,
	      "%lu handshakes broken by %lu kills", books->broken, books->kills);
	books->stop = true;
	finish(pids + 1, sizeof(roles) / sizeof(roles[0]) - 1);
	c = conn_open(0);
	quit(c, ECHO_NAME);
	conn_close(c);
	finish(pids, 1);
	printf("%lu restarts, %lu of them by SIGKILL: %lu calls, %lu signals, "
	       "%lu files, %lu names, %lu answers of the daemon, %lu "
	       "connections (%lu broken in the handshake), %lu services "
	       "started\n", n, books->kills, books->done[CALLS],
	       books->done[SIGNALS], books->done[FDS], books->done[NAMES],
	       books->done[DRIVER], books->done[CONNECTS], books->broken,
	       books->done[STARTS]);
	check(!kill(daemon, SIGKILL), "SIGKILL: %m");
	end_daemon(daemon, SIGKILL);
}

const struct test restart_tests[] = {
	{ "restart", restarts,
	  "N SEED COMMAND...: the daemon goes and comes, and nothing is lost" },
	{ "restart-service", service,
	  "what it starts" },
	{ 0 }
};
