/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text on its way out: one growing buffer, written in large pieces. Whatever
 * came from a message passes out_text() or out_quoted(), so that nothing in it
 * can steer a terminal.
 */
#ifndef DBUSDUMP_OUT_H
#define DBUSDUMP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * struct out - a buffered output
 * @buf: what was not written yet
 * @len: octets of it
 * @cap: octets allocated
 * @fd: where it goes
 * @error: errno of the first write that failed, 0 if none did
 * @base: octets written before what is in @buf
 * @part: of what @buf held when a write failed, so much was written before
 * @hold: what is in @buf may still be taken back, so don't write
 * @colour: put colours in
 */
struct out {
	char *buf;
	size_t len;
	size_t cap;
	int fd;
	int error;
	uint64_t base;
	size_t part;
	bool hold;
	bool colour;
};

enum out_colour {
	OUT_PLAIN,
	OUT_DIM,
	OUT_BOLD,
	OUT_RED,
	OUT_GREEN,
	OUT_YELLOW,
	OUT_BLUE,
	OUT_MAGENTA,
	OUT_CYAN,
};

void out_init(struct out *o, int fd);
void out_free(struct out *o);
/* Write everything out; false if that failed, now or before. */
bool out_flush(struct out *o);
/* After a failure: keep @n octets of what @buf held, if it is a file. */
void out_cut(struct out *o, size_t n);
/* Called at the end of a line or object: writes when much has come together. */
void out_settle(struct out *o);

/* Make room for @n octets, by writing or by growing. */
void out_make_room(struct out *o, size_t n);

/* Have room for @n octets more and return where they go. */
static inline char *out_room(struct out *o, size_t n)
{
	if (__builtin_expect(o->cap - o->len < n, 0))
		out_make_room(o, n);
	return o->buf + o->len;
}

/* Most of what is written is a few octets: no call for those. */
static inline void out_copy(char *to, const char *s, size_t n)
{
	if (n > 16) {
		memcpy(to, s, n);
	} else if (n >= 8) {	/* by two that overlap */
		uint64_t head, tail;

		memcpy(&head, s, 8);
		memcpy(&tail, s + n - 8, 8);
		memcpy(to, &head, 8);
		memcpy(to + n - 8, &tail, 8);
	} else if (n >= 4) {
		uint32_t head, tail;

		memcpy(&head, s, 4);
		memcpy(&tail, s + n - 4, 4);
		memcpy(to, &head, 4);
		memcpy(to + n - 4, &tail, 4);
	} else {
		to[0] = s[0];
		to[n / 2] = s[n / 2];
		to[n - 1] = s[n - 1];
	}
}

static inline void out_mem(struct out *o, const char *s, size_t n)
{
	/* of none there need not be a place */
	if (!n)
		return;
	out_copy(out_room(o, n), s, n);
	o->len += n;
}

static inline void out_str(struct out *o, const char *s)
{
	out_mem(o, s, strlen(s));
}

static inline void out_char(struct out *o, char c)
{
	*out_room(o, 1) = c;
	o->len++;
}

void out_u64(struct out *o, uint64_t v);
void out_i64(struct out *o, int64_t v);

/* two digits at a time: a division is slow */
extern const char out_pairs[201];

/* with leading zeros, @width digits */
static inline void out_padded(struct out *o, uint32_t v, unsigned int width)
{
	char *p = out_room(o, width);
	unsigned int i = width;

	for (; i >= 2; i -= 2) {
		memcpy(p + i - 2, out_pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (i)
		p[0] = (char)('0' + v % 10);
	o->len += width;
}

/* the shortest text that reads back as the same value */
void out_double(struct out *o, uint64_t bits);
void out_printf(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void out_paint(struct out *o, enum out_colour c);

/**
 * out_text() - text from outside, made harmless
 * @o: the output
 * @s: the text
 * @n: octets of it
 * @quote: escape this character too; 0: none
 * @max: at most so many characters, then an ellipsis; 0: all
 *
 * Control characters, what changes the direction of writing, and octets that
 * are not UTF-8 are shown as \n, \t, \r, \xNN or \u{N}.
 */
void out_text(struct out *o, const char *s, size_t n, char quote, size_t max);
/* the same between double quotes */
void out_quoted(struct out *o, const char *s, size_t n, size_t max);
/* a word: as out_text(), blanks escaped too, so that columns stay columns */
void out_word(struct out *o, const char *s, size_t n);

/* Would showing this character do something other than show it? */
bool out_is_harmful(uint32_t c);

/**
 * utf8_decode() - the first character of a text
 * @s: the text
 * @n: octets of it, at least 1
 * @code: set to the character
 * Return: octets that it takes, 0 if they are not valid UTF-8
 */
unsigned int utf8_decode(const char *s, size_t n, uint32_t *code);

#endif /* DBUSDUMP_OUT_H */
