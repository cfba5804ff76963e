// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header fields one by one, for display: where wire_parse() stops at the
 * first fault, this goes on as long as it is clear where the next field begins.
 */
#include "dissector/fields.h"
#include "wire/fields.h"
#include "wire/octets.h"
#include "wire/walk.h"

void fields_init(struct fields *f, const struct wire_msg *m)
{
	f->m = m;
	f->pos = WIRE_FIXED_LEN;
}

static uint32_t fields_end(const struct fields *f)
{
	return WIRE_FIXED_LEN + f->m->fields_len;
}

static enum wire_status beyond(const struct fields *f, uint64_t to)
{
	return to > fields_end(f) ? WIRE_E_ARRAY_BOUNDS : WIRE_E_SHORT;
}

static bool reaches(const struct fields *f, uint64_t to)
{
	return to <= fields_end(f) && to <= f->m->have;
}

/* A string's octets, of which @head hold the length */
static enum wire_status read_string(const struct fields *f, struct field *field,
				    uint32_t head)
{
	const uint8_t *p = f->m->data + field->at;
	uint64_t end;
	uint32_t len;

	if (!reaches(f, field->at + head))
		return beyond(f, field->at + head);
	len = head == 1 ? *p : wire_load32(p, f->m->big);
	end = (uint64_t)field->at + head + len + 1;
	if (!reaches(f, end))
		return beyond(f, end);
	field->str.s = (const char *)p + head;
	field->str.len = len;
	field->end = (uint32_t)end;
	if (field->str.s[len])
		return WIRE_E_STRING;
	return WIRE_OK;
}

static enum wire_status read_u32(const struct fields *f, struct field *field)
{
	if (!reaches(f, field->at + 4))
		return beyond(f, field->at + 4);
	field->u = wire_load32(f->m->data + field->at, f->m->big);
	field->end = field->at + 4;
	return WIRE_OK;
}

/* Of any other type: only where it ends */
static enum wire_status pass(struct fields *f, struct field *field,
			     uint32_t sig)
{
	enum wire_status status;
	struct wire_iter it;

	wire_walk_init(&it, f->m, sig, field->sig.len, field->at,
		       fields_end(f), 3);
	status = wire_walk_check(&it, 0, WIRE_ANY_FD);
	field->end = it.pos;
	return status == WIRE_E_BODY_SHORT ? WIRE_E_ARRAY_BOUNDS : status;
}

static enum wire_status read_value(struct fields *f, struct field *field)
{
	enum wire_status status;
	struct wire_iter it;
	uint32_t sig, len, type;

	wire_walk_init(&it, f->m, 0, 0, field->off + 1, fields_end(f), 3);
	status = wire_walk_variant(&it, &sig, &len);
	if (status == WIRE_E_BODY_SHORT)
		status = WIRE_E_ARRAY_BOUNDS;
	if (status)
		return status;
	field->sig.s = (const char *)f->m->data + sig;
	field->sig.len = len;
	field->at = sig + len + 1;
	type = len == 1 ? (uint8_t)field->sig.s[0] : 0;
	/* what has one octet of signature stands at a multiple of 4 */
	if (type == 's' || type == 'o')
		return read_string(f, field, 4);
	if (type == 'g')
		return read_string(f, field, 1);
	if (type == 'u')
		return read_u32(f, field);
	return pass(f, field, sig);
}

bool fields_next(struct fields *f, struct field *field)
{
	uint32_t start = wire_align(f->pos, 8);
	enum wire_status status;

	*field = (struct field){ .pad = f->pos, .off = start };
	if (f->pos >= fields_end(f))
		return false;
	field->at = field->end = start;
	if (!reaches(f, start + 1)) {
		field->status = beyond(f, start + 1);
		field->off = field->at = field->end = f->pos;
		f->pos = fields_end(f);
		return true;
	}
	field->code = f->m->data[start];
	field->end = start + 1;
	status = read_value(f, field);
	if (status == WIRE_OK || status == WIRE_E_STRING)
		f->pos = field->end;
	else
		f->pos = fields_end(f);
	if (status == WIRE_OK && !wire_is_zero(f->m->data, field->pad, start))
		status = WIRE_E_PADDING;
	field->status = status;
	return true;
}

bool fields_has_type(const struct field *field)
{
	return field->code && field->code < WIRE_F_COUNT &&
	       field->sig.len == 1 &&
	       field->sig.s[0] == wire_field_type[field->code];
}

enum wire_status fields_check(const struct field *field)
{
	if (field->status)
		return field->status;
	if (!field->code)
		return WIRE_E_FIELD_CODE;
	if (field->code >= WIRE_F_COUNT)
		return WIRE_OK;
	if (!fields_has_type(field))
		return WIRE_E_FIELD_TYPE;
	if (field->str.s)
		return wire_field_check(field->code, field->str);
	if (field->code == WIRE_F_REPLY_SERIAL && !field->u)
		return WIRE_E_SERIAL;
	return WIRE_OK;
}
