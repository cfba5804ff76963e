// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking at messages: their arguments, a line of text, what was wanted. */
#include "tests/bus/busraw.h"
#include "wire/iter.h"

#include <inttypes.h>

/* Texts live until the eighth one after them. */
static char *text_buffer(size_t *size)
{
	static char buf[8][2048];
	static unsigned int next;

	*size = sizeof(buf[0]);
	return buf[next++ % 8];
}

static bool find_arg(const struct got *g, unsigned int i, struct wire_value *v)
{
	struct wire_iter it;
	enum wire_event ev;

	wire_iter_init(&it, &g->m);
	while ((ev = wire_next(&it, v)) != WIRE_DONE && ev != WIRE_BAD)
		if (ev == WIRE_VALUE && !v->depth && v->arg == i)
			return true;
	return false;
}

const char *got_str(const struct got *g, unsigned int i)
{
	struct wire_value v;
	size_t size;
	char *buf;

	if (!find_arg(g, i, &v) || !v.str.s)
		return "";
	buf = text_buffer(&size);
	snprintf(buf, size, "%.*s", (int)v.str.len, v.str.s);
	return buf;
}

uint64_t got_u32(const struct got *g, unsigned int i)
{
	struct wire_value v;

	check(find_arg(g, i, &v) && !v.str.s, "no number: %s", got_text(g));
	return v.u;
}

static const char *type_name(int type)
{
	static const char *const name[] = { "invalid", "call", "return",
					    "error", "signal" };

	return type <= WIRE_SIGNAL ? name[type] : "unknown";
}

static size_t put_args(char *buf, size_t size, size_t n, const struct got *g)
{
	struct wire_iter it;
	struct wire_value v;
	enum wire_event ev;

	wire_iter_init(&it, &g->m);
	while ((ev = wire_next(&it, &v)) != WIRE_DONE && n + 300 < size) {
		if (ev == WIRE_BAD)
			return n + snprintf(buf + n, size - n, " (bad: %s)",
					    wire_strerror(v.status));
		if (ev == WIRE_OPEN)
			n += snprintf(buf + n, size - n, " %c", v.type);
		else if (ev == WIRE_CLOSE)
			n += snprintf(buf + n, size - n, " .");
		else if (v.str.s)
			n += snprintf(buf + n, size - n, " '%.*s'",
				      v.str.len < 256 ? (int)v.str.len : 256,
				      v.str.s);
		else
			n += snprintf(buf + n, size - n, " %" PRIu64, v.u);
	}
	return n;
}

const char *got_text(const struct got *g)
{
	const struct wire_msg *m = &g->m;
	size_t size, n;
	char *buf = text_buffer(&size);

	n = snprintf(buf, size, "%s from %.*s", type_name(m->type),
		     (int)m->sender.len, m->sender.s ? m->sender.s : "");
	if (m->path.s)
		n += snprintf(buf + n, size - n, " %.200s", m->path.s);
	if (m->interface.s)
		n += snprintf(buf + n, size - n, " %s", m->interface.s);
	if (m->member.s)
		n += snprintf(buf + n, size - n, " %s", m->member.s);
	if (m->error_name.s)
		n += snprintf(buf + n, size - n, " %s", m->error_name.s);
	put_args(buf, size, n, g);
	return buf;
}

bool got_is_signal(const struct got *g, const char *member)
{
	return g->m.type == WIRE_SIGNAL && wire_str_is(g->m.member, member);
}

bool got_is_call(const struct got *g, const char *member)
{
	return g->m.type == WIRE_METHOD_CALL &&
	       wire_str_is(g->m.member, member);
}

static bool arg_is(const struct got *g, unsigned int i, const char *want)
{
	return !want || !strcmp(got_str(g, i), want);
}

bool got_is_bus_signal(const struct got *g, const char *member,
		       const char *a, const char *b, const char *c)
{
	return got_is_signal(g, member) &&
	       wire_str_is(g->m.sender, BUS_NAME) &&
	       wire_str_is(g->m.path, BUS_PATH) &&
	       wire_str_is(g->m.interface, BUS_NAME) &&
	       arg_is(g, 0, a) && arg_is(g, 1, b) && arg_is(g, 2, c);
}

void want_bus_signal(struct conn *c, const char *member,
		     const char *a, const char *b, const char *d)
{
	struct got *g = conn_next(c);

	check(got_is_bus_signal(g, member, a, b, d),
	      "%s: wanted %s '%s' '%s' '%s', got: %s", c->name, member,
	      a ? a : "*", b ? b : "*", d ? d : "*", got_text(g));
	got_free(g);
}

struct got *want_signal(struct conn *c, const char *member)
{
	struct got *g = conn_next(c);

	check(got_is_signal(g, member), "%s: wanted the signal %s, got: %s",
	      c->name, member, got_text(g));
	return g;
}

struct got *want_call(struct conn *c, const char *member)
{
	struct got *g = conn_next(c);

	check(got_is_call(g, member), "%s: wanted the call %s, got: %s",
	      c->name, member, got_text(g));
	return g;
}
