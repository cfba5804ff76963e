// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages at random, valid and not, given to wire/ and to libdbus: both must
 * accept the same, and read the same from what they accept. Where they differ
 * on purpose it is one of the differences below; each is recognised by its
 * cause, and counted. Any other is a failure.
 *
 *	differential [-s SEED] [-n MESSAGES] [-1 NUMBER]
 */
#include <dbus/dbus.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/wire/generate.h"
#include "wire/iter.h"
#include "wire/message.h"

enum difference {
	/* dbus_message_demarshal() has no way to be given file descriptors, and
	 * refuses a message that announces some; with UNIX_FDS set to 0 it must
	 * judge as we do. */
	DIFF_FDS_ANNOUNCED,
	/* An index into descriptors that didn't come: libdbus lets it pass, and
	 * its reader finds -1. A bus that hands messages on can know better, and
	 * the message has no meaning. */
	DIFF_FD_INDEX,
	/* "The maximum depth of container type nesting is 32 array type codes
	 * and 32 open parentheses": libdbus counts only array codes in a row, so
	 * that "a(a(a(..." passes with more than 32 arrays open. We count as the
	 * specification, and sd-bus, do. */
	DIFF_ARRAYS_OPEN,
	/* "... must not cause a total message depth to be larger than 64": for
	 * libdbus an array that is empty, or whose elements are numbers, is not
	 * yet a level. */
	DIFF_DEPTH_65,
	DIFFERENCES,
};

static const char *const difference_text[DIFFERENCES] = {
	[DIFF_FDS_ANNOUNCED] = "UNIX_FDS above 0, which libdbus can't be given here",
	[DIFF_FD_INDEX] = "UNIX_FD index not below UNIX_FDS, refused here only",
	[DIFF_ARRAYS_OPEN] = "more than 32 arrays open in a signature, refused here only",
	[DIFF_DEPTH_65] = "65th level is an array without containers, refused here only",
};

static struct {
	uint64_t seed;
	uint64_t number;
	uint64_t accepted;
	uint64_t refused;
	uint64_t values;
	uint64_t by_status[WIRE_STATUS_COUNT];
	uint64_t by_difference[DIFFERENCES];
	bool verbose;
} run;

static struct gen_message gen;

__attribute__((format(printf, 1, 2), noreturn))
static void fail(const char *fmt, ...)
{
	va_list ap;
	size_t i;

	printf("message %" PRIu64 " of seed %" PRIu64 ": ", run.number, run.seed);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	for (i = 0; i < gen.whole.len; i++) {
		uint8_t c = gen.whole.p[i];

		if (i % 16 == 0)
			printf("%s%04zx ", i ? "\n" : "", i);
		printf(" %02x", c);
		if (c > ' ' && c < 0x7f)
			printf("'%c", c);
	}
	printf("\n");
	exit(1);
}

/* --- what both read from an accepted message ------------------------------ */

static void same_text(const char *what, struct wire_str ours, const char *theirs)
{
	if (!ours.s && !theirs)
		return;
	if (!ours.s || !theirs || strlen(theirs) != ours.len ||
	    memcmp(ours.s, theirs, ours.len))
		fail("%s: '%.*s', libdbus reads '%s'", what, (int)ours.len,
		     ours.s ? ours.s : "", theirs ? theirs : "(none)");
}

static void same_flag(const char *what, bool ours, bool theirs)
{
	if (ours != theirs)
		fail("flag %s: libdbus reads %d", what, theirs);
}

static void same_header(const struct wire_msg *m, DBusMessage *d)
{
	if (m->type != dbus_message_get_type(d))
		fail("type: %u, libdbus reads %d", m->type,
		     dbus_message_get_type(d));
	if (m->serial != dbus_message_get_serial(d))
		fail("serial");
	if (m->reply_serial != dbus_message_get_reply_serial(d))
		fail("reply serial");
	same_flag("NO_REPLY_EXPECTED", m->flags & WIRE_NO_REPLY_EXPECTED,
		  dbus_message_get_no_reply(d));
	same_flag("NO_AUTO_START", m->flags & WIRE_NO_AUTO_START,
		  !dbus_message_get_auto_start(d));
	same_flag("ALLOW_INTERACTIVE_AUTHORIZATION",
		  m->flags & WIRE_ALLOW_INTERACTIVE_AUTHORIZATION,
		  dbus_message_get_allow_interactive_authorization(d));
	same_text("path", m->path, dbus_message_get_path(d));
	same_text("interface", m->interface, dbus_message_get_interface(d));
	same_text("member", m->member, dbus_message_get_member(d));
	same_text("error name", m->error_name, dbus_message_get_error_name(d));
	same_text("destination", m->destination, dbus_message_get_destination(d));
	same_text("sender", m->sender, dbus_message_get_sender(d));
	same_text("container instance", m->container_instance,
		  dbus_message_get_container_instance(d));
	if (m->signature.s)
		same_text("signature", m->signature,
			  dbus_message_get_signature(d));
}

static char type_of(int libdbus_type)
{
	if (libdbus_type == DBUS_TYPE_STRUCT)
		return '(';
	if (libdbus_type == DBUS_TYPE_DICT_ENTRY)
		return '{';
	return (char)libdbus_type;
}

static void same_basic(const struct wire_value *v, DBusMessageIter *d)
{
	DBusBasicValue b;
	uint64_t u;

	if (v->type == 'h')	/* there are no descriptors to read */
		return;
	memset(&b, 0, sizeof(b));
	dbus_message_iter_get_basic(d, &b);
	switch (v->type) {
	case 's':
	case 'o':
	case 'g':
		same_text("string value", v->str, b.str);
		return;
	case 'y':
		u = b.byt;
		break;
	case 'b':
	case 'u':
		u = b.u32;
		break;
	case 'q':
		u = b.u16;
		break;
	case 'n':
		u = (uint64_t)b.i16;
		break;
	case 'i':
		u = (uint64_t)b.i32;
		break;
	default:
		u = b.u64;
	}
	if (v->u != u)
		fail("value of type %c at %u: %" PRIu64 ", libdbus reads %" PRIu64,
		     v->type, v->off, v->u, u);
}

/* All values that @d, and @it below @depth, still have */
static void same_values(struct wire_iter *it, DBusMessageIter *d,
			unsigned int depth)
{
	int type;

	while ((type = dbus_message_iter_get_arg_type(d)) != DBUS_TYPE_INVALID) {
		struct wire_value v;
		enum wire_event e = wire_next(it, &v);

		run.values++;
		if (e != WIRE_VALUE && e != WIRE_OPEN)
			fail("values: event %d (%s), libdbus reads a %c", e,
			     wire_strerror(v.status), type);
		if (v.type != type_of(type))
			fail("values: %c, libdbus reads a %c", v.type, type);
		if (v.depth != depth)
			fail("values: depth %u instead of %u", v.depth, depth);
		if (e == WIRE_VALUE) {
			same_basic(&v, d);
		} else {
			DBusMessageIter sub;

			dbus_message_iter_recurse(d, &sub);
			same_values(it, &sub, depth + 1);
			if (wire_next(it, &v) != WIRE_CLOSE ||
			    v.type != type_of(type) || v.depth != depth)
				fail("values: container %c isn't closed", type);
		}
		dbus_message_iter_next(d);
	}
}

static void same_body(const struct wire_msg *m, DBusMessage *d)
{
	struct wire_iter it;
	struct wire_value v;
	DBusMessageIter iter;

	wire_iter_init(&it, m);
	dbus_message_iter_init(d, &iter);
	same_values(&it, &iter, 0);
	if (wire_next(&it, &v) != WIRE_DONE)
		fail("values: libdbus has no more, here comes a %c", v.type);
}

/* --- SENDER --------------------------------------------------------------- */

/* What the message must look like: put together anew from the same fields */
static void expect_sender(struct gen_message *want, const char *name, size_t len)
{
	struct gen_field sender = { 0 };
	size_t i, n = 0;

	*want = gen;
	want->whole = (struct bytes){ 0 };
	for (i = 0; i < want->n; i++)
		if (want->fields[i].code != WIRE_F_SENDER)
			want->fields[n++] = want->fields[i];
	gen_string_field(&sender, want->big, WIRE_F_SENDER, name, len);
	want->fields[n] = sender;
	want->n = n + 1;
	gen_assemble(want);
	bytes_free(&sender.octets);
}

static bool same_parse(const struct wire_msg *a, const struct wire_msg *b)
{
	return a->have == b->have && a->len == b->len && a->body == b->body &&
	       a->fields_len == b->fields_len && a->present == b->present &&
	       a->path.s == b->path.s && a->interface.s == b->interface.s &&
	       a->member.s == b->member.s && a->sender.s == b->sender.s &&
	       a->error_name.s == b->error_name.s &&
	       a->destination.s == b->destination.s &&
	       a->signature.s == b->signature.s;
}

/* For a message as it was generated, without a fault put in */
static void check_sender(const struct wire_msg *old, struct rng *r, DBusMessage *d)
{
	static uint8_t room[1 << 20];
	struct wire_msg m = *old, again;
	struct gen_message want;
	char name[256];
	size_t len = gen_unique_name(name, r);
	uint8_t *at = room + WIRE_SENDER_ROOM + rng_below(r, 8);
	enum wire_status status;

	if (old->len > sizeof(room) - 512)
		return;
	memset(room, 0xa5, WIRE_SENDER_ROOM + 8);
	memcpy(at, old->data, old->len);
	if (wire_parse(&m, at, old->len) ||
	    wire_set_sender(&m, WIRE_SENDER_ROOM, name, len))
		fail("SENDER can't be set");
	expect_sender(&want, name, len);
	if (m.len != want.whole.len || memcmp(m.data, want.whole.p, m.len))
		fail("SENDER '%.*s' set: not the octets that it should be",
		     (int)len, name);
	bytes_free(&want.whole);

	status = wire_parse(&again, m.data, m.have);
	if (status)
		fail("with SENDER %.*s (%zu) set: %s", (int)len, name, len, wire_strerror(status));
	again.bad_at = m.bad_at;
	if (!same_parse(&again, &m) || again.sender.len != len)
		fail("with SENDER set: not what a new parse finds");

	d = dbus_message_demarshal((const char *)m.data, (int)m.len, NULL);
	if (!d)
		fail("with SENDER set: libdbus refuses it");
	same_header(&m, d);
	dbus_message_unref(d);
}

/* --- one message ---------------------------------------------------------- */

static DBusMessage *libdbus_reads(const uint8_t *p, size_t n)
{
	return dbus_message_demarshal((const char *)p, (int)n, NULL);
}

static bool libdbus_accepts(const uint8_t *p, size_t n)
{
	DBusMessage *d = libdbus_reads(p, n);

	if (d)
		dbus_message_unref(d);
	return d != NULL;
}

static enum wire_status whole(struct wire_msg *m, const uint8_t *p, size_t n)
{
	enum wire_status status = wire_parse(m, p, n);
	struct wire_msg skimmed;

	if (!status &&
	    (wire_skim(&skimmed, p, n) || !same_parse(&skimmed, m)))
		fail("skimmed: not what a parse finds");
	return status ? status : wire_validate_body(m);
}

/* The same message, with the value of UNIX_FDS set to 0 */
static bool libdbus_accepts_without_fds(const struct wire_msg *m)
{
	struct bytes copy = { .big = m->big };
	uint32_t at = WIRE_FIXED_LEN;
	bool accepts = false;

	bytes_add(&copy, m->data, m->len);
	for (; at + 8 <= m->body; at += 8) {
		static const char head[] = { WIRE_F_UNIX_FDS, 1, 'u', 0 };

		if (memcmp(copy.p + at, head, 4) ||
		    bytes_get_u32(&copy, at + 4) != m->unix_fds)
			continue;
		bytes_set_u32(&copy, at + 4, 0);
		accepts = libdbus_accepts(copy.p, copy.len);
		bytes_set_u32(&copy, at + 4, m->unix_fds);
		if (accepts)
			break;
	}
	bytes_free(&copy);
	return accepts;
}

/* Is there anything like a signature in the message that is nested too deeply? */
static bool has_deep_signature(const struct wire_msg *m)
{
	uint32_t at, len;

	for (at = WIRE_FIXED_LEN; at < m->len; at++) {
		len = m->data[at];
		if (at + 1 + len < m->len && !m->data[at + 1 + len] &&
		    wire_check_signature((const char *)m->data + at + 1, len) ==
			    WIRE_E_DEPTH)
			return true;
	}
	return false;
}

static enum difference difference(struct wire_msg *m, enum wire_status status,
				  bool theirs)
{
	if (!status && !theirs) {
		if (m->unix_fds && libdbus_accepts_without_fds(m))
			return DIFF_FDS_ANNOUNCED;
		return DIFFERENCES;
	}
	if (status == WIRE_E_FD_INDEX) {
		struct wire_msg all = *m;

		all.unix_fds = UINT32_MAX;
		status = wire_validate_body(&all);
		if (!status)
			return DIFF_FD_INDEX;
	}
	if (status == WIRE_E_DEPTH)
		return has_deep_signature(m) ? DIFF_ARRAYS_OPEN : DIFF_DEPTH_65;
	return DIFFERENCES;
}

static void one(uint64_t number)
{
	static uint8_t moved[1 << 20];
	struct rng r = rng_case(run.seed, number);
	DBusMessage *d;
	struct wire_msg m;
	enum wire_status status;
	enum difference diff;
	const uint8_t *p;
	uint32_t len;
	size_t n;
	bool mutated;

	run.number = number;
	gen_message(&gen, &r);
	mutated = rng_below(&r, 5) > 1;
	if (mutated)
		gen_mutate(&gen, &r);
	n = gen.whole.len;
	if (n > sizeof(moved) - 8)
		return;
	/* libdbus would take what follows for a second message */
	if (!wire_frame(gen.whole.p, n, &len) && len && len < n)
		n = len;
	p = memcpy(moved + rng_below(&r, 8), gen.whole.p, n);

	status = whole(&m, p, n);
	d = libdbus_reads(gen.whole.p, n);
	run.by_status[status]++;
	if (!status != (d != NULL)) {
		diff = difference(&m, status, d != NULL);
		if (diff == DIFFERENCES)
			fail("%s, but libdbus %s it", wire_strerror(status),
			     d ? "accepts" : "refuses");
		run.by_difference[diff]++;
	}
	if (status) {
		run.refused++;
	} else {
		run.accepted++;
		if (d) {
			same_header(&m, d);
			same_body(&m, d);
			if (!mutated)
				check_sender(&m, &r, d);
		}
	}
	if (d)
		dbus_message_unref(d);
}

static void report(uint64_t n)
{
	int i;

	printf("seed %" PRIu64 ": %" PRIu64 " messages, %" PRIu64
	       " accepted, %" PRIu64 " refused, %" PRIu64 " values compared\n",
	       run.seed, n, run.accepted, run.refused, run.values);
	for (i = 1; i < WIRE_STATUS_COUNT; i++)
		if (run.by_status[i])
			printf("%8" PRIu64 "  %s\n", run.by_status[i],
			       wire_strerror(i));
	printf("differences from libdbus, each with a reason:\n");
	for (i = 0; i < DIFFERENCES; i++)
		printf("%8" PRIu64 "  %s\n", run.by_difference[i],
		       difference_text[i]);
}

int main(int argc, char **argv)
{
	uint64_t n = 100000, only = 0, i;
	int opt;

	run.seed = (uint64_t)time(NULL);
	while ((opt = getopt(argc, argv, "s:n:1:")) != -1) {
		switch (opt) {
		case 's':
			run.seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			n = strtoull(optarg, NULL, 0);
			break;
		case '1':
			only = strtoull(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr, "usage: %s [-s SEED] [-n MESSAGES] "
				"[-1 NUMBER]\n", argv[0]);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (only) {
		one(only);
		printf("message %" PRIu64 " of seed %" PRIu64 " passes\n", only,
		       run.seed);
	} else {
		for (i = 1; i <= n; i++)
			one(i);
		report(n);
	}
	gen_free(&gen);
	dbus_shutdown();
	return 0;
}
