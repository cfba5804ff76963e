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
	WIRE_OPEN,	/* a container begins: 'a' array, '(' struct, '{' dict
			 * entry, 'v' variant */
	WIRE_CLOSE,	/* the innermost container ends; .type as at WIRE_OPEN */
	WIRE_BAD,	/* the body is not valid here: see .status */
};

/**
 * struct wire_value - what wire_next() found
 * @type: basic type code, or that of the container
 * @depth: containers around it: 0 for an argument of the message
 * @arg: which argument of the message it is, or is part of, from 0
 * @off: offset of its first octet from the message's start, padding skipped
 * @end: offset behind its last octet (for 'a' at WIRE_OPEN: behind the array;
 *	for other containers at WIRE_OPEN: 0)
 * @u: 'y' 'b' 'q' 'u' 't' 'h'; 'd': its 64 bits; 'n' 'i' 'x': see @i
 * @i: 'n' 'i' 'x', with its sign
 * @str: 's' 'o' 'g'
 * @sig: WIRE_OPEN: signature of the content (array: of an element; struct and
 *	dict entry: of the members; variant: of its value)
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

struct wire_frame_level {
	const char *sig;	/* next type code to read */
	const char *sig_end;
	const char *sig_start;	/* array: element type, to start again */
	uint32_t end;		/* array: offset behind its last octet */
	char type;		/* of the container; 0 at the bottom */
};

struct wire_iter {
	const struct wire_msg *m;
	uint32_t pos;
	uint8_t depth;
	uint8_t arg;
	uint8_t n_arrays;
	uint8_t n_structs;
	bool failed;
	struct wire_frame_level level[WIRE_DEPTH_TOTAL + 2];
};

/**
 * wire_iter_init() - begin at the first argument of a message
 * @it: about 2 KiB: mind the kernel's stack
 * @m: a parsed message; a cut one ends in WIRE_BAD with WIRE_E_SHORT
 */
void wire_iter_init(struct wire_iter *it, const struct wire_msg *m);

/**
 * wire_next() - the next value, opening or closing
 * @it: the walk
 * @v: filled in
 * Return: enum wire_event. Everything is checked as it is reached, so a body
 *	that was not validated is safe to walk; after WIRE_BAD comes WIRE_DONE
 */
enum wire_event wire_next(struct wire_iter *it, struct wire_value *v);

/**
 * wire_skip() - go behind the end of the container just opened
 * @it: the walk; the last event was WIRE_OPEN
 * Return: WIRE_CLOSE, or WIRE_BAD if the content is not valid. An array of
 *	fixed-size elements other than 'b' is skipped without looking at them
 */
enum wire_event wire_skip(struct wire_iter *it, struct wire_value *v);

#endif /* WIRE_ITER_H */
