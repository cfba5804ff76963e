/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values in short, as they stand in the Info column and on the lines of the
 * tree: text of a bounded length, that says by "…" that there was more.
 */
#ifndef DISSECTOR_TEXT_H
#define DISSECTOR_TEXT_H

#include "wire/iter.h"

#define TEXT_ROOM 1024

/**
 * struct text - a text that is being written
 * @s: it, ended by a NUL
 * @len: octets of it
 * @max: octets that it may have
 * @full: something was left out
 */
struct text {
	char s[TEXT_ROOM + 8];
	uint32_t len;
	uint32_t max;
	bool full;
};

/* @max: octets; at most TEXT_ROOM */
void text_init(struct text *t, uint32_t max);
void text_add(struct text *t, const char *s);
void text_add_len(struct text *t, const char *s, size_t len);
/* Between quotation marks, what can't be printed escaped */
void text_quote(struct text *t, struct wire_str s);
/* A basic value */
void text_basic(struct text *t, const struct wire_value *v);

/**
 * text_bytes() - an array of bytes: a text if it is one, else digits
 * @t: written to
 * @s: the bytes
 */
void text_bytes(struct text *t, struct wire_str s);
/* Is it a text, maybe with its NUL? */
bool text_is_printable(struct wire_str s);

/**
 * text_value() - any value
 * @t: written to
 * @it: the walk just after @v, left where the value ends or @t is full
 * @v: what wire_next() found
 * @opened: it was WIRE_OPEN, not WIRE_VALUE
 * Return: false if the rest of the message is not valid or not there
 */
bool text_value(struct text *t, struct wire_iter *it, struct wire_value *v,
		bool opened);

/* Is the container just opened an array of bytes? Then, what is there of it. */
bool text_is_bytes(const struct wire_value *v);
struct wire_str text_octets(const struct wire_msg *m,
			    const struct wire_value *v);

#endif /* DISSECTOR_TEXT_H */
