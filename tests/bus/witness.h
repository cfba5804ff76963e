/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two clients that talk to each other, whatever happens beside them. */
#ifndef WITNESS_H
#define WITNESS_H

#include "tests/bus/busraw.h"

/**
 * struct witness - the two
 * @a: calls
 * @b: answers
 */
struct witness {
	struct conn *a;
	struct conn *b;
};

void witness_start(struct witness *w);
/* they talk, and nothing else has come to them */
void witness_check(struct witness *w, const char *why);
/* they talk; what others have sent to them is dropped */
void witness_check_among(struct witness *w, const char *why);
/* nothing else has come to them, and they leave */
void witness_end(struct witness *w);

#endif /* WITNESS_H */
