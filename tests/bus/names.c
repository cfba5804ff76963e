// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: who owns them, who waits for them, and who is told when. */
#include "tests/bus/tests.h"

#define ERR(name) BUS_NAME ".Error." name
#define NAME "org.test.Name"

enum { REPLACEABLE = 1, REPLACE = 2, NO_QUEUE = 4 };
enum { PRIMARY = 1, QUEUED = 2, EXISTS = 3, ALREADY = 4 };
enum { RELEASED = 1, NON_EXISTENT = 2, NOT_OWNER = 3 };

static uint32_t request(struct conn *c, const char *name, uint32_t flags)
{
	return bus_u32(c, "RequestName", "su", name, flags);
}

static uint32_t release(struct conn *c, const char *name)
{
	return bus_u32(c, "ReleaseName", "s", name);
}

static void drop_later(struct conn *c)
{
	while (c->later)
		got_free(conn_next(c));
}

static void owner_is(struct conn *asker, const struct conn *owner)
{
	struct got *g = conn_answer(asker, conn_bus(asker, "GetNameOwner", "s",
						    NAME));

	check(!strcmp(got_str(g, 0), owner->name), "owner is %s, not %s",
	      got_text(g), owner->name);
	got_free(g);
}

/*
 * An owner with flags @f, then somebody else with flags @g: what is the second
 * one told, and who has the name? D-Bus Specification, "RequestName".
 */
static void one_pair(uint32_t f, uint32_t g)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	bool taken = (f & REPLACEABLE) && (g & REPLACE);
	uint32_t want = taken ? PRIMARY : g & NO_QUEUE ? EXISTS : QUEUED;
	uint32_t got;

	check(request(a, NAME, f) == PRIMARY, "free name, flags %u", f);
	check(request(a, NAME, f) == ALREADY, "own name, flags %u", f);
	got = request(b, NAME, g);
	check(got == want, "owner's flags %u, then %u: reply %u, not %u", f, g,
	      got, want);
	owner_is(c, taken ? b : a);

	/* and after the owner lets go of it? */
	check(release(taken ? b : a, NAME) == RELEASED, "release");
	if (taken && (f & NO_QUEUE))
		check(!bus_u32(c, "NameHasOwner", "s", NAME),
		      "flags %u: replaced owner would not queue", f);
	else if (!taken && (g & NO_QUEUE))
		check(!bus_u32(c, "NameHasOwner", "s", NAME),
		      "flags %u: was queued", g);
	else
		owner_is(c, taken ? a : b);
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

static void names_flags(char **arg)
{
	uint32_t f, g;

	for (f = 0; f < 8; f++)
		for (g = 0; g < 8; g++)
			one_pair(f, g);
	/* bits that the specification does not know are ignored */
	one_pair(0x80000000, 0x7ffffff8);
}

/* Who waits, in which order, and how that order changes. */
static void queue_is(struct conn *asker, const char *want)
{
	struct got *g = conn_answer(asker, conn_bus(asker, "ListQueuedOwners",
						    "s", NAME));
	const char *text = strstr(got_text(g), " a");

	check(text && !strcmp(text, want), "queue is%s, not%s", text, want);
	got_free(g);
}

static const char *queue_text(struct conn *const *c, const char *order)
{
	static char buf[512];
	size_t n = snprintf(buf, sizeof(buf), " a");

	for (; *order; order++)
		n += snprintf(buf + n, sizeof(buf) - n, " '%s'",
			      c[*order - 'a']->name);
	snprintf(buf + n, sizeof(buf) - n, " .");
	return buf;
}

static void names_queue(char **arg)
{
	struct conn *c[4], *x = conn_open(0);
	unsigned int i;

	for (i = 0; i < 4; i++)
		c[i] = conn_open(0);
	check(request(c[0], NAME, REPLACEABLE) == PRIMARY, "a");
	check(request(c[1], NAME, 0) == QUEUED, "b");
	check(request(c[2], NAME, REPLACEABLE) == QUEUED, "c");
	queue_is(x, queue_text(c, "abc"));
	/* who replaces stands first, who was replaced second */
	check(request(c[3], NAME, REPLACE | REPLACEABLE) == PRIMARY, "d");
	queue_is(x, queue_text(c, "dabc"));
	/* asking again keeps the place */
	check(request(c[1], NAME, 0) == QUEUED, "b again");
	queue_is(x, queue_text(c, "dabc"));
	/* unless it can replace now */
	check(request(c[2], NAME, REPLACE) == PRIMARY, "c replaces");
	queue_is(x, queue_text(c, "cdab"));
	/* leaving the queue from the middle */
	check(release(c[3], NAME) == RELEASED, "d leaves the queue");
	queue_is(x, queue_text(c, "cab"));
	/* not wishing to wait any longer */
	check(request(c[0], NAME, NO_QUEUE) == EXISTS, "a will not wait");
	queue_is(x, queue_text(c, "cb"));
	check(release(c[0], NAME) == NOT_OWNER, "a has left");
	check(release(c[0], "org.test.Other") == NON_EXISTENT, "no such name");
	/* a departure promotes the next */
	conn_close(c[2]);
	drop_later(c[1]);
	want_bus_signal(c[1], "NameAcquired", NAME, NULL, NULL);
	queue_is(x, queue_text(c, "b"));
	conn_close(c[0]);
	conn_close(c[1]);
	conn_close(c[3]);
	conn_close(x);
}

/* NameLost, NameOwnerChanged, NameAcquired, reply: in this order. */
static void names_order(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	uint32_t serial;
	struct got *g;

	/* both see NameOwnerChanged, so its place among the others shows */
	bus_ok(a, "AddMatch", "s", "member='NameOwnerChanged',arg0='" NAME "'");
	bus_ok(b, "AddMatch", "s", "member='NameOwnerChanged',arg0='" NAME "'");

	serial = conn_bus(a, "RequestName", "su", NAME, REPLACEABLE);
	want_bus_signal(a, "NameOwnerChanged", NAME, "", a->name);
	want_bus_signal(a, "NameAcquired", NAME, NULL, NULL);
	g = conn_next(a);
	check(g->m.reply_serial == serial && got_u32(g, 0) == PRIMARY, "%s",
	      got_text(g));
	got_free(g);
	want_bus_signal(b, "NameOwnerChanged", NAME, "", a->name);

	serial = conn_bus(b, "RequestName", "su", NAME, REPLACE);
	want_bus_signal(a, "NameLost", NAME, NULL, NULL);
	want_bus_signal(a, "NameOwnerChanged", NAME, a->name, b->name);
	want_bus_signal(b, "NameOwnerChanged", NAME, a->name, b->name);
	want_bus_signal(b, "NameAcquired", NAME, NULL, NULL);
	g = conn_next(b);
	check(g->m.reply_serial == serial && got_u32(g, 0) == PRIMARY, "%s",
	      got_text(g));
	got_free(g);

	serial = conn_bus(b, "ReleaseName", "s", NAME);
	want_bus_signal(b, "NameLost", NAME, NULL, NULL);
	want_bus_signal(b, "NameOwnerChanged", NAME, b->name, a->name);
	g = conn_next(b);
	check(g->m.reply_serial == serial && got_u32(g, 0) == RELEASED, "%s",
	      got_text(g));
	got_free(g);
	want_bus_signal(a, "NameOwnerChanged", NAME, b->name, a->name);
	want_bus_signal(a, "NameAcquired", NAME, NULL, NULL);

	conn_quiet(a, "nothing more");
	conn_quiet(b, "nothing more");
	conn_close(a);
	conn_close(b);
}

/* Names go one by one, the unique name last; the next in line gets them. */
static void names_departure(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	char gone[32];
	struct got *g;
	int names = 0;

	check(request(a, NAME, 0) == PRIMARY, "a");
	check(request(a, NAME ".Two", 0) == PRIMARY, "a");
	check(request(b, NAME, 0) == QUEUED, "b");
	bus_ok(c, "AddMatch", "s", "member='NameOwnerChanged'");
	drop_later(b);
	drop_later(c);
	strcpy(gone, a->name);
	conn_close(a);

	while (names < 2) {
		g = conn_next(c);
		if (got_is_bus_signal(g, "NameOwnerChanged", NAME, gone,
				      b->name) ||
		    got_is_bus_signal(g, "NameOwnerChanged", NAME ".Two", gone,
				      ""))
			names++;
		else
			fail("departure: %s", got_text(g));
		got_free(g);
	}
	want_bus_signal(c, "NameOwnerChanged", gone, gone, "");
	want_bus_signal(b, "NameAcquired", NAME, NULL, NULL);
	check(!bus_u32(c, "NameHasOwner", "s", gone), "%s still there", gone);
	check(!bus_u32(c, "NameHasOwner", "s", NAME ".Two"), "still there");
	owner_is(c, b);
	conn_quiet(b, "nothing more");
	conn_quiet(c, "nothing more");
	conn_close(b);
	conn_close(c);
}

/* A newcomer and its end are told to those who asked. */
static void names_unique(char **arg)
{
	struct conn *c = conn_open(0), *a;
	char gone[32];

	bus_ok(c, "AddMatch", "s", "member='NameOwnerChanged'");
	a = conn_open(0);
	strcpy(gone, a->name);
	want_bus_signal(c, "NameOwnerChanged", gone, "", gone);
	conn_close(a);
	want_bus_signal(c, "NameOwnerChanged", gone, gone, "");
	a = conn_open(0);
	check(strcmp(gone, a->name), "the unique name %s was given twice",
	      gone);
	conn_close(a);
	conn_close(c);
}

static void names_bad(char **arg)
{
	static const char *const bad[] = {
		"", ".", "org", ".org.test", "org.test.", "org..test",
		"org.1test", "org.te st", "org.t\xc3\xa4st", ":1.1", ":x.y",
		BUS_NAME, "org/test", "org.test\n", "a.b:c",
	};
	struct conn *a = conn_open(0);
	char name[300] = "org.";
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bus_refused(a, ERR("InvalidArgs"), "RequestName", "su", bad[i],
			    0);
		bus_refused(a, ERR("InvalidArgs"), "ReleaseName", "s", bad[i]);
	}
	memset(name + 4, 'x', 255 - 4);
	check(request(a, name, 0) == PRIMARY, "a name of 255 octets");
	check(release(a, name) == RELEASED, "a name of 255 octets");
	name[255] = 'x';
	bus_refused(a, ERR("InvalidArgs"), "RequestName", "su", name, 0);
	check(request(a, "org.test-x._y-", 0) == PRIMARY, "name with '-'");
	conn_close(a);
}

static bool listed(struct conn *c, const char *name)
{
	struct got *g = conn_answer(c, conn_bus(c, "ListNames", ""));
	char quoted[300];
	bool found;

	snprintf(quoted, sizeof(quoted), " '%s'", name);
	found = strstr(got_text(g), quoted);
	got_free(g);
	return found;
}

static void names_list(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct got *g;

	check(listed(a, BUS_NAME) && listed(a, a->name) && listed(a, b->name),
	      "ListNames");
	check(!listed(a, NAME), "ListNames has a name that nobody owns");
	check(request(b, NAME, 0) == PRIMARY, "name");
	check(listed(a, NAME), "ListNames without %s", NAME);
	check(bus_u32(a, "NameHasOwner", "s", BUS_NAME) == 1 &&
	      bus_u32(a, "NameHasOwner", "s", b->name) == 1 &&
	      bus_u32(a, "NameHasOwner", "s", NAME) == 1 &&
	      bus_u32(a, "NameHasOwner", "s", "org.test.Nobody") == 0,
	      "NameHasOwner");
	g = conn_answer(a, conn_bus(a, "GetNameOwner", "s", BUS_NAME));
	check(!strcmp(got_str(g, 0), BUS_NAME), "%s", got_text(g));
	got_free(g);
	g = conn_answer(a, conn_bus(a, "GetNameOwner", "s", b->name));
	check(!strcmp(got_str(g, 0), b->name), "%s", got_text(g));
	got_free(g);
	g = conn_answer(a, conn_bus(a, "GetId", ""));
	check(strspn(got_str(g, 0), "0123456789abcdef") == 32 &&
	      strlen(got_str(g, 0)) == 32, "GetId: %s", got_text(g));
	got_free(g);
	check(release(b, NAME) == RELEASED, "release");
	check(!listed(a, NAME), "ListNames after release");
	conn_close(a);
	conn_close(b);
}

/* Many names of one connection, and many connections for one name. */
static void names_many(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(200));
	struct conn *a = conn_open(0), **c = calloc(n, sizeof(*c));
	char name[64];

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "org.test.M%lu", i);
		check(request(a, name, 0) == PRIMARY, "%s", name);
		c[i] = conn_open(0);
		check(request(c[i], NAME, 0) == (i ? QUEUED : PRIMARY), "%lu",
		      i);
	}
	for (i = 0; i < n; i++) {
		owner_is(a, c[i]);
		conn_close(c[i]);
		if (i + 1 < n) {
			drop_later(c[i + 1]);
			want_bus_signal(c[i + 1], "NameAcquired", NAME, NULL,
					NULL);
		}
	}
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "org.test.M%lu", i);
		check(release(a, name) == RELEASED, "%s", name);
	}
	conn_close(a);
	free(c);
}

const struct test name_tests[] = {
	{ "names-flags", names_flags,
	  "RequestName answers as specified for all combinations of flags" },
	{ "names-queue", names_queue,
	  "who waits for a name gets it in turn" },
	{ "names-order", names_order,
	  "NameLost, NameOwnerChanged, NameAcquired and the reply, in order" },
	{ "names-departure", names_departure,
	  "who leaves gives up its names, the unique one last" },
	{ "names-unique", names_unique,
	  "newcomers and their ends are announced; no unique name comes again" },
	{ "names-bad", names_bad, "bad names are refused with InvalidArgs" },
	{ "names-list", names_list,
	  "ListNames, NameHasOwner, GetNameOwner and GetId tell the truth" },
	{ "names-many", names_many,
	  "hundreds of names, and hundreds of waiters for one" },
	{ 0 }
};
