// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same story told on two buses has to give the same transcript: what each
 * client is sent, in which order. Unique names stand there as letters; serials
 * and the texts of errors are left out, they are each bus's own.
 */
#include "tests/bus/tests.h"
#include "wire/iter.h"

#include <inttypes.h>

#define CLIENTS 5

/* --- clients known by letters ---------------------------------------------- */

static struct alias {
	char name[32];
	char alias[16];
} *aliases;
static unsigned int n_aliases;

static struct conn *client[CLIENTS];
static unsigned int generation[CLIENTS];

static void client_open(unsigned int i)
{
	struct alias *a;

	client[i] = conn_open(0);
	aliases = realloc(aliases, (n_aliases + 1) * sizeof(*aliases));
	check(aliases, "no memory");
	a = &aliases[n_aliases++];
	strcpy(a->name, client[i]->name);
	snprintf(a->alias, sizeof(a->alias), "@%c%u", 'A' + i,
		 ++generation[i]);
}

static void clients_open(void)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		client_open(i);
}

static void clients_close(void)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		conn_close(client[i]);
	free(aliases);
}

static void put_str(struct wire_str s)
{
	unsigned int i;

	if (!s.s)
		return;
	if (s.s[0] != ':') {
		printf(" %.*s", (int)s.len, s.s);
		return;
	}
	for (i = 0; i < n_aliases; i++) {
		if (wire_str_is(s, aliases[i].name)) {
			printf(" %s", aliases[i].alias);
			return;
		}
	}
	printf(" @?");
}

static void put_args(const struct got *g)
{
	struct wire_iter it;
	struct wire_value v;
	enum wire_event ev;

	printf(" (");
	wire_iter_init(&it, &g->m);
	while ((ev = wire_next(&it, &v)) != WIRE_DONE && ev != WIRE_BAD) {
		if (ev == WIRE_OPEN)
			printf(" %c", v.type);
		else if (ev == WIRE_CLOSE)
			printf(" .");
		else if (v.str.s)
			put_str(v.str);
		else
			printf(" %" PRIu64, v.u);
	}
	printf(" )");
}

static void put_message(unsigned int i, const struct got *g)
{
	static const char *const type[] = { "", "call", "return", "error",
					    "signal" };
	const struct wire_msg *m = &g->m;

	printf("    %c: %s", 'A' + i, type[m->type]);
	/* errors of the bus: dbus-daemon leaves out who says it to whom, if
	 * libdbus said it */
	if (m->type == WIRE_ERROR && (!m->sender.s ||
				      wire_str_is(m->sender, BUS_NAME))) {
		put_str(m->error_name);
		putchar('\n');
		return;
	}
	put_str(m->sender);
	printf(" ->");
	put_str(m->destination);
	put_str(m->path);
	put_str(m->interface);
	put_str(m->member);
	put_str(m->error_name);
	put_args(g);
	putchar('\n');
}

static bool is_reply(const struct got *g, uint32_t serial)
{
	return g->m.type != WIRE_METHOD_CALL && g->m.reply_serial == serial;
}

/* All that client @i has been sent until now. */
static void put_received(unsigned int i)
{
	uint32_t serial = conn_bus(client[i], "GetId", "");
	struct got *g;

	while (!is_reply(g = conn_next(client[i]), serial)) {
		put_message(i, g);
		got_free(g);
	}
	got_free(g);
}

static void put_all(void)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		put_received(i);
}

static void client_reopen(unsigned int i)
{
	unsigned int other = (i + 1) % CLIENTS;
	uint64_t end = now_ms() + time_limit();
	char gone[32];

	strcpy(gone, client[i]->name);
	conn_close(client[i]);
	while (bus_u32(client[other], "NameHasOwner", "s", gone))
		check(now_ms() < end, "%s does not go", gone);
	client_open(i);
}

/* --- names ------------------------------------------------------------------ */

static void names_step(uint64_t *seed)
{
	static const char *const query[] = {
		"ListQueuedOwners", "GetNameOwner", "NameHasOwner",
	};
	unsigned int i = random_below(seed, CLIENTS);
	unsigned int flags, op = random_below(seed, 16);
	char name[32];

	snprintf(name, sizeof(name), "org.test.N%u", random_below(seed, 4));
	if (op < 8) {
		flags = random_below(seed, 8);
		printf("%c RequestName %s %u\n", 'A' + i, name, flags);
		conn_bus(client[i], "RequestName", "su", name, flags);
	} else if (op < 12) {
		printf("%c ReleaseName %s\n", 'A' + i, name);
		conn_bus(client[i], "ReleaseName", "s", name);
	} else if (op < 15) {
		printf("%c %s %s\n", 'A' + i, query[op - 12], name);
		conn_bus(client[i], query[op - 12], "s", name);
	} else {
		printf("%c leaves and comes again\n", 'A' + i);
		client_reopen(i);
		if (random_below(seed, 2))
			conn_bus(client[i], "AddMatch", "s",
				 "member='NameOwnerChanged'");
	}
	/* what it asked for is done once it is answered */
	put_received(i);
	put_all();
}

static void transcript_names(char **arg)
{
	uint64_t seed = arg_number(&arg, 1);
	unsigned long i, n = arg_number(&arg, scaled(1000));

	clients_open();
	for (i = 0; i < CLIENTS - 1; i++)
		bus_ok(client[i], "AddMatch", "s", "member='NameOwnerChanged'");
	put_all();
	for (i = 0; i < n; i++)
		names_step(&seed);
	clients_close();
}

/* --- match rules ------------------------------------------------------------ */

static const char *pick(uint64_t *seed, const char *const *list)
{
	unsigned int n = 0;

	while (list[n])
		n++;
	return list[random_below(seed, n)];
}

static const char *const paths[] = { "/", "/a", "/a/b", "/a/b/c", "/ab",
				     NULL };
static const char *const ifaces[] = { "org.a", "org.a.b", "org.b", NULL };
static const char *const members[] = { "M", "N", NULL };
static const char *const values[] = { "", "x", "/", "/a", "/a/", "/a/b",
				      "/a/b/", "org.a", "org.a.b", "org.ab",
				      NULL };
static const char *const namespaces[] = { "org", "org.a", "org.a.b", NULL };
static const char *const senders[] = { "org.test.S0", "org.test.S1",
				       "org.test.S2", BUS_NAME, NULL };

static void random_rule(uint64_t *seed, char *out, size_t size)
{
	size_t n = 0;
	unsigned int i;

#define ADD(...) (n += snprintf(out + n, size - n, __VA_ARGS__))
	*out = 0;
	if (!random_below(seed, 2))
		ADD("type='signal',");
	if (!random_below(seed, 4))
		ADD("sender='%s',", pick(seed, senders));
	if (!random_below(seed, 3))
		ADD("interface='%s',", pick(seed, ifaces));
	if (!random_below(seed, 3))
		ADD("member='%s',", pick(seed, members));
	i = random_below(seed, 8);
	if (i < 2)
		ADD("path='%s',", pick(seed, paths));
	else if (i < 5)
		ADD("path_namespace='%s',", pick(seed, paths));
	for (i = 0; i < 2; i++) {
		switch (random_below(seed, 6)) {
		case 0:
			ADD("arg%u='%s',", i, pick(seed, values));
			break;
		case 1:
		case 2:
			ADD("arg%upath='%s',", i, pick(seed, values));
			break;
		case 3:
			if (!i)
				ADD("arg0namespace='%s',",
				    pick(seed, namespaces));
		}
	}
#undef ADD
	if (n)
		out[n - 1] = 0;
}

static void random_signal(uint64_t *seed, unsigned int i)
{
	struct head h = { .type = WIRE_SIGNAL, .path = pick(seed, paths),
			  .iface = pick(seed, ifaces),
			  .member = pick(seed, members),
			  .flags = random_below(seed, 2) };
	const char *a = pick(seed, values), *b = pick(seed, values);

	if (!random_below(seed, 10))
		h.dest = client[random_below(seed, CLIENTS)]->name;
	printf("%c signal %s %s.%s '%s' '%s'\n", 'A' + i, h.path, h.iface,
	       h.member, a, b);
	switch (random_below(seed, 6)) {
	case 0:
		conn_send(client[i], &h, "");
		break;
	case 1:
		conn_send(client[i], &h, "us", 5, b);
		break;
	case 2:
		conn_send(client[i], &h, "os", a[0] == '/' && a[1] != 0 &&
			  a[strlen(a) - 1] != '/' ? a : "/", b);
		break;
	default:
		conn_send(client[i], &h, "ss", a, b);
	}
}

#define RULES 8

static void match_step(uint64_t *seed, char rule[][RULES][512])
{
	unsigned int i = random_below(seed, CLIENTS);
	unsigned int k = random_below(seed, RULES), op = random_below(seed, 16);
	char name[32];

	if (op < 2) {
		if (rule[i][k][0]) {
			printf("%c RemoveMatch %s\n", 'A' + i, rule[i][k]);
			conn_bus(client[i], "RemoveMatch", "s", rule[i][k]);
			rule[i][k][0] = 0;
		} else {
			random_rule(seed, rule[i][k], sizeof(rule[i][k]));
			printf("%c AddMatch %s\n", 'A' + i, rule[i][k]);
			conn_bus(client[i], "AddMatch", "s", rule[i][k]);
		}
	} else if (op == 2) {
		snprintf(name, sizeof(name), "org.test.S%u",
			 random_below(seed, 3));
		printf("%c RequestName %s\n", 'A' + i, name);
		conn_bus(client[i], "RequestName", "su", name, 3);
	} else {
		random_signal(seed, i);
	}
	put_received(i);
	put_all();
}

static void transcript_match(char **arg)
{
	uint64_t seed = arg_number(&arg, 1);
	unsigned long i, n = arg_number(&arg, scaled(1500));
	static char rule[CLIENTS][RULES][512];

	clients_open();
	for (i = 0; i < n; i++)
		match_step(&seed, rule);
	clients_close();
}

/* --- the grammar of match rules ---------------------------------------------- */

static void mutate_text(uint64_t *seed, char *s)
{
	static const char bits[] = "',=\\ /.:a0ZT_-6";
	size_t len = strlen(s), at;

	while (len && random_below(seed, 3)) {
		at = random_below(seed, len);
		switch (random_below(seed, 3)) {
		case 0:			/* one octet less */
			memmove(s + at, s + at + 1, len - at);
			len--;
			break;
		case 1:			/* another one */
			s[at] = bits[random_below(seed, sizeof(bits) - 1)];
			break;
		default:		/* cut off */
			s[at] = 0;
			len = at;
		}
	}
}

/*
 * dbus-daemon takes '=' where a key should stand for the end of the rule, and
 * ignores what follows. We do not.
 */
static bool lacks_key(const char *s)
{
	const char *p;

	for (p = s; *p; p++)
		if (*p == '=' && (p == s || strchr(", \t", p[-1])))
			return true;
	return false;
}

static void transcript_rules(char **arg)
{
	uint64_t seed = arg_number(&arg, 1);
	unsigned long i, n = arg_number(&arg, scaled(1500));
	struct conn *c = conn_open(0);
	char rule[512];
	struct got *g;

	for (i = 0; i < n; i++) {
		random_rule(&seed, rule, sizeof(rule));
		mutate_text(&seed, rule);
		if (lacks_key(rule))
			continue;
		g = conn_answer(c, conn_bus(c, "AddMatch", "s", rule));
		printf("%s: %s\n", rule, g->m.error_name.s ?
		       g->m.error_name.s : "taken");
		if (!g->m.error_name.s)
			bus_ok(c, "RemoveMatch", "s", rule);
		got_free(g);
		while (c->later)
			got_free(conn_next(c));
	}
	conn_close(c);
}

/* --- the methods of the bus --------------------------------------------------- */

static void put_outcome(struct conn *c, uint32_t serial)
{
	struct got *g = conn_answer(c, serial);

	if (g->m.error_name.s)
		printf("%s\n", g->m.error_name.s);
	else
		printf("returns (%s)\n",
		       g->m.signature.s ? g->m.signature.s : "");
	got_free(g);
	while (c->later)
		got_free(conn_next(c));
}

static void call_with(struct conn *c, const struct head *h, const char *sig,
		      const char *name)
{
	printf("%s %s.%s (%s) %s: ", h->path, h->iface ? h->iface : "",
	       h->member, sig, name);
	if (!strcmp(sig, "u"))
		put_outcome(c, conn_send(c, h, sig, 0));
	else if (!strcmp(sig, "su"))
		put_outcome(c, conn_send(c, h, sig, name, 0));
	else if (!strcmp(sig, "ss"))
		put_outcome(c, conn_send(c, h, sig, name, name));
	else
		put_outcome(c, conn_send(c, h, sig, name));
}

static void transcript_driver(char **arg)
{
	static const char *const method[] = {
		"Hello", "RequestName", "ReleaseName", "ListQueuedOwners",
		"ListNames", "NameHasOwner", "GetNameOwner", "AddMatch",
		"RemoveMatch", "GetConnectionUnixUser", "GetId",
		"GetConnectionUnixProcessID", "NoSuchMethod", "Ping",
		"GetConnectionCredentials",
	};
	static const char *const sig[] = { "", "s", "o", "u", "su", "ss" };
	static const char *const name[] = {
		"org.test.Name", "org.test.Nobody", "bad", "", BUS_NAME,
		":1.4294967000", ":1.x", "type='signal'", "/path", "'",
	};
	static const char *const iface[] = { BUS_NAME, NULL, "org.test.Iface",
					     BUS_NAME ".Peer" };
	static const char *const path[] = { BUS_PATH, "/", "/other" };
	struct conn *c = conn_open(0), *owner = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME };
	size_t m, s, n, i, p;

	bus_u32(owner, "RequestName", "su", "org.test.Name", 0);
	for (m = 0; m < sizeof(method) / sizeof(*method); m++) {
		h.member = method[m];
		for (i = 0; i < sizeof(iface) / sizeof(*iface); i++) {
			h.iface = iface[i];
			for (p = 0; p < sizeof(path) / sizeof(*path); p++) {
				h.path = path[p];
				call_with(c, &h, "s", "org.test.Name");
				call_with(c, &h, "", "");
			}
		}
		h.iface = BUS_NAME;
		h.path = BUS_PATH;
		for (s = 0; s < sizeof(sig) / sizeof(*sig); s++)
			for (n = 0; n < sizeof(name) / sizeof(*name); n++)
				if (strcmp(sig[s], "o") || name[n][0] == '/')
					call_with(c, &h, sig[s], name[n]);
	}
	conn_close(c);
	conn_close(owner);
}

/* --- what can't be delivered ---------------------------------------------------- */

/* What becomes of message number @i from A, with B and C looking on? */
static void stray(unsigned int i)
{
	struct head h = { .type = 1 + i % 4, .path = "/x", .iface = "org.x",
			  .member = "M", .reply_to = i % 4 == 1 || i % 4 == 2 ?
			  77 : 0, .error = i % 4 == 2 ? "org.x.E" : NULL,
			  .flags = i / 4 % 2 };
	static const char *const what[] = {
		"call", "return", "error", "signal",
	};
	const char *dest[] = { client[1]->name, "org.test.Nobody",
			       ":1.4294967000", BUS_NAME, NULL, "org.test.B",
			       client[0]->name };

	/* calls to the bus are transcript-driver's: a daemon of their own
	 * may answer them, in its own time */
	if (i / 8 >= sizeof(dest) / sizeof(*dest) ||
	    (i % 4 == 0 && i / 8 == 3))
		return;
	h.dest = dest[i / 8];
	if (i % 4 == 1 || i % 4 == 2)
		h.path = h.iface = h.member = NULL;
	printf("%s, flags %d, to destination %u\n", what[i % 4], h.flags,
	       i / 8);
	conn_send(client[0], &h, "");
	put_received(0);
	put_all();
}

static void transcript_strays(char **arg)
{
	unsigned int i;

	clients_open();
	conn_bus(client[1], "RequestName", "su", "org.test.B", 0);
	conn_bus(client[2], "AddMatch", "s", "");
	put_all();
	for (i = 0; i < 56; i++)
		stray(i);
	clients_close();
}

const struct test transcript_tests[] = {
	{ "transcript-names", transcript_names,
	  "[SEED [STEPS]]: random requests for names" },
	{ "transcript-match", transcript_match,
	  "[SEED [STEPS]]: random match rules and signals" },
	{ "transcript-rules", transcript_rules,
	  "[SEED [STEPS]]: rules that are more or less wrong" },
	{ "transcript-driver", transcript_driver,
	  "the bus's methods with all kinds of arguments" },
	{ "transcript-strays", transcript_strays,
	  "messages of all types to all kinds of addressees" },
	{ 0 }
};
