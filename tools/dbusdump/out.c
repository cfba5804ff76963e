// SPDX-License-Identifier: GPL-2.0-or-later
#include "out.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/octets.h"

#define SETTLE_AT	(64u << 10)

void out_init(struct out *o, int fd)
{
	memset(o, 0, sizeof(*o));
	o->fd = fd;
}

void out_free(struct out *o)
{
	free(o->buf);
	o->buf = NULL;
	o->len = 0;
	o->cap = 0;
}

bool out_flush(struct out *o)
{
	size_t done = 0;

	if (o->error)
		return false;
	while (done < o->len && !o->error) {
		ssize_t n = write(o->fd, o->buf + done, o->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			o->error = errno;
	}
	if (o->error)
		o->part = done;
	else
		o->base += done;
	o->len = 0;
	return !o->error;
}

void out_cut(struct out *o, size_t n)
{
	/* a pipe keeps what it got */
	if (ftruncate(o->fd, (off_t)(o->base + n)))
		return;
	o->base += n;
	o->part = 0;
}

void out_settle(struct out *o)
{
	if (o->len >= SETTLE_AT)
		out_flush(o);
}

void out_make_room(struct out *o, size_t n)
{
	size_t cap = o->cap ? o->cap : 2 * SETTLE_AT;

	if (o->len >= SETTLE_AT && !o->hold && o->fd >= 0)
		out_flush(o);
	while (cap - o->len < n)
		cap *= 2;
	if (cap == o->cap)
		return;
	o->buf = realloc(o->buf, cap);
	if (!o->buf) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	o->cap = cap;
}

void out_u64(struct out *o, uint64_t v)
{
	char digits[20];
	unsigned int n = sizeof(digits);

	while (v >= 100) {
		n -= 2;
		memcpy(digits + n, out_pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		n -= 2;
		memcpy(digits + n, out_pairs + v * 2, 2);
	} else {
		digits[--n] = (char)('0' + v);
	}
	out_mem(o, digits + n, sizeof(digits) - n);
}

void out_i64(struct out *o, int64_t v)
{
	if (v < 0) {
		out_char(o, '-');
		out_u64(o, 0 - (uint64_t)v);
	} else {
		out_u64(o, (uint64_t)v);
	}
}

const char out_pairs[201] =
	"00010203040506070809101112131415161718192021222324"
	"25262728293031323334353637383940414243444546474849"
	"50515253545556575859606162636465666768697071727374"
	"75767778798081828384858687888990919293949596979899";

void out_double(struct out *o, uint64_t bits)
{
	char text[40];
	double d;
	int digits;

	memcpy(&d, &bits, sizeof(d));
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d || isnan(d))
			break;
	}
	out_str(o, text);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(out_room(o, (size_t)n + 1), (size_t)n + 1, fmt, ap);
	va_end(ap);
	o->len += (size_t)n;
}

void out_paint(struct out *o, enum out_colour c)
{
	static const char *const code[] = {
		[OUT_PLAIN] = "\033[0m",  [OUT_DIM] = "\033[2m",
		[OUT_BOLD] = "\033[1m",	  [OUT_RED] = "\033[31m",
		[OUT_GREEN] = "\033[32m", [OUT_YELLOW] = "\033[33m",
		[OUT_BLUE] = "\033[34m",  [OUT_MAGENTA] = "\033[35m",
		[OUT_CYAN] = "\033[36m",
	};

	if (o->colour)
		out_str(o, code[c]);
}

unsigned int utf8_decode(const char *s, size_t n, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned int len, i;
	uint32_t c = p[0];

	if (c < 0x80) {
		*code = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf)
		len = 2;
	else if (c >= 0xe0 && c <= 0xef)
		len = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		len = 4;
	else
		return 0;
	if (n < len)
		return 0;
	c &= 0x7fu >> len;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) ||
	    (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 0;
	*code = c;
	return len;
}

bool out_is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c ||
	       c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f) ||
	       (c & 0xfffe) == 0xfffe;
}

static void out_escape(struct out *o, uint32_t c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '\n' || c == '\t' || c == '\r') {
		out_char(o, '\\');
		out_char(o, c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
	} else if (c < 0x80) {
		out_mem(o, "\\x", 2);
		out_char(o, hex[c >> 4]);
		out_char(o, hex[c & 15]);
	} else {
		out_printf(o, "\\u{%x}", c);
	}
}

/* Characters that stand for themselves, whatever the quote. */
static const bool is_plain[256] = {
	[' ' ... '['] = true, [']' ... '~'] = true,
};

#define EACH(octet) (0x0101010101010101ull * (unsigned char)(octet))

static uint64_t has_zero(uint64_t v)
{
	return (v - EACH(1)) & ~v & EACH(0x80);
}

/* Are eight characters plain, and none of them the quote? */
static bool are_plain(uint64_t v, char quote)
{
	return !((v & EACH(0x80)) | ((v - EACH(' ')) & ~v & EACH(0x80)) |
		 has_zero(v ^ EACH(0x7f)) | has_zero(v ^ EACH('\\')) |
		 has_zero(v ^ EACH(quote)));
}

static uint64_t load(const char *s)
{
	return wire_load64((const uint8_t *)s, false);
}

/* Fewer than eight characters that are all plain, as most words are. */
static bool is_word(const char *s, size_t n, char quote)
{
	uint64_t v;

	if (!n || n >= 8)
		return false;
	/* what is behind the end is as good as any letter */
	v = wire_load_few((const uint8_t *)s, n) | EACH('a') << 8 * n;
	return are_plain(v, quote);
}

static size_t out_one(struct out *o, const char *s, size_t n, char quote)
{
	unsigned char first = (unsigned char)s[0];
	unsigned int len;
	uint32_t c;

	if (first >= 0x20 && first < 0x7f && first != '\\' &&
	    (!quote || first != (unsigned char)quote)) {
		out_char(o, s[0]);
		return 1;
	}
	len = utf8_decode(s, n, &c);
	if (!len) {
		out_printf(o, "\\x%02x", first);
		return 1;
	}
	if (c == ' ')
		out_mem(o, "\\x20", 4);
	else if (out_is_harmful(c))
		out_escape(o, c);
	else if (c < 0x80) {
		out_char(o, '\\');
		out_char(o, (char)c);
	} else
		out_mem(o, s, len);
	return len;
}

void out_text(struct out *o, const char *s, size_t n, char quote, size_t max)
{
	size_t i, chars = 0;

	if ((!max || n <= max) && is_word(s, n, quote)) {
		out_mem(o, s, n);
		return;
	}
	for (i = 0; i < n; chars++) {
		size_t run = i, end = n;

		if (max && n - i > max - chars)
			end = i + max - chars;
		/* most text needs nothing: copy it as it stands */
		while (end - run >= 8 && are_plain(load(s + run), quote))
			run += 8;
		while (run < end && is_plain[(unsigned char)s[run]] &&
		       s[run] != quote)
			run++;
		if (run > i) {
			out_mem(o, s + i, run - i);
			chars += run - i - 1;
			i = run;
			continue;
		}
		if (max && chars >= max) {
			out_str(o, "…");
			return;
		}
		i += out_one(o, s + i, n - i, quote);
	}
}

void out_quoted(struct out *o, const char *s, size_t n, size_t max)
{
	out_char(o, '"');
	out_text(o, s, n, '"', max);
	out_char(o, '"');
}

void out_word(struct out *o, const char *s, size_t n)
{
	out_text(o, s, n, ' ', 0);
}
