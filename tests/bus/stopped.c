// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What works between connected clients while the daemon is stopped: everything.
 * And when it goes on.
 */
#include "tests/bus/environment.h"
#include "tests/bus/tests.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

static char process_state(pid_t pid)
{
	char path[64], buf[512] = "", *p;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0 && read(fd, buf, sizeof(buf) - 1) > 0, "%s: %m", path);
	close(fd);
	p = strrchr(buf, ')');
	check(p, "%s: %s", path, buf);
	return p[2];
}

static void stop(pid_t pid)
{
	uint64_t end = now_ms() + time_limit();

	check(!kill(pid, SIGSTOP), "SIGSTOP to %d: %m", pid);
	while (process_state(pid) != 'T')
		check(now_ms() < end, "process %d does not stop", pid);
}

static void calls(struct conn *a, struct conn *b, unsigned long n)
{
	unsigned long i;
	uint32_t serial;
	struct got *g;

	for (i = 0; i < n; i++) {
		serial = conn_call(a, "org.test.Stopped", "Call", "u",
				   (uint32_t)i);
		g = want_call(b, "Call");
		check(got_u32(g, 0) == i, "call %lu: %s", i, got_text(g));
		conn_return(b, g, "u", (uint32_t)i);
		got_free(g);
		g = conn_answer(a, serial);
		check(g->m.type == WIRE_METHOD_RETURN && got_u32(g, 0) == i,
		      "reply %lu: %s", i, got_text(g));
		got_free(g);
	}
}

static void signals(struct conn *a, struct conn *b, unsigned long n)
{
	unsigned long i;
	struct got *g;

	for (i = 0; i < n; i++) {
		conn_signal(a, NULL, "Stopped", "u", (uint32_t)i);
		g = want_signal(b, "Stopped");
		check(got_u32(g, 0) == i, "signal %lu: %s", i, got_text(g));
		got_free(g);
	}
}

/* stopped PID: 1,000 calls, 1,000 signals, names, rules and a departure */
static void stopped(char **arg)
{
	pid_t pid = arg_number(&arg, 0);
	unsigned long n = arg_number(&arg, 1000);
	struct conn *a, *b, *c;
	uint32_t kept;
	char gone[32], rule[80];

	check(pid, "stopped: the process of the daemon is needed");
	a = conn_open(0);
	b = conn_open(0);
	c = conn_open(0);
	stop(pid);

	check(bus_u32(b, "RequestName", "su", "org.test.Stopped", 0) == 1,
	      "RequestName");
	got_free(conn_next(b));
	bus_ok(b, "AddMatch", "s", "type='signal',member='Stopped'");
	calls(a, b, n);
	signals(a, b, n);
	bus_ok(a, "AddMatch", "s",
	       "member='NameOwnerChanged',arg0='org.test.Gone'");
	snprintf(rule, sizeof(rule), "member='NameOwnerChanged',arg0='%s'",
		 c->name);
	bus_ok(a, "AddMatch", "s", rule);
	check(bus_u32(c, "RequestName", "su", "org.test.Gone", 0) == 1,
	      "RequestName");
	want_bus_signal(a, "NameOwnerChanged", "org.test.Gone", "", c->name);
	strcpy(gone, c->name);
	conn_close(c);
	want_bus_signal(a, "NameOwnerChanged", "org.test.Gone", gone, "");
	want_bus_signal(a, "NameOwnerChanged", gone, gone, "");
	check(!bus_u32(a, "NameHasOwner", "s", gone), "%s is still there",
	      gone);
	bus_ok(a, "ListNames", "");
	check(bus_u32(a, "GetConnectionUnixUser", "s", b->name) == getuid(),
	      "GetConnectionUnixUser");

	/* what only the daemon can answer waits for it */
	kept = conn_bus(a, "GetConnectionCredentials", "s", b->name);
	calls(a, b, 10);
	check(process_state(pid) == 'T', "the daemon was running");
	check(!conn_get(a, 0), "who answered?");
	check(!kill(pid, SIGCONT), "SIGCONT: %m");
	conn_ok(a, kept);
	printf("%lu calls and %lu signals without the daemon\n", n, n);
	conn_close(a);
	conn_close(b);
}

/*
 * survivors PID: the daemon is killed. Says "killed", and goes on when a line
 * comes: then the clients still have their bus.
 */
static void survivors(char **arg)
{
	pid_t pid = arg_number(&arg, 0);
	struct conn *a = conn_open(0), *b = conn_open(0);
	char line[16];

	check(pid, "survivors: the process of the daemon is needed");
	check(bus_u32(b, "RequestName", "su", "org.test.Stopped", 0) == 1,
	      "RequestName");
	got_free(conn_next(b));
	check(!kill(pid, SIGKILL), "SIGKILL: %m");
	calls(a, b, 100);
	/* waits for a daemon that does not come */
	conn_bus(a, "GetConnectionCredentials", "s", b->name);
	calls(a, b, 100);
	puts("killed");
	check(fgets(line, sizeof(line), stdin), "no word");
	bus_ok(b, "AddMatch", "s", "type='signal',member='Stopped'");
	signals(a, b, 100);
	check(!conn_get(a, 0), "who answered?");
	conn_close(a);
	conn_close(b);
}

/*
 * stopped-oneway PID NAME: the daemon is given a call that wants no answer, and
 * killed. Says "killed", and goes on when a line comes: the next daemon has carried
 * it out, and starts the service NAME.
 */
static void stopped_oneway(char **arg)
{
	pid_t pid = arg_number(&arg, 0);
	struct conn *c = conn_open(0);
	char line[16];

	check(pid && *arg, "stopped-oneway: a process and a name are needed");
	stop(pid);
	environment_set(c, WIRE_NO_REPLY_EXPECTED, "TOLD", "the dead");
	bus_ok(c, "ListNames", "");	/* it has it, or its socket has */
	check(!kill(pid, SIGKILL), "SIGKILL: %m");
	puts("killed");
	check(fgets(line, sizeof(line), stdin), "no word");
	/* answered behind it */
	bus_ok(c, "GetConnectionCredentials", "s", c->name);
	check(!c->later, "%s", got_text(c->later));
	bus_ok(c, "StartServiceByName", "su", *arg, 0);
	conn_close(c);
}

/*
 * stopped-replaced PID NAME VALUE: the daemon is given a call, and stopped before it
 * can answer. Says "stopped", and "answered" when the next daemon has; the stopped
 * one can still carry it out, until a line comes.
 */
static void stopped_replaced(char **arg)
{
	pid_t pid = arg_number(&arg, 0);
	const char *name = arg_word(&arg, "NAME");
	const char *value = arg_word(&arg, "VALUE");
	struct conn *c = conn_open(0);
	uint32_t serial;
	char line[16];

	check(pid, "stopped-replaced: the process of the daemon is needed");
	stop(pid);
	serial = environment_set(c, 0, name, value);
	bus_ok(c, "ListNames", "");	/* it has it, or its socket has */
	puts("stopped");
	conn_ok(c, serial);
	puts("answered");
	check(fgets(line, sizeof(line), stdin), "no word");
	conn_close(c);
}

/* All that a client sends first, at once: the daemon need not be there. */
static struct conn *knock(void)
{
	static const char words[] =
		"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
	const struct head hello = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
				    .path = BUS_PATH, .iface = BUS_NAME,
				    .member = "Hello", .serial = 1 };
	struct conn *c = conn_open(CONN_NO_BEGIN);
	struct draft d = { 0 };

	conn_write(c, words, sizeof(words) - 1);
	draft_message(&d, &hello, "");
	conn_write(c, d.p, d.len);
	draft_free(&d);
	return c;
}

#define FLOOD	100	/* of each: fewer than the kernel keeps of one caller */

/*
 * stopped-fair PID: there are many calls for the daemon when it wakes up, of two
 * clients, and one that wants to come in. It is in before the second of them has
 * its first answer.
 */
static void stopped_fair(char **arg)
{
	pid_t pid = arg_number(&arg, 0);
	struct conn *a = conn_open(0), *b = conn_open(0), *c;
	struct got *g;
	int i;

	check(pid, "stopped-fair: the process of the daemon is needed");
	bus_ok(b, "AddMatch", "s", "member='NameOwnerChanged'");
	stop(pid);
	for (i = 0; i < FLOOD; i++)
		conn_bus(a, "ListActivatableNames", "");
	for (i = 0; i < FLOOD; i++)
		conn_bus(b, "ListActivatableNames", "");
	c = knock();
	check(!kill(pid, SIGCONT), "SIGCONT: %m");
	g = conn_next(b);
	check(wire_str_is(g->m.member, "NameOwnerChanged"),
	      "kept out by %d calls: %s", FLOOD, got_text(g));
	got_free(g);
	for (i = 0; i < FLOOD; i++)
		got_free(conn_next(a));
	for (i = 0; i < FLOOD; i++)
		got_free(conn_next(b));
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

const struct test stopped_tests[] = {
	{ "stopped", stopped,
	  "PID [N]: the bus goes on while its daemon is stopped" },
	{ "stopped-fair", stopped_fair,
	  "PID: many calls for the daemon keep nobody out" },
	{ "stopped-oneway", stopped_oneway,
	  "PID NAME: a call without an answer is left to the next daemon" },
	{ "stopped-replaced", stopped_replaced,
	  "PID NAME VALUE: a call is answered by the next daemon instead" },
	{ "survivors", survivors,
	  "PID: the bus goes on after its daemon was killed" },
	{ 0 }
};
