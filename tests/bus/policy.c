// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What policy lets pass: for each case of a file, the rules go into the bus's
 * configuration, which it reads again, and the same messages are sent under
 * them. Printed is who was sent what, to be compared with another bus's.
 *
 * A case begins with a line "= NAME"; the rules follow.
 */
#include "tests/bus/tests.h"

#include <string.h>

#define OWN	"org.test.Own"
#define BELOW	"org.test.Own.Below"
#define OTHER	"org.test.Other"
#define SHARED	"org.test.Shared"
#define I	"org.test.I"
#define J	"org.test.J"
#define MAX_SENT 64
#define STRAY	77777	/* a serial that nobody has used */

enum who { A, B, C, N };

/**
 * struct sent - a message of a client, by its serial
 * @serial: of the message
 * @label: what it is printed as
 * @reply: what it was answered with: "ok", or the name of an error
 */
struct sent {
	uint32_t serial;
	const char *label;
	char reply[64];
};

static struct conn *client[N];
static struct sent sent[N][MAX_SENT];
static unsigned int n_sent[N];

static struct sent *find_sent(enum who who, uint32_t serial)
{
	unsigned int i;

	for (i = 0; i < n_sent[who]; i++)
		if (sent[who][i].serial == serial)
			return &sent[who][i];
	return NULL;
}

static void note(enum who who, const char *label, uint32_t serial)
{
	check(n_sent[who] < MAX_SENT, "too many messages");
	sent[who][n_sent[who]++] = (struct sent){ serial, label, "" };
}

/* The first argument is the label. */
static void put(enum who who, const char *label, struct head h)
{
	note(who, label, conn_send(client[who], &h, "s", label));
}

/* --- the messages ------------------------------------------------------------- */

static void put_calls(void)
{
	const char *unique = client[B]->name;
	int fds[2] = { 0, 1 };

	put(A, "call", (struct head){ .type = 1, .dest = OWN, .path = "/p",
	    .iface = I, .member = "M" });
	put(A, "call-unique", (struct head){ .type = 1, .dest = unique,
	    .path = "/p", .iface = I, .member = "M" });
	put(A, "call-member", (struct head){ .type = 1, .dest = OWN,
	    .path = "/p", .iface = I, .member = "N" });
	put(A, "call-interface", (struct head){ .type = 1, .dest = OWN,
	    .path = "/p", .iface = J, .member = "M" });
	put(A, "call-no-interface", (struct head){ .type = 1, .dest = OWN,
	    .path = "/p", .member = "M" });
	put(A, "call-path", (struct head){ .type = 1, .dest = OWN,
	    .path = "/q", .iface = I, .member = "M" });
	put(A, "call-below", (struct head){ .type = 1, .dest = BELOW,
	    .path = "/p", .iface = I, .member = "M" });
	put(A, "call-other", (struct head){ .type = 1, .dest = OTHER,
	    .path = "/p", .iface = I, .member = "M" });
	put(A, "call-shared", (struct head){ .type = 1, .dest = SHARED,
	    .path = "/p", .iface = I, .member = "M" });
	put(A, "call-fd", (struct head){ .type = 1, .dest = OWN, .path = "/p",
	    .iface = I, .member = "M", .fds = fds, .n_fds = 1 });
	put(A, "call-fds", (struct head){ .type = 1, .dest = OWN, .path = "/p",
	    .iface = I, .member = "M", .fds = fds, .n_fds = 2 });
	put(A, "call-oneway", (struct head){ .type = 1, .flags = 1,
	    .dest = OWN, .path = "/p", .iface = I, .member = "M" });
	put(A, "call-self", (struct head){ .type = 1, .dest = client[A]->name,
	    .path = "/p", .iface = I, .member = "M" });
}

static void put_signals(void)
{
	put(A, "signal", (struct head){ .type = 4, .dest = OWN, .path = "/p",
	    .iface = I, .member = "S" });
	put(A, "signal-interface", (struct head){ .type = 4, .dest = OWN,
	    .path = "/p", .iface = J, .member = "S" });
	put(A, "broadcast", (struct head){ .type = 4, .path = "/p",
	    .iface = I, .member = "S" });
	put(A, "broadcast-member", (struct head){ .type = 4, .path = "/p",
	    .iface = I, .member = "T" });
	put(A, "broadcast-interface", (struct head){ .type = 4, .path = "/p",
	    .iface = J, .member = "S" });
	put(A, "signal-bus", (struct head){ .type = 4, .dest = BUS_NAME,
	    .path = "/p", .iface = I, .member = "S" });
}

static void put_strays(void)
{
	put(A, "stray-return", (struct head){ .type = 2, .dest = OWN,
	    .reply_to = STRAY });
	put(A, "stray-error", (struct head){ .type = 3, .dest = OWN,
	    .error = "org.test.E", .reply_to = STRAY });
	put(A, "stray-error-name", (struct head){ .type = 3, .dest = OWN,
	    .error = "org.test.F", .reply_to = STRAY });
	put(A, "stray-bus", (struct head){ .type = 2, .dest = BUS_NAME,
	    .reply_to = STRAY });
	put(A, "stray-interface", (struct head){ .type = 2, .dest = OWN,
	    .iface = I, .member = "M", .reply_to = STRAY });
}

static void put_bus(void)
{
	static const char *const names[] = {
		"org.test.New", "org.test.New.Below", "org.test.Newer",
		"org.test.Own", "org.other.X",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		note(A, names[i], conn_bus(client[A], "RequestName", "su",
					   names[i], 0));
		conn_bus(client[A], "ReleaseName", "s", names[i]);
	}
	note(A, "bus", conn_bus(client[A], "NameHasOwner", "s", OWN));
	note(A, "bus-wrong-args", conn_bus(client[A], "NameHasOwner", ""));
	note(A, "bus-daemon", conn_bus(client[A], "GetConnectionCredentials",
				       "s", OWN));
	put(A, "bus-no-interface", (struct head){ .type = 1, .dest = BUS_NAME,
	    .path = BUS_PATH, .member = "GetNameOwner" });
	put(A, "bus-unknown", (struct head){ .type = 1, .dest = BUS_NAME,
	    .path = BUS_PATH, .iface = J, .member = "M" });
	note(A, "bus-nobody",
	     conn_send(client[A], &(struct head){ .type = 1, .path = BUS_PATH,
		       .iface = "org.freedesktop.DBus.Peer",
		       .member = "Ping" }, ""));
	put(A, "nobody", (struct head){ .type = 1, .flags = 2,
	    .dest = "org.test.Nobody", .path = "/p", .iface = I,
	    .member = "M" });
}

/* Calls of B to A, which answers them. */
static void put_asked(void)
{
	put(B, "ask-return", (struct head){ .type = 1, .dest = client[A]->name,
	    .path = "/p", .iface = "org.test.Ask", .member = "Return" });
	put(B, "ask-error", (struct head){ .type = 1, .dest = client[A]->name,
	    .path = "/p", .iface = "org.test.Ask", .member = "Error" });
}

static void answer_asked(const struct got *g)
{
	if (got_is_call(g, "Return"))
		conn_return(client[A], g, "s", "answer");
	else if (got_is_call(g, "Error"))
		conn_error(client[A], g, "org.test.E");
}

/* --- what came of them ---------------------------------------------------------- */

static void put_got(const struct got *g)
{
	static const char *const type[] = { "", "call", "return", "error",
					    "signal" };

	if (g->m.type == 4 && wire_str_is(g->m.sender, BUS_NAME))
		printf(" %.*s", (int)g->m.member.len, g->m.member.s);
	else
		printf(" %s:%s", type[g->m.type], got_str(g, 0));
}

static bool is_reply(const struct got *g)
{
	return (g->m.type == 2 || g->m.type == 3) &&
	       g->m.reply_serial != STRAY;
}

/* Answers are printed in the order of what they answer. */
static void keep_reply(enum who who, const struct got *g)
{
	struct sent *s = find_sent(who, g->m.reply_serial);

	if (!s)
		return;		/* to ReleaseName, or eavesdropped */
	if (g->m.type == 3)
		snprintf(s->reply, sizeof(s->reply), "%.*s",
			 (int)g->m.error_name.len, g->m.error_name.s);
	else
		strcpy(s->reply, "ok");
}

static void put_replies(enum who who)
{
	struct sent *s = sent[who];
	unsigned int i;

	for (i = 0; i < n_sent[who]; i++) {
		if (s[i].reply[0])
			printf(" [%s: %s]", s[i].label, s[i].reply);
		s[i].reply[0] = '\0';
	}
	putchar('\n');
}

/*
 * Whatever client @who has been sent until now, when @last is answered; @asked:
 * answer calls. Before ReloadConfig, what a daemon answers has been answered.
 */
static void take(enum who who, bool asked, bool show, const char *last)
{
	uint32_t serial = conn_bus(client[who], last, "");
	struct got *g;

	if (show)
		printf("  %c:", 'A' + who);
	for (;;) {
		g = conn_next(client[who]);
		if (g->m.type == 2 && g->m.reply_serial == serial)
			break;
		if (is_reply(g))
			keep_reply(who, g);
		else if (show)
			put_got(g);
		if (asked)
			answer_asked(g);
		got_free(g);
	}
	got_free(g);
	if (show)
		put_replies(who);
}

static void probe(void)
{
	enum who i;

	memset(n_sent, 0, sizeof(n_sent));
	put_asked();
	take(B, false, true, "GetId");
	take(A, true, true, "GetId");
	put(C, "broadcast-of-other", (struct head){ .type = 4, .path = "/p",
	    .iface = I, .member = "S" });
	take(C, false, true, "GetId");
	put_calls();
	put_signals();
	put_strays();
	put_bus();
	for (i = A; i < N; i++)
		take(i, false, true, i == A ? "ReloadConfig" : "GetId");
}

/* --- cases ------------------------------------------------------------------------ */

/* Between these, the rules of a case. The last let GetId and ReloadConfig pass,
 * and their answers. */
static const char head[] =
"<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>\n"
"<limit name=\"max_replies_per_connection\">50000</limit>\n"
"<policy context=\"default\"><allow user=\"*\"/></policy>\n";
static const char tail[] =
"<policy context=\"mandatory\">\n"
"<allow send_destination=\"org.freedesktop.DBus\" "
"send_interface=\"org.freedesktop.DBus\" send_member=\"GetId\"/>\n"
"<allow send_destination=\"org.freedesktop.DBus\" "
"send_interface=\"org.freedesktop.DBus\" send_member=\"ReloadConfig\"/>\n"
"<allow receive_sender=\"org.freedesktop.DBus\" "
"receive_type=\"method_return\"/>\n"
"</policy></busconfig>\n";
static const char all[] =
"<policy context=\"default\"><allow send_destination=\"*\"/>"
"<allow receive_sender=\"*\"/><allow own=\"*\"/></policy>\n";

static void write_conf(const char *conf, const char *rules)
{
	FILE *f = fopen(conf, "w");

	check(f, "%s: %m", conf);
	fprintf(f, "%s%s%s", head, rules, tail);
	check(!fclose(f), "%s: %m", conf);
}

static void reload(const char *conf, const char *rules)
{
	write_conf(conf, rules);
	conn_ok(client[A], conn_bus(client[A], "ReloadConfig", ""));
}

/* Under rules that allow everything, so that names are there. */
static void set_up(const char *conf)
{
	enum who i;

	for (i = A; i < N; i++)
		client[i] = conn_open(0);
	reload(conf, all);
	bus_ok(client[B], "RequestName", "su", OWN, 0);
	bus_ok(client[B], "RequestName", "su", BELOW, 0);
	bus_ok(client[C], "RequestName", "su", OTHER, 0);
	bus_ok(client[C], "RequestName", "su", SHARED, 0);
	bus_ok(client[B], "RequestName", "su", SHARED, 0);
	bus_ok(client[B], "AddMatch", "s", "type='signal',interface='" I "'");
	bus_ok(client[B], "AddMatch", "s", "type='signal',interface='" J "'");
	bus_ok(client[C], "AddMatch", "s", "eavesdrop='true',interface='" I "'");
	bus_ok(client[C], "AddMatch", "s",
	       "eavesdrop='true',type='method_return'");
	for (i = A; i < N; i++)
		take(i, false, false, "GetId");
}

static void run_case(const char *conf, const char *name, const char *rules)
{
	enum who i;

	if (!*name)
		return;
	reload(conf, rules);
	for (i = A; i < N; i++)
		take(i, false, false, "GetId");
	printf("%s\n", name);
	probe();
}

static void policy_cases(char **arg)
{
	const char *conf = arg_word(&arg, "CONFIGURATION");
	const char *cases = arg_word(&arg, "CASES");
	char line[1024], name[64] = "", rules[8192] = "";
	FILE *f = fopen(cases, "r");

	check(f, "%s: %m", cases);
	set_up(conf);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		if (line[0] != '=') {
			check(strlen(rules) + strlen(line) < sizeof(rules),
			      "%s: too long", name);
			strcat(rules, line);
			continue;
		}
		run_case(conf, name, rules);
		check(sscanf(line, "= %63[^\n]", name) == 1, "no name");
		rules[0] = '\0';
	}
	run_case(conf, name, rules);
	fclose(f);
}

/* A client under a policy without GetId, whose daemon is killed meanwhile. */
static void policy_survives(char **arg)
{
	struct conn *c = conn_open(0);
	uint64_t end = now_ms() + time_limit();

	bus_refused(c, "org.freedesktop.DBus.Error.AccessDenied", "GetId", "");
	bus_ok(c, "RequestName", "su", "org.test.Survivor", 0);
	/* the daemon's process is not known any more once it is gone */
	for (;;) {
		struct got *g = conn_answer(c, conn_bus(c,
				"GetConnectionUnixProcessID", "s", BUS_NAME));
		bool gone = g->m.type == 3;

		got_free(g);
		if (gone)
			break;
		check(now_ms() < end, "the daemon does not go");
	}
	bus_refused(c, "org.freedesktop.DBus.Error.AccessDenied", "GetId", "");
	/* the bus is there as long as somebody is */
	puts("survived");
	fflush(stdout);
	while (getchar() != EOF)
		;
	conn_close(c);
}

static void policy_conf(char **arg)
{
	write_conf(arg_word(&arg, "CONFIGURATION"), all);
}

/* --- a whole system's policy --------------------------------------------------- */

static const char *judged(const struct got *g)
{
	return wire_str_is(g->m.error_name,
			   "org.freedesktop.DBus.Error.AccessDenied") ?
	       "denied" : "passed";
}

/* Owns all these names and answers every call, until it is killed. */
static void policy_serve(char **arg)
{
	struct conn *c = conn_open(0);
	struct got *g;

	for (; *arg; arg++) {
		g = conn_answer(c, conn_bus(c, "RequestName", "su", *arg, 0));
		printf("%s %s\n", *arg, judged(g));
		got_free(g);
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		g = conn_get(c, time_limit());
		if (g && g->m.type == 1)
			conn_return(c, g, "");
		if (g)
			got_free(g);
	}
}

/* One line of input: DESTINATION INTERFACE MEMBER; or "own" NAME. */
static void ask(struct conn *c, const char *line)
{
	char dest[256], iface[256], member[256];
	uint32_t serial;
	struct got *g;

	if (sscanf(line, "own %255s", dest) == 1)
		serial = conn_bus(c, "RequestName", "su", dest, 4);
	else if (sscanf(line, "%255s %255s %255s", dest, iface, member) == 3)
		serial = conn_send(c, &(struct head){ .type = 1, .dest = dest,
				   .path = "/", .iface = iface,
				   .member = member }, "");
	else
		fail("what is \"%s\"?", line);
	g = conn_answer(c, serial);
	printf("%s: %s\n", line, judged(g));
	got_free(g);
}

static void policy_ask(char **arg)
{
	struct conn *c = conn_open(0);
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		ask(c, line);
	}
	conn_close(c);
}

const struct test policy_tests[] = {
	{ "policy-cases", policy_cases,
	  "CONFIGURATION CASES: what passes under each case's rules" },
	{ "policy-serve", policy_serve,
	  "NAME...: own these names and answer all calls, until killed" },
	{ "policy-survives", policy_survives,
	  "policy stays while there is no daemon; until the end of the input" },
	{ "policy-ask", policy_ask,
	  "which calls of the input are denied" },
	{ "policy-conf", policy_conf,
	  "CONFIGURATION: write one that allows everything there" },
	{ 0 }
};
