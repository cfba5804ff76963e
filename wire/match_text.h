/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef WIRE_MATCH_TEXT_H
#define WIRE_MATCH_TEXT_H

#include "wire/match.h"

/**
 * struct wire_match_more - keys that a language has beside those of match rules
 * @find: the number of a key, or -1 if it is none
 * @set: take its value; returns NULL, or why that is wrong
 * @seen: bit N: key number N was there
 * @ctx: for @set
 */
struct wire_match_more {
	int (*find)(struct wire_str key);
	const char *(*set)(void *ctx, int key, struct wire_str value);
	uint32_t seen;
	void *ctx;
};

/* wire_match_parse(), which asks @more for keys unknown. Inside of wire/ only. */
bool wire_match_parse_more(struct wire_match *r, struct wire_match_arg *args,
			   char *buf, const char *text, size_t len,
			   struct wire_match_error *err,
			   struct wire_match_more *more);

#endif /* WIRE_MATCH_TEXT_H */
