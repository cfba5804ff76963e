/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed values as text on one line. */
#ifndef DBUSDUMP_VALUE_H
#define DBUSDUMP_VALUE_H

#include "wire/iter.h"

#include "out.h"
#include "record.h"

/**
 * struct value_style - how to write values
 * @limit: stop when @out->len gets here; 0: never
 * @string_max: characters of a string; 0: all
 * @types: say the type of what a variant holds
 */
struct value_style {
	size_t limit;
	size_t string_max;
	bool types;
};

enum value_result {
	VALUE_OK,
	VALUE_FULL,	/* the limit was reached */
	VALUE_BAD,	/* the body is cut or not valid: see value.status */
};

/**
 * value_one() - write one value, with all that it contains
 * @o: where to
 * @it: the walk
 * @v: its first event, WIRE_VALUE or WIRE_OPEN, just got from @it; overwritten
 * @style: how
 */
enum value_result value_one(struct out *o, struct wire_iter *it,
			    struct wire_value *v,
			    const struct value_style *style);

/* Write a basic value: one of type ybnqiuxtdsogh. */
void value_basic(struct out *o, const struct wire_value *v,
		 const struct value_style *style);

/* The same of a message's, and behind it what is wrong with it: the walk takes
 * any index of a descriptor. */
void value_checked(struct out *o, const struct wire_msg *m,
		   const struct wire_value *v, const struct value_style *style);

/* The octets of an array of bytes at WIRE_OPEN. */
static inline struct wire_str value_bytes(const struct wire_msg *m,
					  const struct wire_value *v)
{
	struct wire_str s = { (const char *)m->data + v->off + 4,
			      v->end - v->off - 4 };

	return s;
}

static inline bool value_is_bytes(const struct wire_value *v)
{
	return v->type == 'a' && v->sig.len == 1 && v->sig.s[0] == 'y';
}

/* All arguments, separated by commas, within about @width columns. */
enum value_result value_args(struct out *o, const struct record *rec,
			     size_t width);
/* Say that what follows is missing or not valid. */
void value_fault(struct out *o, const struct record *rec,
		 enum wire_status status, uint32_t at);

#endif /* DBUSDUMP_VALUE_H */
