// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Services that the bus starts: this program is both their clients and, as
 * "bustest service", the services. What it prints has to be the same on every
 * bus; the service files come from the suite.
 */
#include "tests/bus/tests.h"

#include <fcntl.h>
#include <sys/stat.h>

#define NAME		"org.test.Service"
#define SLOW		"org.test.Slow"
#define BLIND		"org.test.Blind"
#define NAME_MATCH	"member='NameOwnerChanged',arg0namespace='org.test'"

/* --- the service --------------------------------------------------------------- */

/* Wait until somebody opens the fifo for writing: not before is the name taken. */
static void wait_for_gate(const char *fifo)
{
	int fd;

	if (!strcmp(fifo, "-"))
		return;
	fd = open(fifo, O_RDONLY | O_CLOEXEC);
	check(fd >= 0, "%s: %m", fifo);
	close(fd);
}

/* Who is meant by it differs from bus to bus. */
static void note(char *story, size_t size, const struct got *g)
{
	static const char *const type[] = { "", "call", "return", "error",
					    "signal" };
	size_t n = strlen(story);

	snprintf(story + n, size - n, "%s%s %.*s %s", n ? ", " : "",
		 type[g->m.type], (int)g->m.member.len,
		 g->m.member.s ? g->m.member.s : "",
		 g->m.type == WIRE_METHOD_RETURN ? "" : got_str(g, 0));
}

static void serve(struct conn *c, char *story, size_t size)
{
	const char *value;
	struct got *g;

	for (;;) {
		g = conn_next(c);
		if (got_is_call(g, "Story")) {
			conn_return(c, g, "s", story);
			*story = '\0';
		} else if (got_is_call(g, "GetEnv")) {
			value = getenv(got_str(g, 0));
			conn_return(c, g, "s", value ? value : "(unset)");
		} else if (got_is_call(g, "Quit")) {
			got_free(g);
			conn_close(c);
			exit(0);
		} else {
			note(story, size, g);
			if (g->m.type == WIRE_METHOD_CALL &&
			    !(g->m.flags & WIRE_NO_REPLY_EXPECTED))
				conn_return(c, g, "s", got_str(g, 0));
		}
		got_free(g);
	}
}

/* service NAME FIFO|- [no-fds]: take the name, tell what came, and go on Quit */
static void service(char **arg)
{
	const char *name = arg_word(&arg, "a name");
	const char *fifo = arg_word(&arg, "a fifo, or -");
	struct conn *c = conn_open(*arg ? CONN_NO_FDS : 0);
	static char story[8192];

	wait_for_gate(fifo);
	conn_bus(c, "RequestName", "su", name, 0);
	serve(c, story, sizeof(story));
}

/* --- its clients ---------------------------------------------------------------- */

static void print_message(const char *who, const struct got *g)
{
	const char *a = got_str(g, 0);

	if (g->m.type == WIRE_ERROR)
		printf("    %s: error %.*s\n", who, (int)g->m.error_name.len,
		       g->m.error_name.s);
	else if (g->m.type == WIRE_SIGNAL)
		printf("    %s: signal %.*s %s\n", who, (int)g->m.member.len,
		       g->m.member.s, a[0] == ':' ? "@" : a);
	else if (*g->m.signature.s == 'u')
		printf("    %s: return %u\n", who,
		       (unsigned int)got_u32(g, 0));
	else
		printf("    %s: return %s\n", who, a);
}

/* What comes, up to the answer to @serial. */
static void print_until(const char *who, struct conn *c, uint32_t serial)
{
	struct got *g;
	bool done;

	do {
		g = conn_next(c);
		done = g->m.reply_serial == serial;
		print_message(who, g);
		got_free(g);
	} while (!done);
}

static uint32_t start(struct conn *c, const char *name)
{
	return conn_bus(c, "StartServiceByName", "su", name, 0);
}

static void print_start(const char *who, struct conn *c, const char *name)
{
	printf("%s starts %s\n", who, name);
	print_until(who, c, start(c, name));
}

static void print_call(const char *who, struct conn *c, const char *name,
		       const char *member, const char *value)
{
	printf("%s calls %s %s %s\n", who, name, member, value);
	print_until(who, c, conn_call(c, name, member, "s", value));
}

static void quit(struct conn *c, const char *name)
{
	uint64_t end = now_ms() + time_limit();

	conn_send(c, &(struct head){ .type = WIRE_METHOD_CALL, .dest = name,
				     .path = "/", .iface = "org.test",
				     .member = "Quit",
				     .flags = WIRE_NO_REPLY_EXPECTED }, "");
	while (bus_u32(c, "NameHasOwner", "s", name))
		check(now_ms() < end, "%s does not go", name);
}

static void open_gate(const char *fifo)
{
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);

	check(fd >= 0, "%s: %m", fifo);
	close(fd);
}

/* Whatever was sent on the connection has been routed. */
static void settle(struct conn *c)
{
	conn_ok(c, conn_bus(c, "GetId", ""));
}

/* @c goes, and @other sees that it has gone. */
static void leave(struct conn *c, struct conn *other)
{
	uint64_t end = now_ms() + time_limit();
	char name[32];

	strcpy(name, c->name);
	conn_close(c);
	while (bus_u32(other, "NameHasOwner", "s", name))
		check(now_ms() < end, "%s does not go", name);
}

/*
 * Everything that can wait for a service does, in order: two calls of one client
 * with a signal between them, another's StartServiceByName and call, and the
 * call of one that leaves. The service gets all that is for it before the answer
 * to its RequestName.
 */
static void activation_order(char **arg)
{
	const char *fifo = arg_word(&arg, "the service's fifo");
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	uint32_t one, two, third, started;

	bus_ok(a, "AddMatch", "s", NAME_MATCH);
	bus_ok(b, "AddMatch", "s", NAME_MATCH);
	one = conn_call(a, SLOW, "One", "s", "1");
	conn_signal(a, SLOW, "Two", "s", "2");
	settle(a);
	started = start(b, SLOW);
	third = conn_call(b, SLOW, "Three", "s", "3");
	settle(b);
	conn_call(c, SLOW, "Lost", "s", "0");
	settle(c);
	leave(c, a);
	two = conn_call(a, SLOW, "Four", "s", "4");
	conn_send(a, &(struct head){ .type = WIRE_METHOD_CALL, .dest = SLOW,
				     .path = "/", .iface = "org.test",
				     .member = "Five",
				     .flags = WIRE_NO_REPLY_EXPECTED }, "s", "5");
	conn_refused(a, conn_send(a, &(struct head){
				.type = WIRE_METHOD_CALL, .dest = SLOW,
				.path = "/", .iface = "org.test",
				.member = "Never",
				.flags = WIRE_NO_AUTO_START }, ""),
		     BUS_NAME ".Error.NameHasNoOwner");
	printf("A and B wait for the service\n");
	open_gate(fifo);
	print_until("A", a, one);
	print_until("A", a, two);
	print_until("B", b, started);
	print_until("B", b, third);
	print_call("A", a, SLOW, "Story", "");
	quit(a, SLOW);
	conn_close(a);
	conn_close(b);
}

static void activation_again(char **arg)
{
	struct conn *a = conn_open(0);

	print_start("A", a, NAME);
	print_start("A", a, NAME);
	print_call("A", a, NAME, "Echo", "x");
	print_call("A", a, NAME, "Story", "");
	quit(a, NAME);
	print_call("A", a, NAME, "Echo", "again");
	quit(a, NAME);
	conn_close(a);
}

/* What is wrong with a service is told to all who want it. */
static void activation_failures(char **arg)
{
	static const char *const names[] = {
		"org.test.NoProgram", "org.test.Status3", "org.test.Killed",
		"org.test.Quotes", "org.test.NoFile", "org.test.NoExec",
		BUS_NAME, ":1.999999", "no-name", NULL
	};
	struct conn *a = conn_open(0), *b = conn_open(0);
	const char *const *name;
	uint32_t one;

	for (name = names; *name; name++) {
		print_start("A", a, *name);
		if (!strchr(*name, '.') || !strcmp(*name, BUS_NAME))
			continue;
		print_call("A", a, *name, "Echo", "");
	}
	printf("both want what fails\n");
	one = start(a, "org.test.Status3");
	print_call("B", b, "org.test.Status3", "Echo", "");
	print_until("A", a, one);
	/* nothing hangs in the air */
	print_start("A", a, NAME);
	quit(a, NAME);
	conn_close(a);
	conn_close(b);
}

static void activation_timeout(char **arg)
{
	struct conn *a = conn_open(0);
	uint32_t serial[3];
	int i;

	print_start("A", a, "org.test.Never");
	print_call("A", a, "org.test.Never", "Echo", "");
	printf("A wants more services at a time than may be wanted\n");
	for (i = 0; i < 3; i++)
		serial[i] = start(a, "org.test.Never");
	print_until("A", a, serial[2]);
	print_until("A", a, serial[1]);
	conn_close(a);
}

/* File descriptors wait as well; a service that takes none is not sent any. */
static void activation_fds(char **arg)
{
	struct conn *a = conn_open(0);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct head h = { .type = WIRE_METHOD_CALL, .path = "/",
			  .iface = "org.test", .member = "Fd", .fds = &fd,
			  .n_fds = 1 };

	h.dest = BLIND;
	printf("A sends descriptors to who takes none\n");
	print_until("A", a, conn_send(a, &h, "h", 0));
	quit(a, BLIND);
	conn_close(a);
	a = conn_open(0);
	h.dest = NAME;
	printf("and to who does\n");
	print_until("A", a, conn_send(a, &h, "h", 0));
	quit(a, NAME);
	conn_close(a);
	close(fd);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Which names can be started, in alphabetical order. */
static void activation_list(char **arg)
{
	struct conn *a = conn_open(0);
	struct got *g = conn_answer(a, conn_bus(a, "ListActivatableNames", ""));
	char *text = strdup(got_text(g)), *names[64], *at;
	unsigned int n = 0, i;

	/* the names stand in the text between apostrophes */
	for (at = strtok(text, "'"); at && n < 64; at = strtok(NULL, "'"))
		if (strchr(at, '.') && !strchr(at, ' '))
			names[n++] = at;
	qsort(names, n, sizeof(*names), by_text);
	for (i = 0; i < n; i++)
		puts(names[i]);
	free(text);
	got_free(g);
	conn_close(a);
}

/* The environment that services find. */
static void activation_environment(char **arg)
{
	static const char *const vars[] = {
		"DBUS_STARTER_BUS_TYPE", "CHANGED", "ADDED", "INHERITED",
		"NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
		"JOURNAL_STREAM", "INVOCATION_ID", NULL
	};
	const char *const *v;
	struct conn *a = conn_open(0);
	struct draft d = {};

	print_call("A", a, NAME, "GetEnv", "CHANGED");
	quit(a, NAME);
	draft_head(&d, &(struct head){ .type = WIRE_METHOD_CALL,
				       .dest = BUS_NAME, .path = BUS_PATH,
				       .iface = BUS_NAME, .serial = 9999,
				       .member = "UpdateActivationEnvironment",
		   }, "a{ss}");
	draft_u32(&d, 0);
	draft_align(&d, 8);
	draft_str(&d, "CHANGED");
	draft_str(&d, "after");
	draft_align(&d, 8);
	draft_str(&d, "ADDED");
	draft_str(&d, "yes");
	draft_set_u32(&d, d.body, d.len - d.body - 8);
	draft_end(&d);
	conn_write(a, d.p, d.len);
	draft_free(&d);
	conn_ok(a, 9999);
	for (v = vars; *v; v++)
		print_call("A", a, NAME, "GetEnv", *v);
	quit(a, NAME);
	conn_close(a);
}

/* many N: clients, each with a call that waits, and one service for them all */
static void activation_many(char **arg)
{
	const char *fifo = arg_word(&arg, "the service's fifo");
	unsigned long i, k, n = arg_number(&arg, scaled(500));
	struct conn *c[8];
	uint32_t *serials = calloc(n, sizeof(*serials));
	struct got *g;
	char text[24];

	check(serials, "no memory");
	for (i = 0; i < 8; i++)
		c[i] = conn_open(0);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%lu", i);
		serials[i] = i % 3 ?
			conn_call(c[i % 8], SLOW, "Echo", "s", text) :
			start(c[i % 8], SLOW);
	}
	for (i = 0; i < 8; i++)
		settle(c[i]);
	open_gate(fifo);
	for (k = 0; k < 8; k++) {
		for (i = k; i < n; i += 8) {
			snprintf(text, sizeof(text), "%lu", i);
			g = conn_answer(c[k], serials[i]);
			if (i % 3)
				check(!strcmp(got_str(g, 0), text),
				      "call %lu: %s", i, got_text(g));
			else
				check(got_u32(g, 0) == 1, "start %lu: %s", i,
				      got_text(g));
			got_free(g);
		}
	}
	quit(c[0], SLOW);
	for (i = 0; i < 8; i++)
		conn_close(c[i]);
	free(serials);
}

/* Calls a service once the suite says so, when the bus's daemon is away. */
static void activation_away(char **arg)
{
	const char *fifo = arg_word(&arg, "a fifo");
	struct conn *a = conn_open(0);
	uint32_t call;

	open_gate(fifo);
	wait_for_gate(fifo);
	call = conn_call(a, NAME, "Echo", "s", "x");
	settle(a);
	open_gate(fifo);
	print_until("A", a, call);
	quit(a, NAME);
	conn_close(a);
}

const struct test activation_tests[] = {
	{ "service", service, "(is a service, for the tests below)" },
	{ "activation-order", activation_order,
	  "what waits is delivered in order, before RequestName's answer" },
	{ "activation-again", activation_again,
	  "a service is started when it is wanted, and again if it has gone" },
	{ "activation-failures", activation_failures,
	  "all who want a service are told why it can't be started" },
	{ "activation-timeout", activation_timeout,
	  "a service that does not come is given up" },
	{ "activation-fds", activation_fds,
	  "descriptors wait, too" },
	{ "activation-list", activation_list,
	  "ListActivatableNames" },
	{ "activation-environment", activation_environment,
	  "services find the environment that was set for them" },
	{ "activation-away", activation_away,
	  "a daemon that was away starts what has been waiting for it" },
	{ "activation-many", activation_many,
	  "hundreds of messages may wait for one service" },
	{}
};
