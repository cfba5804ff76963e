/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time at the beginning of a line, in the forms that -t chooses. */
#ifndef DBUSDUMP_STAMP_H
#define DBUSDUMP_STAMP_H

#include "out.h"

enum stamp_form {
	STAMP_CLOCK,		/* hours, minutes, seconds */
	STAMP_NONE,		/* -t */
	STAMP_EPOCH,		/* -tt: seconds since 1970 */
	STAMP_DELTA,		/* -ttt: since the line before */
	STAMP_DATE,		/* -tttt: date and clock */
	STAMP_SINCE_FIRST,	/* -ttttt */
	STAMP_FORMS,
};

/**
 * struct stamp - how to write times, and what that needs to be remembered
 * @form: enum stamp_form
 * @nano: nine digits behind the point, not six
 * @before: time of the line before
 * @first: of the first line
 * @any: there was a line before
 * @second: the second that @text is of
 * @text: date and clock
 * @text_len: octets of it
 */
struct stamp {
	enum stamp_form form;
	bool nano;
	uint64_t before;
	uint64_t first;
	bool any;
	uint64_t second;
	char text[32];
	unsigned int text_len;
};

/* Write a time and a blank; nothing for STAMP_NONE. @time: ns */
void stamp_put(struct out *o, struct stamp *s, uint64_t time);
/* Write how long something took: "85 µs", "1.25 ms", "12.3 s". @ns may be
 * negative: clocks are set. */
void stamp_elapsed(struct out *o, int64_t ns);

#endif /* DBUSDUMP_STAMP_H */
