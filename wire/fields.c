// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
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
