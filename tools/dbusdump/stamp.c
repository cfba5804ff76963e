// SPDX-License-Identifier: GPL-2.0-or-later
#include "stamp.h"

#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ull

static void put_fraction(struct out *o, const struct stamp *s, uint32_t ns)
{
	out_char(o, '.');
	if (s->nano)
		out_padded(o, ns, 9);
	else
		out_padded(o, ns / 1000, 6);
}

/* Once a second: to work out the date is slow. */
static void write_clock(struct stamp *s, uint64_t sec)
{
	time_t t = (time_t)sec;
	struct tm tm;

	s->second = sec;
	if (!localtime_r(&t, &tm) ||
	    !strftime(s->text, sizeof(s->text), "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(s->text, "---------- --:--:--");
	s->text_len = (unsigned int)strlen(s->text);
}

static void put_clock(struct out *o, struct stamp *s, uint64_t time)
{
	uint64_t sec = time / NSEC_PER_SEC;
	unsigned int date = s->form == STAMP_DATE ? 0 : strlen("2000-01-01 ");

	if (!s->text_len || s->second != sec)
		write_clock(s, sec);
	out_mem(o, s->text + date, s->text_len - date);
	put_fraction(o, s, (uint32_t)(time % NSEC_PER_SEC));
}

static void put_difference(struct out *o, const struct stamp *s, uint64_t from,
			   uint64_t to)
{
	uint64_t d = to >= from ? to - from : from - to;
	uint64_t sec = d / NSEC_PER_SEC;

	out_char(o, to >= from ? '+' : '-');
	out_padded(o, sec / 3600, sec >= 360000 ? 5 : 2);
	out_char(o, ':');
	out_padded(o, sec / 60 % 60, 2);
	out_char(o, ':');
	out_padded(o, sec % 60, 2);
	put_fraction(o, s, (uint32_t)(d % NSEC_PER_SEC));
}

void stamp_put(struct out *o, struct stamp *s, uint64_t time)
{
	if (!s->any) {
		s->first = time;
		s->before = time;
		s->any = true;
	}
	if (s->form == STAMP_NONE)
		return;
	out_paint(o, OUT_DIM);
	switch (s->form) {
	case STAMP_EPOCH:
		out_u64(o, time / NSEC_PER_SEC);
		put_fraction(o, s, (uint32_t)(time % NSEC_PER_SEC));
		break;
	case STAMP_DELTA:
		put_difference(o, s, s->before, time);
		break;
	case STAMP_SINCE_FIRST:
		put_difference(o, s, s->first, time);
		break;
	default:
		put_clock(o, s, time);
		break;
	}
	out_paint(o, OUT_PLAIN);
	out_char(o, ' ');
	s->before = time;
}

/* three significant digits of @v / @unit */
static inline void put_three(struct out *o, uint64_t v, uint64_t unit,
			     const char *name)
{
	out_u64(o, v / unit);
	if (v / unit < 10) {
		out_char(o, '.');
		out_padded(o, v % unit * 100 / unit, 2);
	} else if (v / unit < 100) {
		out_char(o, '.');
		out_padded(o, v % unit * 10 / unit, 1);
	}
	out_str(o, name);
}

void stamp_elapsed(struct out *o, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		out_char(o, '-');
	if (v < 1000000) {
		out_u64(o, (v + 500) / 1000);
		out_str(o, " µs");
	} else if (v < NSEC_PER_SEC) {
		put_three(o, v, 1000000, " ms");
	} else {
		put_three(o, v, NSEC_PER_SEC, " s");
	}
}
