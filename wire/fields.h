/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The header fields of a message one by one, in their order, those that no
 * specification knows included.
 */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include "wire/iter.h"

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

#endif /* WIRE_FIELDS_H */
