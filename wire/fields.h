/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The header fields of a message one by one, in their order, those that no
 * specification knows included.
 */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include "wire/iter.h"

/* Types of the header fields, by enum wire_field: one basic type each */
extern const uint8_t wire_field_type[WIRE_F_COUNT];
/* 1 << enum wire_field of those that must be there, by enum wire_type */
extern const uint16_t wire_required_fields[WIRE_SIGNAL + 1];

/**
 * wire_field_check() - what the specification says of a header field's value
 * @code: enum wire_field, whose type is 's', 'o' or 'g'
 * @s: its value: the octets without their NUL, which is there
 * Return: WIRE_OK, or what is wrong
 */
enum wire_status wire_field_check(uint8_t code, struct wire_str s);

/**
 * struct wire_field_at - one header field
 * @next: offset of what comes behind it; begin with 0
 * @code: enum wire_field, or a greater number
 * @sig: signature of its value: one complete type. Not ended by a NUL
 * @value: at the value, which wire_next() gives
 */
struct wire_field_at {
	uint32_t next;
	uint8_t code;
	struct wire_str sig;
	struct wire_iter value;
};

/**
 * wire_field_next() - go to the next header field
 * @m: a parsed message; if it is cut or not valid, the fields before the fault
 *	are found
 * @f: of the field before; all zero at the beginning
 * Return: false if there is none
 */
bool wire_field_next(const struct wire_msg *m, struct wire_field_at *f);

/**
 * wire_drop_fields() - take out of a message what only its bus may say, or nobody
 * @m: a whole and valid message, whose buffer is written to: its header fields
 *	move together, its body stays where it is. To be followed by
 *	wire_set_sender(), which closes the gap
 *
 * What goes is CONTAINER_INSTANCE and every field that is not known.
 * D-Bus Specification, "Message Bus Messages", Features: HeaderFiltering.
 */
void wire_drop_fields(struct wire_msg *m);

#endif /* WIRE_FIELDS_H */
