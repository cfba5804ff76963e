// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Header fields, one after the other.
 */
#include "wire/fields.h"
#include "wire/octets.h"
#include "wire/walk.h"

bool wire_field_next(const struct wire_msg *m, struct wire_field_at *f)
{
	uint32_t end = WIRE_FIXED_LEN + m->fields_len;
	uint32_t pos = f->next ? f->next : WIRE_FIXED_LEN;
	uint32_t sig, len;
	struct wire_iter walk;

	pos = wire_align(pos, 8);
	if (!m->body || pos >= end || pos >= m->have)
		return false;
	f->code = m->data[pos];
	wire_walk_init(&walk, m, 0, 0, pos + 1, end, 3);
	if (wire_walk_variant(&walk, &sig, &len))
		return false;
	f->sig.s = (const char *)m->data + sig;
	f->sig.len = len;
	wire_walk_init(&f->value, m, sig, len, sig + len + 1, end, 3);
	walk = f->value;
	if (wire_walk_check(&walk, 0, WIRE_ANY_FD))
		return false;
	f->next = walk.pos;
	return true;
}

static void move_str(struct wire_str *s, const struct wire_msg *m, uint32_t from,
		     uint32_t end, uint32_t by)
{
	const char *data = (const char *)m->data;

	if (s->s && s->s >= data + from && s->s < data + end)
		s->s -= by;
}

/* The field from @from to @end goes to @to: both begin at a multiple of 8. */
static void move_field(struct wire_msg *m, uint32_t to, uint32_t from, uint32_t end)
{
	uint8_t *data = (uint8_t *)(uintptr_t)m->data;
	uint32_t by = from - to;

	memmove(data + to, data + from, end - from);
	move_str(&m->path, m, from, end, by);
	move_str(&m->interface, m, from, end, by);
	move_str(&m->member, m, from, end, by);
	move_str(&m->error_name, m, from, end, by);
	move_str(&m->destination, m, from, end, by);
	move_str(&m->sender, m, from, end, by);
	move_str(&m->signature, m, from, end, by);
}

#define TO_DROP (WIRE_F_UNKNOWN | 1 << WIRE_F_CONTAINER_INSTANCE)

/* Its own function, for its stack */
static noinline void drop_fields(struct wire_msg *m)
{
	uint8_t *data = (uint8_t *)(uintptr_t)m->data;
	struct wire_field_at f = { 0 };
	uint32_t from = WIRE_FIXED_LEN, end = WIRE_FIXED_LEN, to;

	while (wire_field_next(m, &f)) {
		if (f.code < WIRE_F_CONTAINER_INSTANCE) {
			to = wire_align(end, 8);
			memset(data + end, 0, to - end);
			if (to != from)
				move_field(m, to, from, f.next);
			end = to + (f.next - from);
		}
		from = wire_align(f.next, 8);
	}
	m->present &= ~TO_DROP;
	m->container_instance.s = NULL;
	m->fields_len = end - WIRE_FIXED_LEN;
	wire_store32(data + 12, m->fields_len, m->big);
}

void wire_drop_fields(struct wire_msg *m)
{
	if (m->present & TO_DROP)
		drop_fields(m);
}
