/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A walk over the typed values of a message's body, in either byte order,
 * without recursion: a flat sequence of values, openings and closings.
 */
#ifndef WIRE_ITER_H
#define WIRE_ITER_H

#include "wire/message.h"

enum wire_event {
	WIRE_DONE,	/* no more values */
	WIRE_VALUE,	/* a basic value */
	WIRE_OPEN,	/* container begins: 'a' array, '(' struct, '{' dict
			 * entry, 'v' variant
			 */
	WIRE_CLOSE,	/* the innermost container ends; .type as at WIRE_OPEN */
	WIRE_BAD,	/* the body is not valid here: see .status */
};

/**
 * struct wire_value - what wire_next() found
 * @type: basic type code, or that of the container
 * @depth: containers around it: 0 for an argument of the message
 * @arg: which argument of the message it is, or is part of, from 0
 * @off: offset of its first octet from the message's start, padding skipped
 *	(for an array: of its length; at WIRE_CLOSE and WIRE_BAD: where the walk
 *	is)
 * @end: offset behind its last octet (for 'a' at WIRE_OPEN: behind the array;
 *	for other containers at WIRE_OPEN: 0)
 * @u: 'y' 'b' 'q' 'u' 't' 'h'; 'd': its 64 bits; 'n' 'i' 'x': see @i
 * @i: 'n' 'i' 'x', with its sign
 * @str: 's' 'o' 'g'; otherwise .s is NULL
 * @sig: WIRE_OPEN: signature of the content (array: of an element; struct and
 *	dict entry: of the members; variant: of its value); otherwise .s is NULL.
 *	Not ended by a NUL
 * @status: WIRE_BAD: what is wrong
 */
struct wire_value {
	char type;
	uint8_t depth;
	uint8_t arg;
	uint32_t off;
	uint32_t end;
	union {
		uint64_t u;
		int64_t i;
	};
	struct wire_str str;
	struct wire_str sig;
	enum wire_status status;
};

/**
 * struct wire_level - an open container, and how to go on behind it
 * @type: 'a' '(' '{' 'v'
 * @x: array: offset behind the array around it, or behind the body; variant:
 *	offset of the signature outside
 * @a: array: where its element type begins in the signature; variant: where
 *	the signature outside goes on
 * @b: array: where the element type ends; variant: length of the signature
 *	outside
 */
struct wire_level {
	uint32_t x;
	uint8_t a;
	uint8_t b;
	char type;
};

/**
 * struct wire_iter - a walk; for wire_next() to read and write
 * @m: the message
 * @pos: next octet to read
 * @end: behind the innermost array; behind the body if there is none
 * @have: octets that are there
 * @sig: offset of the signature that is being followed
 * @sig_pos: next code of it
 * @sig_len: its length
 * @depth: open containers
 * @base: containers around the whole walk
 * @arg: argument that is read, or comes next
 * @over: WIRE_DONE was, or will be, returned
 * @status: why the next call returns WIRE_BAD
 * @level: the open containers, from outside inwards
 */
struct wire_iter {
	const struct wire_msg *m;
	uint32_t pos;
	uint32_t end;
	uint32_t have;
	uint32_t sig;
	uint8_t sig_pos;
	uint8_t sig_len;
	uint8_t depth;
	uint8_t base;
	uint8_t arg;
	bool over;
	enum wire_status status;
	struct wire_level level[WIRE_DEPTH_TOTAL];
};

/**
 * wire_iter_init() - begin at the first argument of a message
 * @it: about 560 octets
 * @m: a parsed message. One whose body is cut can be walked as far as it is
 *	there and ends in WIRE_BAD with WIRE_E_SHORT; if its header is cut, at
 *	once
 */
void wire_iter_init(struct wire_iter *it, const struct wire_msg *m);

/**
 * wire_next() - the next value, opening or closing
 * @it: the walk
 * @v: filled in
 * Return: enum wire_event. Everything is checked as it is reached, so a body
 *	that was not validated is safe to walk; after WIRE_BAD comes WIRE_DONE.
 *	Only the index in an 'h' is not compared with UNIX_FDS here: to look at
 *	such a message is no harm
 */
enum wire_event wire_next(struct wire_iter *it, struct wire_value *v);

/**
 * wire_skip() - go behind the end of the container just opened
 * @it: the walk; the last event was WIRE_OPEN
 * @v: filled in
 * Return: WIRE_CLOSE, or WIRE_BAD if the content is not valid. An array of
 *	fixed-size elements other than 'b' is skipped without looking at them
 */
enum wire_event wire_skip(struct wire_iter *it, struct wire_value *v);

/**
 * wire_leave_array() - go behind the end of the innermost open array, at once
 * @it: the walk; the last event was a WIRE_OPEN of 'a', or anything directly in
 *	that array
 * @v: filled in
 * Return: WIRE_CLOSE, or WIRE_BAD if the message is cut before the array's end.
 *	What is left of the content is not looked at, whatever its type
 */
enum wire_event wire_leave_array(struct wire_iter *it, struct wire_value *v);

#endif /* WIRE_ITER_H */
