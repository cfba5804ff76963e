// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * "Message Format": the header fields, each by the rules of its own.
 */
#include "wire/fields.h"
#include "wire/frame.h"
#include "wire/octets.h"
#include "wire/walk.h"

const uint8_t wire_field_type[WIRE_F_COUNT] = {
	[WIRE_F_PATH] = 'o',
	[WIRE_F_INTERFACE] = 's',
	[WIRE_F_MEMBER] = 's',
	[WIRE_F_ERROR_NAME] = 's',
	[WIRE_F_REPLY_SERIAL] = 'u',
	[WIRE_F_DESTINATION] = 's',
	[WIRE_F_SENDER] = 's',
	[WIRE_F_SIGNATURE] = 'g',
	[WIRE_F_UNIX_FDS] = 'u',
	[WIRE_F_CONTAINER_INSTANCE] = 'o',
};

const uint16_t wire_required_fields[WIRE_SIGNAL + 1] = {
	[WIRE_METHOD_CALL] = 1 << WIRE_F_PATH | 1 << WIRE_F_MEMBER,
	[WIRE_METHOD_RETURN] = 1 << WIRE_F_REPLY_SERIAL,
	[WIRE_ERROR] = 1 << WIRE_F_ERROR_NAME | 1 << WIRE_F_REPLY_SERIAL,
	[WIRE_SIGNAL] = 1 << WIRE_F_PATH | 1 << WIRE_F_INTERFACE |
			1 << WIRE_F_MEMBER,
};

/* A header field that is being read; @pos moves on */
struct cursor {
	uint32_t pos;
	uint32_t end;	/* behind the array of fields */
	uint32_t there;	/* behind what is there of it */
	bool judged;	/* strings are known to be valid */
};

/* Are @n octets at the cursor inside the array, and there? */
static __always_inline enum wire_status reach(const struct cursor *c,
					      uint32_t n)
{
	uint64_t to = (uint64_t)c->pos + n;

	if (likely(to <= c->there))
		return WIRE_OK;
	return to > c->end ? WIRE_E_ARRAY_BOUNDS : WIRE_E_SHORT;
}

static __always_inline enum wire_status
read_string(const struct wire_msg *m, struct cursor *c, struct wire_str *str,
	    bool signature)
{
	enum wire_status status;
	uint32_t head = signature ? 1 : 4, len;
	const uint8_t *p = m->data + c->pos;

	status = reach(c, head);
	if (status)
		return status;
	len = signature ? *p : wire_load32(p, m->big);
	if (len > WIRE_ARRAY_MAX)
		return WIRE_E_ARRAY_BOUNDS;
	status = reach(c, head + len + 1);
	if (status)
		return status;
	if (p[head + len])
		return WIRE_E_STRING;
	str->s = (const char *)p + head;
	str->len = len;
	c->pos += head + len + 1;
	return WIRE_OK;
}

static enum wire_status read_u32(const struct wire_msg *m, struct cursor *c,
				 uint32_t *v)
{
	enum wire_status status;

	status = reach(c, 4);
	if (status)
		return status;
	*v = wire_load32(m->data + c->pos, m->big);
	c->pos += 4;
	return WIRE_OK;
}

/*
 * "Reserved for local use by the D-Bus library": libdbus refuses, and closes
 * the connection on, all that begins so. A message of that kind must not reach
 * it, or any client could disconnect others.
 */
static __always_inline bool is_local(struct wire_str s, const char *local,
				     size_t n)
{
	return s.len >= n && !memcmp(s.s, local, n);
}

static enum wire_status check_path(struct wire_str s)
{
	static const char local[] = "/org/freedesktop/DBus/Local";

	if (!wire_is_path(s.s, s.len))
		return WIRE_E_PATH;
	if (is_local(s, local, sizeof(local) - 1))
		return WIRE_E_LOCAL;
	return WIRE_OK;
}

static enum wire_status check_interface(struct wire_str s)
{
	static const char local[] = "org.freedesktop.DBus.Local";

	if (!wire_is_interface(s.s, s.len))
		return WIRE_E_INTERFACE;
	if (is_local(s, local, sizeof(local) - 1))
		return WIRE_E_LOCAL;
	return WIRE_OK;
}

/* Of one code, so that nothing is left of it but that code's check */
static __always_inline enum wire_status check_string(uint8_t code,
						     struct wire_str s)
{
	switch (code) {
	case WIRE_F_PATH:
		return check_path(s);
	case WIRE_F_INTERFACE:
		return check_interface(s);
	case WIRE_F_MEMBER:
		return wire_is_member(s.s, s.len) ? WIRE_OK : WIRE_E_MEMBER;
	case WIRE_F_ERROR_NAME:
		return wire_is_interface(s.s, s.len) ? WIRE_OK :
						       WIRE_E_ERROR_NAME;
	case WIRE_F_DESTINATION:
	case WIRE_F_SENDER:
		return wire_is_bus_name(s.s, s.len) ? WIRE_OK : WIRE_E_BUS_NAME;
	case WIRE_F_SIGNATURE:
		return wire_check_signature(s.s, s.len);
	default:
		return wire_is_path(s.s, s.len) ? WIRE_OK : WIRE_E_PATH;
	}
}

static __always_inline enum wire_status judge(const struct cursor *c,
					      uint8_t code, struct wire_str s)
{
	return c->judged ? WIRE_OK : check_string(code, s);
}

enum wire_status wire_field_check(uint8_t code, struct wire_str s)
{
	return check_string(code, s);
}

/* The value of a field that we know, of the type that it must have */
static enum wire_status read_value(struct wire_msg *m, struct cursor *c,
				   uint8_t code)
{
	struct wire_str s = { NULL, 0 };
	enum wire_status status;
	uint32_t v = 0;

	if (wire_field_type[code] == 'u')
		status = read_u32(m, c, &v);
	else
		status = read_string(m, c, &s, code == WIRE_F_SIGNATURE);
	if (status)
		return status;

	switch (code) {
	case WIRE_F_PATH:
		m->path = s;
		return judge(c, WIRE_F_PATH, s);
	case WIRE_F_INTERFACE:
		m->interface = s;
		return judge(c, WIRE_F_INTERFACE, s);
	case WIRE_F_MEMBER:
		m->member = s;
		return judge(c, WIRE_F_MEMBER, s);
	case WIRE_F_ERROR_NAME:
		m->error_name = s;
		return judge(c, WIRE_F_ERROR_NAME, s);
	case WIRE_F_DESTINATION:
		m->destination = s;
		return judge(c, WIRE_F_DESTINATION, s);
	case WIRE_F_SENDER:
		m->sender = s;
		return judge(c, WIRE_F_SENDER, s);
	case WIRE_F_SIGNATURE:
		m->signature = s;
		return judge(c, WIRE_F_SIGNATURE, s);
	case WIRE_F_REPLY_SERIAL:
		m->reply_serial = v;
		return v ? WIRE_OK : WIRE_E_SERIAL;
	case WIRE_F_UNIX_FDS:
		m->unix_fds = v;
		return WIRE_OK;
	default:
		m->container_instance = s;
		return judge(c, WIRE_F_CONTAINER_INSTANCE, s);
	}
}

/* "Must be ignored", but be valid; its own function, for its stack */
static noinline enum wire_status pass_unknown(const struct wire_msg *m,
					      struct cursor *c)
{
	struct wire_iter it;
	enum wire_status status;
	uint32_t sig, len;

	/* inside of an array, a struct and, from there, a variant */
	wire_walk_init(&it, m, 0, 0, c->pos, c->end, 3);
	status = wire_walk_variant(&it, &sig, &len);
	if (!status) {
		wire_walk_init(&it, m, sig, len, sig + len + 1, c->end, 3);
		status = wire_walk_check(&it, 0, WIRE_ANY_FD);
	}
	c->pos = it.pos;
	return status == WIRE_E_BODY_SHORT ? WIRE_E_ARRAY_BOUNDS : status;
}

static enum wire_status read_field(struct wire_msg *m, struct cursor *c)
{
	uint32_t start = wire_align(c->pos, 8);
	enum wire_status status;
	uint32_t head;
	uint8_t code;

	if (unlikely(start > c->there))
		return start > c->end ? WIRE_E_ARRAY_BOUNDS : WIRE_E_SHORT;
	if (!wire_is_zero(m->data, c->pos, start))
		return WIRE_E_PADDING;
	c->pos = start;
	status = reach(c, 1);
	if (status)
		return status;
	code = m->data[start];
	if (!code)
		return WIRE_E_FIELD_CODE;
	if (code >= WIRE_F_COUNT) {
		c->pos++;
		m->present |= WIRE_F_UNKNOWN;
		return pass_unknown(m, c);
	}

	status = reach(c, 4);
	if (status)
		return status;
	/* a signature of one code, and its NUL */
	head = wire_load32(m->data + start, false);
	if (head >> 8 != (1u | (uint32_t)wire_field_type[code] << 8))
		return WIRE_E_FIELD_TYPE;
	if (m->present & 1 << code)
		return WIRE_E_FIELD_TWICE;
	c->pos += 4;
	status = read_value(m, c, code);
	if (!status)
		m->present |= 1 << code;
	return status;
}

/* What isn't valid isn't there */
static void forget(struct wire_msg *m)
{
	static const struct wire_str none;

	if (!(m->present & 1 << WIRE_F_PATH))
		m->path = none;
	if (!(m->present & 1 << WIRE_F_INTERFACE))
		m->interface = none;
	if (!(m->present & 1 << WIRE_F_MEMBER))
		m->member = none;
	if (!(m->present & 1 << WIRE_F_ERROR_NAME))
		m->error_name = none;
	if (!(m->present & 1 << WIRE_F_DESTINATION))
		m->destination = none;
	if (!(m->present & 1 << WIRE_F_SENDER))
		m->sender = none;
	if (!(m->present & 1 << WIRE_F_SIGNATURE))
		m->signature = none;
	if (!(m->present & 1 << WIRE_F_CONTAINER_INSTANCE))
		m->container_instance = none;
}

static enum wire_status read_fields(struct wire_msg *m, bool judged)
{
	struct cursor c = {
		.pos = WIRE_FIXED_LEN,
		.end = WIRE_FIXED_LEN + m->fields_len,
		.judged = judged,
	};
	enum wire_status status;

	c.there = m->have < c.end ? m->have : c.end;
	while (c.pos < c.end) {
		status = read_field(m, &c);
		if (unlikely(status)) {
			m->bad_at = c.pos;
			forget(m);
			return status;
		}
	}
	m->bad_at = c.end;
	if (m->have < m->body)
		return WIRE_E_SHORT;
	if (!wire_is_zero(m->data, c.end, m->body))
		return WIRE_E_PADDING;
	if (m->type <= WIRE_SIGNAL &&
	    wire_required_fields[m->type] & ~m->present)
		return WIRE_E_FIELD_MISSING;
	m->bad_at = 0;
	return WIRE_OK;
}

/* Field by field: what a compiler makes of one assignment is a slow instruction. */
static __always_inline void clear(struct wire_msg *m, const uint8_t *data)
{
	static const struct wire_str none;

	m->data = data;
	m->have = 0;
	m->len = 0;
	m->body = 0;
	m->body_len = 0;
	m->fields_len = 0;
	m->serial = 0;
	m->big = false;
	m->type = 0;
	m->flags = 0;
	m->present = 0;
	m->path = none;
	m->interface = none;
	m->member = none;
	m->error_name = none;
	m->destination = none;
	m->sender = none;
	m->signature = none;
	m->reply_serial = 0;
	m->unix_fds = 0;
	m->container_instance = none;
	m->bad_at = 0;
}

static enum wire_status parse(struct wire_msg *m, const void *p, size_t n,
			      bool judged)
{
	const uint8_t *data = p;
	enum wire_status status;

	clear(m, data);
	status = wire_frame_check(data, n, &m->len, &m->bad_at);
	if (n > (m->len ? m->len : WIRE_FIXED_LEN))
		n = m->len ? m->len : WIRE_FIXED_LEN;
	m->have = (uint32_t)n;
	if (n > 0)
		m->big = data[0] == 'B';
	if (n > 1)
		m->type = data[1];
	if (n > 2)
		m->flags = data[2];
	if (n >= 12)
		m->serial = wire_load32(data + 8, m->big);
	if (status)
		return status;
	m->bad_at = (uint32_t)n;
	if (!m->len)
		return WIRE_E_SHORT;
	m->body_len = wire_load32(data + 4, m->big);
	m->fields_len = wire_load32(data + 12, m->big);
	m->body = m->len - m->body_len;

	status = read_fields(m, judged);
	if (!status && m->have < m->len) {
		m->bad_at = m->have;
		return WIRE_E_SHORT;
	}
	return status;
}

enum wire_status wire_parse(struct wire_msg *m, const void *p, size_t n)
{
	return parse(m, p, n, false);
}

enum wire_status wire_skim(struct wire_msg *m, const void *p, size_t n)
{
	return parse(m, p, n, true);
}
