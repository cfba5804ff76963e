// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * SENDER stitched into a message where it lies: the header moves to make room
 * before the body, or to close the gap; or the body does.
 */
#include "wire/message.h"
#include "wire/octets.h"

/* Octets of a string field before its string: code, signature, length */
#define FIELD_HEAD 8

/**
 * struct cut - the old field array around the SENDER that goes
 * @first: octets from the message's start that stay, from where they are
 * @second: offset of the rest that stays, behind SENDER
 * @end: offset behind the field array
 * @fields: offset of the new SENDER, behind both
 * @body: offset of the body, behind that
 */
struct cut {
	uint32_t first;
	uint32_t second;
	uint32_t end;
	uint32_t fields;
	uint32_t body;
};

static void cut_out(struct cut *c, const struct wire_msg *m)
{
	c->end = WIRE_FIXED_LEN + m->fields_len;
	c->first = c->end;
	c->second = c->end;
	if (m->sender.s) {
		uint32_t at = (uint32_t)((const uint8_t *)m->sender.s - m->data);

		c->first = at - FIELD_HEAD;
		c->second = wire_align(at + m->sender.len + 1, 8);
		if (c->second > c->end)
			c->second = c->end;
	}
	c->fields = wire_align(c->first + (c->end - c->second), 8);
}

static void rebase(struct wire_str *s, const struct wire_msg *m,
		   const struct cut *c, const uint8_t *to)
{
	uint32_t at;

	if (!s->s)
		return;
	at = (uint32_t)((const uint8_t *)s->s - m->data);
	if (at >= c->second)
		at -= c->second - c->first;
	s->s = (const char *)to + at;
}

static void move_header(const struct wire_msg *m, const struct cut *c,
			uint8_t *to)
{
	uint32_t rest = c->end - c->second;

	/* each part before the other's source is written over */
	if (to > m->data)
		memmove(to + c->first, m->data + c->second, rest);
	if (to != m->data)
		memmove(to, m->data, c->first);
	if (to <= m->data)
		memmove(to + c->first, m->data + c->second, rest);
}

/* Writes the field at @to + @at and zeroes what pads it; returns its end */
static uint32_t put_sender(uint8_t *to, uint32_t at, uint32_t body,
			   const char *name, uint32_t len, bool big)
{
	uint32_t end = at + FIELD_HEAD + len;

	to[at] = WIRE_F_SENDER;
	to[at + 1] = 1;
	to[at + 2] = 's';
	to[at + 3] = 0;
	wire_store32(to + at + 4, len, big);
	memcpy(to + at + FIELD_HEAD, name, len);
	memset(to + end, 0, body - end);
	return end + 1;
}

/* Where things will be, with a name of @len and @room octets more. */
static enum wire_status plan(struct cut *c, const struct wire_msg *m, size_t room,
			     size_t len)
{
	uint32_t end;

	if (len > WIRE_NAME_MAX)
		return WIRE_E_LENGTH;
	cut_out(c, m);
	end = c->fields + FIELD_HEAD + (uint32_t)len + 1;
	c->body = wire_align(end, 8);
	if (end - WIRE_FIXED_LEN > WIRE_ARRAY_MAX ||
	    c->body > WIRE_MESSAGE_MAX - m->body_len)
		return WIRE_E_LENGTH;
	if (c->body > m->body && c->body - m->body > room)
		return WIRE_E_NO_ROOM;
	return WIRE_OK;
}

/* The header goes to @to, and c->body octets behind that the body is. */
static void stitch(struct wire_msg *m, const struct cut *c, uint8_t *to,
		   const char *name, uint32_t len)
{
	uint32_t kept = c->first + (c->end - c->second), end;

	rebase(&m->path, m, c, to);
	rebase(&m->interface, m, c, to);
	rebase(&m->member, m, c, to);
	rebase(&m->error_name, m, c, to);
	rebase(&m->destination, m, c, to);
	rebase(&m->signature, m, c, to);
	rebase(&m->container_instance, m, c, to);
	move_header(m, c, to);

	memset(to + kept, 0, c->fields - kept);
	end = put_sender(to, c->fields, c->body, name, len, m->big);
	m->sender.s = (const char *)to + c->fields + FIELD_HEAD;
	m->sender.len = len;
	m->present |= 1 << WIRE_F_SENDER;
	m->fields_len = end - WIRE_FIXED_LEN;
	wire_store32(to + 12, m->fields_len, m->big);

	m->have = m->have - m->body + c->body;
	m->len = m->len - m->body + c->body;
	m->body = c->body;
	m->data = to;
	m->bad_at = 0;
}

/* The caller's own buffer, which wire_parse() only read */
static uint8_t *buffer_of(const struct wire_msg *m)
{
	return (uint8_t *)(uintptr_t)m->data;
}

enum wire_status wire_set_sender(struct wire_msg *m, size_t room,
				 const char *name, size_t len)
{
	enum wire_status status;
	struct cut c;

	status = plan(&c, m, room, len);
	if (status)
		return status;
	stitch(m, &c, buffer_of(m) + m->body - c.body, name, (uint32_t)len);
	return WIRE_OK;
}

enum wire_status wire_set_sender_behind(struct wire_msg *m, size_t room,
					const char *name, size_t len)
{
	uint8_t *data = buffer_of(m);
	enum wire_status status;
	struct cut c;

	status = plan(&c, m, room, len);
	if (status)
		return status;
	if (c.body > m->body)
		memmove(data + c.body, data + m->body, m->have - m->body);
	else
		data += m->body - c.body;
	stitch(m, &c, data, name, (uint32_t)len);
	return WIRE_OK;
}
