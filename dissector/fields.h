/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_FIELDS_H
#define DISSECTOR_FIELDS_H

#include "wire/message.h"

/**
 * struct field - a header field as it stands there, valid or not
 * @code: enum wire_field, or any other
 * @off: offset of its code from the message's start
 * @at: offset of its value: of a string's length
 * @end: offset behind it
 * @pad: offset of the padding before it, which ends at @off
 * @sig: signature of its value
 * @str: value, if that is 's', 'o' or 'g'; else .s is NULL
 * @u: value, if that is 'u'
 * @status: what is wrong with its place or its octets, not with its meaning
 */
struct field {
	uint8_t code;
	uint32_t off;
	uint32_t at;
	uint32_t end;
	uint32_t pad;
	struct wire_str sig;
	struct wire_str str;
	uint32_t u;
	enum wire_status status;
};

/**
 * struct fields - a walk over the header fields of a message
 * @m: the message; its data, have, big and fields_len are used
 * @pos: where the next field, or its padding, begins
 */
struct fields {
	const struct wire_msg *m;
	uint32_t pos;
};

void fields_init(struct fields *f, const struct wire_msg *m);

/**
 * fields_next() - the next field, whatever was wrong with those before it
 * @f: the walk
 * @field: filled in; a @field->status of WIRE_E_SHORT or WIRE_E_ARRAY_BOUNDS
 *	says that it is not wholly there
 * Return: false if there is none, or none can be found any more
 */
bool fields_next(struct fields *f, struct field *field);

/* Has it the signature that its code calls for? False for unknown codes too. */
bool fields_has_type(const struct field *field);

/**
 * fields_check() - is a field's value what its code calls for?
 * @field: what fields_next() found
 * Return: WIRE_OK, or what is wrong, its place and octets included
 */
enum wire_status fields_check(const struct field *field);

#endif /* DISSECTOR_FIELDS_H */
