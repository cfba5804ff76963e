// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as a message: whatever is said of them must agree with whatever
 * else is said of them.
 */
#include <string.h>

#include "tests/fuzz/require.h"
#include "wire/build.h"
#include "wire/iter.h"
#include "wire/match.h"
#include "wire/fields.h"
#include "wire/message.h"

static bool same_str(struct wire_str a, struct wire_str b)
{
	return (!a.s && !b.s) || wire_str_eq(a, b);
}

static bool same_fields(const struct wire_msg *a, const struct wire_msg *b)
{
	return a->type == b->type && a->flags == b->flags && a->big == b->big &&
	       a->serial == b->serial && a->reply_serial == b->reply_serial &&
	       a->unix_fds == b->unix_fds && same_str(a->path, b->path) &&
	       same_str(a->interface, b->interface) &&
	       same_str(a->member, b->member) &&
	       same_str(a->error_name, b->error_name) &&
	       same_str(a->destination, b->destination) &&
	       same_str(a->signature, b->signature) &&
	       same_str(a->container_instance, b->container_instance);
}

static bool inside(const struct wire_msg *m, struct wire_str s)
{
	const char *start = (const char *)m->data;

	return !s.s || (s.s >= start + WIRE_FIXED_LEN &&
			s.s + s.len < start + m->have);
}

static void check_strings(const struct wire_msg *m)
{
	const struct wire_str all[] = {
		m->path, m->interface, m->member, m->error_name, m->destination,
		m->sender, m->signature, m->container_instance,
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		REQUIRE(inside(m, all[i]));
		REQUIRE(!all[i].s || !all[i].s[all[i].len]);
	}
}

/* --- the beginnings ------------------------------------------------------- */

static void check_frame(const uint8_t *p, size_t n, enum wire_status status,
			const struct wire_msg *m)
{
	enum wire_status before = WIRE_OK, s;
	uint32_t len;
	size_t i;

	for (i = 0; i <= n && i <= WIRE_FIXED_LEN; i++) {
		s = wire_frame(p, i, &len);
		REQUIRE(!before || s == before);
		REQUIRE(!len == (s || i < WIRE_FIXED_LEN));
		before = s;
	}
	REQUIRE(!before || before == status);
	if (n >= WIRE_FIXED_LEN)
		REQUIRE(len == m->len);
}

/* --- the values ----------------------------------------------------------- */

static bool is_basic(char c)
{
	return c && strchr("ybnqiuxtdsogh", c);
}

static void check_value(const struct wire_msg *m, const struct wire_value *v)
{
	REQUIRE(v->end > v->off && v->end <= m->have);
	REQUIRE(is_basic(v->type));
	if (!strchr("sog", v->type)) {
		REQUIRE(!v->str.s);
		return;
	}
	REQUIRE(inside(m, v->str) && !v->str.s[v->str.len]);
	if (v->type == 's')
		REQUIRE(!memchr(v->str.s, 0, v->str.len));
}

static unsigned int alignment(char c)
{
	switch (c) {
	case 'n':
	case 'q':
		return 2;
	case 'x':
	case 't':
	case 'd':
	case '(':
	case '{':
		return 8;
	case 'y':
	case 'g':
	case 'v':
		return 1;
	default:
		return 4;
	}
}

static void put_value(struct wire_builder *b, const struct wire_value *v)
{
	switch (v->type) {
	case 'y':
		wire_put_u8(b, (uint8_t)v->u);
		break;
	case 'n':
	case 'q':
		wire_put_u16(b, (uint16_t)v->u);
		break;
	case 'x':
	case 't':
	case 'd':
		wire_put_u64(b, v->u);
		break;
	case 's':
	case 'o':
		wire_put_str(b, v->str.s, v->str.len);
		break;
	case 'g':
		wire_put_sig(b, v->str.s, v->str.len);
		break;
	default:
		wire_put_u32(b, (uint32_t)v->u);
	}
}

/**
 * struct rebuild - the same body built again
 * @mark: of the arrays that are open, by depth
 * @align: of their elements
 */
struct rebuild {
	struct wire_builder b;
	size_t mark[WIRE_DEPTH_TOTAL];
	unsigned int align[WIRE_DEPTH_TOTAL];
};

static void put_open(struct rebuild *r, const struct wire_value *v)
{
	switch (v->type) {
	case 'a':
		r->align[v->depth] = alignment(v->sig.s[0]);
		r->mark[v->depth] = wire_put_array(&r->b, r->align[v->depth]);
		break;
	case 'v':
		wire_put_sig(&r->b, v->sig.s, v->sig.len);
		break;
	default:
		wire_put_align(&r->b, 8);
	}
}

/* Walks the body to its end, or to the fault, and builds it again meanwhile */
static enum wire_status walk(const struct wire_msg *m, struct rebuild *r)
{
	struct wire_iter it;
	struct wire_value v;
	enum wire_event e;
	uint32_t last = 0, open = 0;

	wire_iter_init(&it, m);
	while ((e = wire_next(&it, &v)) != WIRE_DONE) {
		if (e == WIRE_BAD) {
			enum wire_status status = v.status;

			REQUIRE(status && v.off <= m->have);
			REQUIRE(wire_next(&it, &v) == WIRE_DONE);
			return status;
		}
		REQUIRE(v.off >= last);
		last = v.off;
		if (e == WIRE_CLOSE)
			open--;
		REQUIRE(v.depth == open && open <= WIRE_DEPTH_TOTAL);
		REQUIRE(v.arg < WIRE_SIGNATURE_MAX);
		if (e == WIRE_VALUE) {
			check_value(m, &v);
			put_value(&r->b, &v);
		} else if (e == WIRE_OPEN) {
			REQUIRE(v.sig.len && inside(m, v.sig));
			put_open(r, &v);
			open++;
		} else if (v.type == 'a') {
			wire_put_array_end(&r->b, r->mark[v.depth],
					   r->align[v.depth]);
		}
	}
	REQUIRE(!open);
	return WIRE_OK;
}

/* The verdict when containers are stepped over, or into where @dive says so */
static enum wire_status walk_skipping(const struct wire_msg *m, uint64_t dive)
{
	struct wire_iter it;
	struct wire_value v;
	enum wire_event e;

	wire_iter_init(&it, m);
	while ((e = wire_next(&it, &v)) != WIRE_DONE) {
		if (e == WIRE_OPEN) {
			char type = v.type;
			uint8_t depth = v.depth;

			dive = dive >> 1 | dive << 63;
			if (dive & 1)
				continue;
			e = wire_skip(&it, &v);
			REQUIRE(e == WIRE_BAD ||
				(e == WIRE_CLOSE && v.type == type &&
				 v.depth == depth));
		}
		if (e == WIRE_BAD)
			return v.status;
	}
	return WIRE_OK;
}

/* The body in little-endian order is the same, octet by octet, or, if this one
 * is big-endian, has the same values. */
static void check_rebuilt(const struct wire_msg *m, struct rebuild *r)
{
	static uint8_t second[1 << 17];
	struct rebuild again = { .b = { 0 } };
	struct wire_msg n;

	REQUIRE(!wire_build_end(&r->b));
	REQUIRE(r->b.len - r->b.body == m->body_len);
	if (!m->big) {
		REQUIRE(!memcmp(r->b.buf + r->b.body, m->data + m->body,
				m->body_len));
		return;
	}
	REQUIRE(!wire_parse(&n, r->b.buf, r->b.len));
	wire_build(&again.b, second, sizeof(second), WIRE_METHOD_RETURN, 0, 1);
	wire_build_field_u32(&again.b, WIRE_F_REPLY_SERIAL, 1);
	wire_build_field(&again.b, WIRE_F_SIGNATURE, m->signature.s,
			 m->signature.len);
	wire_build_body(&again.b);
	REQUIRE(!walk(&n, &again));
	REQUIRE(!wire_build_end(&again.b) && again.b.len == r->b.len);
	REQUIRE(!memcmp(again.b.buf, r->b.buf, r->b.len));
}

/* Of a cut message it may be seen sooner that it is cut than what else is wrong,
 * where an array is passed at once. */
static bool same_verdict(const struct wire_msg *m, enum wire_status a,
			 enum wire_status b)
{
	return m->have < m->len ? !a == !b : a == b;
}

static void check_body(struct wire_msg *m, size_t size)
{
	static uint8_t first[1 << 17];
	struct rebuild r = { .b = { 0 } };
	enum wire_status valid = wire_validate_body(m), walked;
	struct wire_args args;
	struct wire_msg all = *m;

	/* the walk doesn't look at UNIX_FDS */
	all.unix_fds = UINT32_MAX;
	if (valid == WIRE_E_FD_INDEX)
		valid = wire_validate_body(&all);

	wire_build(&r.b, first, sizeof(first), WIRE_METHOD_RETURN, 0, 1);
	wire_build_field_u32(&r.b, WIRE_F_REPLY_SERIAL, 1);
	wire_build_field(&r.b, WIRE_F_SIGNATURE, m->signature.s, m->signature.len);
	wire_build_body(&r.b);
	walked = walk(m, &r);
	REQUIRE(same_verdict(m, walked, valid));
	REQUIRE(same_verdict(m, walk_skipping(m, 0), valid));
	walked = walk_skipping(m, 0x5a5a3c3c0ff0f00f ^ size);
	REQUIRE(same_verdict(m, walked, valid));
	if (!valid)
		check_rebuilt(m, &r);
	wire_args_get(&args, m);
	REQUIRE(args.n <= WIRE_MATCH_ARGS);
}

/* --- SENDER --------------------------------------------------------------- */

static void check_sender(const struct wire_msg *old)
{
	static const char name[] = ":1.2345678901234567890";
	size_t len = 1 + old->serial % (sizeof(name) - 1);
	uint8_t *buf = malloc(WIRE_SENDER_ROOM + old->len);
	uint8_t *at = buf + WIRE_SENDER_ROOM;
	struct wire_msg m, again;
	uint32_t present;

	memcpy(at, old->data, old->len);
	REQUIRE(!wire_parse(&m, at, old->len));
	if (name[len - 1] == '.')
		len--;
	present = m.present | 1 << WIRE_F_SENDER;
	REQUIRE(!wire_set_sender(&m, WIRE_SENDER_ROOM, name, len));
	REQUIRE(m.data >= buf && m.data + m.len == at + old->len);
	REQUIRE(!wire_parse(&again, m.data, m.len));
	REQUIRE(!wire_validate_body(&again));
	REQUIRE(again.present == present && m.present == present);
	REQUIRE(again.len == m.len && again.body == m.body);
	REQUIRE(same_fields(old, &again) && same_fields(&m, &again));
	REQUIRE(again.sender.s == m.sender.s && again.sender.len == len);
	REQUIRE(!memcmp(m.sender.s, name, len));
	REQUIRE(again.path.s == m.path.s && again.member.s == m.member.s);
	REQUIRE(!memcmp(m.data + m.body, old->data + old->body, old->body_len));
	/* the last field, with the same length: nothing moves */
	at = (uint8_t *)m.data;
	REQUIRE(!wire_set_sender(&m, 0, name, len) && m.data == at);
	free(buf);
}

/* What a bus hands on: valid, and nothing in it that is not known. */
static void check_dropped(const struct wire_msg *old)
{
	const uint16_t gone = WIRE_F_UNKNOWN | 1 << WIRE_F_CONTAINER_INSTANCE;
	uint8_t *buf = malloc(WIRE_SENDER_ROOM + old->len);
	uint8_t *at = buf + WIRE_SENDER_ROOM;
	struct wire_msg m, again;

	memcpy(at, old->data, old->len);
	REQUIRE(!wire_parse(&m, at, old->len));
	wire_drop_fields(&m);
	REQUIRE(m.data == at && m.len == old->len && m.body == old->body);
	REQUIRE(m.fields_len <= old->fields_len);
	REQUIRE(!wire_set_sender(&m, WIRE_SENDER_ROOM, ":1.7", 4));
	REQUIRE(!wire_parse(&again, m.data, m.len));
	REQUIRE(!wire_validate_body(&again));
	REQUIRE(again.present == m.present && !(m.present & gone));
	REQUIRE(m.present == ((old->present & ~gone) | 1 << WIRE_F_SENDER));
	REQUIRE(same_fields(&m, &again));
	m.container_instance = old->container_instance;
	REQUIRE(same_fields(&m, old));
	REQUIRE(!memcmp(m.data + m.body, old->data + old->body, old->body_len));
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum wire_status status;
	struct wire_msg m;

	status = wire_parse(&m, data, size);
	REQUIRE(*wire_strerror(status));
	REQUIRE(m.data == data && m.have <= size);
	REQUIRE(m.bad_at <= size);
	check_frame(data, size, status, &m);
	check_strings(&m);
	if (m.body && m.have >= m.body && (!status || status == WIRE_E_SHORT))
		check_body(&m, size);
	if (!status && !wire_validate_body(&m)) {
		check_sender(&m);
		check_dropped(&m);
	}
	return 0;
}
