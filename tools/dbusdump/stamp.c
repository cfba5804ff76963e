// SPDX-License-Identifier: GPL-2.0-or-later
#include "stamp.h"

#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ull

static void put_fraction(struct out *o, const struct stamp *s, uint64_t ns)
{
	out_char(o, '.');
	if (s->nano)
		out_padded(o, ns, 9);
	else
		out_padded(o, ns / 1000, 6);
}

/* Date, hour and minute are worked out once a minute: that is slow. */
static void put_clock(struct out *o, struct stamp *s, uint64_t time)
{
	uint64_t sec = time / NSEC_PER_SEC;
	size_t date = s->form == STAMP_DATE ? 0 : strlen("2000-01-01 ");

	if (!s->text[0] || s->minute != sec / 60) {
		time_t t = (time_t)(sec / 60 * 60);
		struct tm tm;

		s->minute = sec / 60;
		if (!localtime_r(&t, &tm) ||
		    !strftime(s->text, sizeof(s->text), "%Y-%m-%d %H:%M:", &tm))
			strcpy(s->text, "---------- --:--:");
	}
	out_str(o, s->text + date);
	out_padded(o, sec % 60, 2);
	put_fraction(o, s, time % NSEC_PER_SEC);
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
	put_fraction(o, s, d % NSEC_PER_SEC);
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
		put_fraction(o, s, time % NSEC_PER_SEC);
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
static void put_three(struct out *o, uint64_t v, uint64_t unit,
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
