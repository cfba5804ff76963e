// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Match rules at random, valid and not, given to wire/ and to a dbus-daemon of
 * our own: both must accept the same, and match the same of the signals that
 * are then sent through the daemon. Differences on purpose are recognised by
 * their cause and counted; any other is a failure.
 *
 *	rules [-s SEED] [-n RULES]
 */
#include <dbus/dbus.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/wire/random.h"
#include "wire/match.h"

#define BATCH	400	/* rules on the way at a time */
#define SIGNALS 3	/* sent for each of them */

enum difference {
	/* "type='signal',=x": dbus-daemon stops reading there, and forgets the
	 * rest of the rule without a word. */
	DIFF_NO_KEY,
	/* dbus-daemon looks at no more than 16 keys of a rule, and forgets the
	 * others without a word. */
	DIFF_MANY_KEYS,
	/* dbus-daemon reads "arg010" as octal, "arg0x5" as hexadecimal, and takes
	 * a sign: nobody can have meant that. */
	DIFF_ARG_NUMBER,
	/* "eavesdrop" alone may be there twice for dbus-daemon. */
	DIFF_EAVESDROP_TWICE,
	DIFFERENCES,
};

static const char *const difference_text[DIFFERENCES] = {
	[DIFF_NO_KEY] = "'=' without a key, refused here only",
	[DIFF_MANY_KEYS] = "more than 16 keys, all heeded here only",
	[DIFF_ARG_NUMBER] = "octal, hexadecimal or signed argument, refused here only",
	[DIFF_EAVESDROP_TWICE] = "eavesdrop twice, refused here only",
};

static const char *const owned[] = { "org.test.One", "org.test.Two" };

struct rule {
	char text[WIRE_MATCH_MAX + 64];
	size_t len;
	bool accepted;
	bool compare;		/* what it matches */
	struct wire_match match;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char strings[WIRE_MATCH_MAX];
	struct wire_match_error err;
	dbus_uint32_t serial;	/* of AddMatch */
	dbus_uint32_t signals[SIGNALS];
	bool matches[SIGNALS];
	bool arrived[SIGNALS];
};

static struct {
	uint64_t seed;
	uint64_t accepted;
	uint64_t refused;
	uint64_t matched;
	uint64_t unmatched;
	uint64_t by_difference[DIFFERENCES];
} run;

static DBusConnection *bus;
static pid_t daemon_pid;
static char folder[] = "/tmp/rules.XXXXXX";
static struct rule rules[BATCH];

static void stop_daemon(void)
{
	char path[64];

	if (daemon_pid > 0) {
		kill(daemon_pid, SIGTERM);
		waitpid(daemon_pid, NULL, 0);
		daemon_pid = 0;
		snprintf(path, sizeof(path), "%s/bus.conf", folder);
		unlink(path);
		snprintf(path, sizeof(path), "%s/socket", folder);
		unlink(path);
		rmdir(folder);
	}
}

__attribute__((format(printf, 1, 2), noreturn))
static void fail(const char *fmt, ...)
{
	va_list ap;

	printf("seed %" PRIu64 ": ", run.seed);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	stop_daemon();
	exit(1);
}

/* --- rules at random ------------------------------------------------------ */

static const char *const paths[] = {
	"/", "/a", "/a/b", "/a/b/c", "/aa", "/ab", "/a/", "", "a",
};
static const char *const names[] = {
	"org.test.One", "org.test.Two", "org.test.Three", "org.freedesktop.DBus",
	":1.0", ":1.7", ":x", ":", "org", "", "-a.b", "1.a", "org..a",
};
static const char *const interfaces[] = {
	"org.test.I", "org.test.J", "org.test", "org", "", "org.1a", "org.a-b",
};
static const char *const members[] = {
	"M", "N", "Em", "", "1", "a.b", "a-b", "_",
};
static const char *const strings[] = {
	"", "x", "xy", "/", "/a", "/a/", "/a/b", "/a/b/", "/aa", "/aa/", "org",
	"org.test", "org.test.One", "org.tes", "org.test.", ".org", ":1.7",
	"a'b", "a,b", "a\\b", "a=b", " x ", "x\\", "\\'", "\xc3\xa4", "\t",
};

static const struct {
	const char *key;
	const char *const *values;
	size_t n;
} keys[] = {
#define POOL(key, pool) { key, pool, sizeof(pool) / sizeof((pool)[0]) }
	POOL("sender", names),
	POOL("sender", names),
	POOL("destination", names),
	POOL("interface", interfaces),
	POOL("interface", interfaces),
	POOL("member", members),
	POOL("path", paths),
	POOL("path", paths),
	POOL("path_namespace", paths),
	POOL("path_namespace", paths),
	POOL("arg0", strings),
	POOL("arg0", strings),
	POOL("arg0path", strings),
	POOL("arg0path", strings),
	POOL("arg0namespace", strings),
	POOL("arg0namespace", strings),
	POOL("arg1", strings),
	POOL("arg1path", strings),
	POOL("arg1path", strings),
	POOL("arg2", strings),
	POOL("arg63", strings),
	POOL("arg64", strings),
	POOL("arg01", strings),
	POOL("arg0x1", strings),
	POOL("arg010path", strings),
	POOL("arg+1", strings),
	POOL("arg-1", strings),
	POOL("arg", strings),
	POOL("argx", strings),
	POOL("arg1namespace", strings),
	POOL("arg4294967296", strings),
	POOL("arg18446744073709551616", strings),
	POOL("bogus", strings),
	POOL("", strings),
};

static const char *const types[] = {
	"signal", "signal", "signal", "method_call", "method_return", "error",
	"Signal", "", "signals",
};
static const char *const booleans[] = { "true", "false", "True", "1", "" };

static void add(struct rule *u, const char *s, size_t n)
{
	if (n > sizeof(u->text) - 1 - u->len)
		n = sizeof(u->text) - 1 - u->len;
	memcpy(u->text + u->len, s, n);
	u->len += n;
	u->text[u->len] = 0;
}

static void white(struct rule *u, struct rng *r)
{
	while (rng_one_in(r, 12))
		add(u, &" \t\r\n"[rng_below(r, 4)], 1);
}

/* A value in one of the ways in which it can be written */
static void add_value(struct rule *u, struct rng *r, const char *s)
{
	uint32_t style = rng_below(r, 4);
	bool quoted = style > 1;

	if (quoted)
		add(u, "'", 1);
	for (; *s; s++) {
		if (style == 3 && rng_one_in(r, 4)) {
			add(u, "'", 1);
			quoted = !quoted;
		}
		if (*s == '\'' && quoted)
			add(u, "'\\''", 4);
		else if (*s == '\'')
			add(u, "\\'", 2);
		else if (*s == ',' && !quoted && rng_below(r, 8))
			add(u, "','", 3);
		else
			add(u, s, 1);
	}
	if (quoted)
		add(u, "'", 1);
}

static void add_pair(struct rule *u, struct rng *r)
{
	const char *value;
	size_t k;

	white(u, r);
	if (rng_one_in(r, 4)) {
		add(u, "type=", 5);
		add_value(u, r, rng_below(r, 6) ? "signal" : PICK(r, types));
		return;
	}
	if (rng_one_in(r, 12)) {
		add(u, "eavesdrop=", 10);
		add_value(u, r, PICK(r, booleans));
		return;
	}
	/* the first values of each pool are good */
	k = rng_below(r, rng_one_in(r, 12) ? sizeof(keys) / sizeof(keys[0]) : 21);
	value = keys[k].values[rng_below(r, keys[k].values == strings ||
					    rng_one_in(r, 12) ?
					    (uint32_t)keys[k].n : 3)];
	add(u, keys[k].key, strlen(keys[k].key));
	white(u, r);
	add(u, "=", 1);
	add_value(u, r, value);
}

static void change(struct rule *u, struct rng *r)
{
	static const char some[] = "',=\\ \t'',,==\\\\az019_.:/-";
	uint32_t n = 1 + rng_below(r, 2), at;

	while (n-- && u->len) {
		at = rng_below(r, (uint32_t)u->len);
		if (u->text[at] & 0x80)
			continue;
		if (rng_one_in(r, 3)) {
			memmove(u->text + at, u->text + at + 1, u->len - at);
			u->len--;
		} else {
			u->text[at] = some[rng_below(r, sizeof(some) - 1)];
		}
	}
}

/* Around the 16 keys that dbus-daemon looks at, each there once */
static void many_keys(struct rule *u, struct rng *r)
{
	uint32_t n = 12 + rng_below(r, 20), i;
	char key[16];

	for (i = 0; i < n; i++) {
		int len = snprintf(key, sizeof(key), "%sarg%u=", i ? "," : "",
				   i + 3);

		add(u, key, (size_t)len);
		add_value(u, r, PICK(r, strings));
	}
}

static void make_text(struct rule *u, struct rng *r)
{
	uint32_t n = rng_below(r, 5);

	u->len = 0;
	u->text[0] = 0;
	if (rng_one_in(r, 100)) {
		many_keys(u, r);
		return;
	}
	while (n--) {
		add_pair(u, r);
		if (n || rng_one_in(r, 20))
			add(u, ",", 1);
	}
	if (rng_one_in(r, 200))
		while (u->len < WIRE_MATCH_MAX - 1 + rng_below(r, 4))
			add(u, "x", 1);
	white(u, r);
	if (rng_one_in(r, 4))
		change(u, r);
}

/* libdbus sends no string that isn't UTF-8 */
static void make_rule(struct rule *u, struct rng *r)
{
	do
		make_text(u, r);
	while (!wire_is_utf8(u->text, u->len));
}

/* As dbus-daemon counts them */
static unsigned int count_keys(const struct rule *u)
{
	unsigned int n = 1;
	bool quoted = false;
	size_t i;

	for (i = 0; i < u->len; i++) {
		if (!quoted && u->text[i] == '\\' && u->text[i + 1] == '\'')
			i++;
		else if (u->text[i] == '\'')
			quoted = !quoted;
		else if (u->text[i] == ',' && !quoted)
			n++;
	}
	return n;
}

/* --- the daemon ----------------------------------------------------------- */

static void write_config(void)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/bus.conf", folder);
	f = fopen(path, "w");
	if (!f)
		fail("%s: %s", path, strerror(errno));
	fprintf(f, "<busconfig>\n<type>session</type>\n<listen>unix:path=%s/socket</listen>\n"
		"<policy context='default'>\n"
		"<allow send_destination='*' eavesdrop='true'/>\n"
		"<allow eavesdrop='true'/>\n<allow own='*'/>\n<allow user='*'/>\n"
		"</policy>\n"
		"<limit name='max_match_rules_per_connection'>1000000</limit>\n"
		"<limit name='max_replies_per_connection'>1000000</limit>\n"
		"</busconfig>\n", folder);
	if (fclose(f))
		fail("%s: %s", path, strerror(errno));
}

/* Starts it, and waits until it says that it listens */
static void start_daemon(void)
{
	char config[80], address[256];
	int fds[2];

	if (!mkdtemp(folder) || pipe(fds))
		fail("%s: %s", folder, strerror(errno));
	write_config();
	snprintf(config, sizeof(config), "--config-file=%s/bus.conf", folder);
	daemon_pid = fork();
	if (!daemon_pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 1);
		execlp("dbus-daemon", "dbus-daemon", "--nofork", config,
		       "--print-address=1", "--nosyslog", (char *)NULL);
		perror("dbus-daemon");
		_exit(127);
	}
	close(fds[1]);
	if (read(fds[0], address, sizeof(address)) <= 0)
		fail("dbus-daemon does not start");
	close(fds[0]);
}

static void connect_to_daemon(void)
{
	DBusError e = DBUS_ERROR_INIT;
	char address[80];
	size_t i;

	snprintf(address, sizeof(address), "unix:path=%s/socket", folder);
	bus = dbus_connection_open_private(address, &e);
	if (!bus || !dbus_bus_register(bus, &e))
		fail("%s: %s", address, e.message);
	dbus_connection_set_exit_on_disconnect(bus, FALSE);
	dbus_connection_set_max_received_size(bus, 1 << 30);
	for (i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (dbus_bus_request_name(bus, owned[i], 0, &e) < 0)
			fail("%s: %s", owned[i], e.message);
}

static dbus_uint32_t send_message(DBusMessage *m)
{
	dbus_uint32_t serial;

	if (!dbus_connection_send(bus, m, &serial))
		fail("out of memory");
	dbus_message_unref(m);
	return serial;
}

static DBusMessage *driver_call(const char *member)
{
	return dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
					    DBUS_INTERFACE_DBUS, member);
}

static dbus_uint32_t send_rule(const char *member, const char *text, bool reply)
{
	DBusMessage *m = driver_call(member);

	dbus_message_set_no_reply(m, !reply);
	dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	return send_message(m);
}

/* --- signals -------------------------------------------------------------- */

static bool owns(void *ctx, struct wire_str who, struct wire_str name)
{
	size_t i;

	if (!wire_str_is(who, dbus_bus_get_unique_name(bus)))
		fail("asked what %.*s owns", (int)who.len, who.s);
	for (i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (wire_str_is(name, owned[i]))
			return true;
	return false;
}

static bool evaluate(const struct rule *u, DBusMessage *d)
{
	static uint8_t buf[4096];
	const char *name = dbus_bus_get_unique_name(bus);
	struct wire_args args;
	struct wire_msg m;
	char *octets;
	bool matches;
	int len;

	if (!dbus_message_marshal(d, &octets, &len))
		fail("out of memory");
	if ((size_t)len > sizeof(buf) - WIRE_SENDER_ROOM)
		fail("signal of %d octets", len);
	memcpy(buf + WIRE_SENDER_ROOM, octets, (size_t)len);
	dbus_free(octets);
	if (wire_parse(&m, buf + WIRE_SENDER_ROOM, (size_t)len) ||
	    wire_set_sender(&m, WIRE_SENDER_ROOM, name, strlen(name)))
		fail("signal is not valid");
	wire_args_get(&args, &m);
	matches = wire_match_eval(&u->match, &m, &args, owns, NULL);
	return matches;
}

static void add_arg(DBusMessageIter *it, struct rng *r)
{
	static const char *const good_paths[] = {
		"/", "/a", "/a/b", "/a/b/c", "/aa", "/ab",
	};
	dbus_uint32_t n = 7;
	DBusMessageIter sub;
	const char *s;

	switch (rng_below(r, 8)) {
	case 0:
		dbus_message_iter_append_basic(it, DBUS_TYPE_UINT32, &n);
		break;
	case 1:
		s = PICK(r, strings);
		dbus_message_iter_open_container(it, DBUS_TYPE_VARIANT, "s", &sub);
		dbus_message_iter_append_basic(&sub, DBUS_TYPE_STRING, &s);
		dbus_message_iter_close_container(it, &sub);
		break;
	case 2:
	case 3:
		s = PICK(r, good_paths);
		dbus_message_iter_append_basic(it, DBUS_TYPE_OBJECT_PATH, &s);
		break;
	default:
		s = PICK(r, strings);
		dbus_message_iter_append_basic(it, DBUS_TYPE_STRING, &s);
	}
}

static void send_signal(struct rule *u, size_t i, struct rng *r)
{
	DBusMessageIter it;
	DBusMessage *m;
	uint32_t n;

	m = dbus_message_new_signal(paths[rng_below(r, 6)],
				    interfaces[rng_below(r, 3)],
				    members[rng_below(r, 3)]);
	dbus_message_iter_init_append(m, &it);
	for (n = rng_below(r, 4); n--;)
		add_arg(&it, r);
	u->arrived[i] = false;
	/* marshaled, and so with its serial, when it has been sent */
	dbus_message_ref(m);
	u->signals[i] = send_message(m);
	u->matches[i] = u->accepted && evaluate(u, m);
	dbus_message_unref(m);
}

/* --- what came of them ---------------------------------------------------- */

static enum difference difference(const struct rule *u)
{
	const struct wire_match_error *e = &u->err;
	char key[WIRE_MATCH_MAX + 1], *rest;
	unsigned long long n;

	if (count_keys(u) > 16)
		return DIFF_MANY_KEYS;
	if (!strcmp(e->why, "'=' without a key"))
		return DIFF_NO_KEY;
	if (!e->key.s)
		return DIFFERENCES;
	if (wire_str_is(e->key, "eavesdrop") &&
	    !strcmp(e->why, "key is there twice"))
		return DIFF_EAVESDROP_TWICE;
	if (e->key.len > 3 && !memcmp(e->key.s, "arg", 3)) {
		memcpy(key, e->key.s, e->key.len);
		key[e->key.len] = 0;
		n = strtoull(key + 3, &rest, 0);
		if (rest > key + 3 && n < WIRE_MATCH_ARGS &&
		    (!*rest || !strcmp(rest, "path")) &&
		    (key[3] == '0' || key[3] == '+' || key[3] == '-'))
			return DIFF_ARG_NUMBER;
	}
	return DIFFERENCES;
}

static void judge(struct rule *u, DBusMessage *reply)
{
	bool theirs = dbus_message_get_type(reply) ==
		      DBUS_MESSAGE_TYPE_METHOD_RETURN;
	enum difference d;

	u->compare = u->accepted && theirs;
	if (u->accepted)
		run.accepted++;
	else
		run.refused++;
	if (u->accepted == theirs) {
		if (u->compare && count_keys(u) > 16) {
			run.by_difference[DIFF_MANY_KEYS]++;
			u->compare = false;
		}
		return;
	}
	d = u->accepted ? DIFFERENCES : difference(u);
	if (d == DIFFERENCES)
		fail("rule <%s>: %s, but dbus-daemon: %s", u->text,
		     u->accepted ? "accepted" : u->err.why,
		     theirs ? "accepts" : dbus_message_get_error_name(reply));
	run.by_difference[d]++;
}

static void received(DBusMessage *m)
{
	dbus_uint32_t reply_to = dbus_message_get_reply_serial(m);
	size_t i, k;

	/* our own signals come back with our serial; others are the daemon's */
	if (!reply_to &&
	    !dbus_message_has_sender(m, dbus_bus_get_unique_name(bus)))
		return;
	for (i = 0; i < BATCH; i++) {
		if (reply_to && rules[i].serial == reply_to) {
			judge(&rules[i], m);
			return;
		}
		for (k = 0; k < SIGNALS && !reply_to; k++)
			if (rules[i].signals[k] == dbus_message_get_serial(m))
				rules[i].arrived[k] = true;
	}
}

static void compare(const struct rule *u)
{
	size_t k;

	for (k = 0; k < SIGNALS && u->compare; k++) {
		if (u->matches[k] != u->arrived[k])
			fail("rule <%s>, signal %zu (serial %u): %s here, %s by "
			     "dbus-daemon", u->text, k, u->signals[k],
			     u->matches[k] ? "matches" : "does not match",
			     u->arrived[k] ? "delivered" : "not delivered");
		if (u->matches[k])
			run.matched++;
		else
			run.unmatched++;
	}
}

static void batch(uint64_t first)
{
	dbus_uint32_t last;
	bool done = false;
	DBusMessage *m;
	size_t i, k;

	for (i = 0; i < BATCH; i++) {
		struct rng r = rng_case(run.seed, first + i);
		struct rule *u = &rules[i];

		make_rule(u, &r);
		u->accepted = wire_match_parse(&u->match, u->args, u->strings,
					       u->text, u->len, &u->err);
		u->serial = send_rule("AddMatch", u->text, true);
		for (k = 0; k < SIGNALS; k++)
			send_signal(u, k, &r);
		send_rule("RemoveMatch", u->text, false);
	}
	last = send_message(driver_call("GetId"));
	while (!done) {
		if (!dbus_connection_read_write(bus, 30000))
			fail("dbus-daemon is gone");
		while (!done && (m = dbus_connection_pop_message(bus))) {
			done = dbus_message_get_reply_serial(m) == last;
			received(m);
			dbus_message_unref(m);
		}
	}
	for (i = 0; i < BATCH; i++)
		compare(&rules[i]);
}

int main(int argc, char **argv)
{
	uint64_t n = 10000, i;
	int opt;

	run.seed = (uint64_t)time(NULL);
	while ((opt = getopt(argc, argv, "s:n:")) != -1) {
		switch (opt) {
		case 's':
			run.seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			n = strtoull(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr, "usage: %s [-s SEED] [-n RULES]\n",
				argv[0]);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	start_daemon();
	connect_to_daemon();
	for (i = 0; i < n; i += BATCH)
		batch(i);
	dbus_connection_close(bus);
	dbus_connection_unref(bus);
	stop_daemon();
	dbus_shutdown();

	printf("seed %" PRIu64 ": %" PRIu64 " rules accepted, %" PRIu64
	       " refused; signals: %" PRIu64 " matched, %" PRIu64 " not\n",
	       run.seed, run.accepted, run.refused, run.matched, run.unmatched);
	printf("differences from dbus-daemon, each with a reason:\n");
	for (i = 0; i < DIFFERENCES; i++)
		printf("%8" PRIu64 "  %s\n", run.by_difference[i],
		       difference_text[i]);
	return 0;
}
