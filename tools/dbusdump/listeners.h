/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asked for which signals, as far as a capture tells: their match rules. */
#ifndef DBUSDUMP_LISTENERS_H
#define DBUSDUMP_LISTENERS_H

#include "sight.h"

/* One rule of one connection */
struct listener {
	struct listener *next;
	const struct bus *bus;
	char *rule;
	size_t len;
	char who[];		/* unique name */
};

struct listeners {
	struct listener *first;
};

/* Take notice of AddMatch and RemoveMatch, and of who leaves the bus. */
void listeners_learn(struct listeners *l, const struct sight *s);

/* Call @found once for each connection whose rules let a signal through. */
void listeners_of(const struct listeners *l, const struct sight *s,
		  void (*found)(void *ctx, struct wire_str who), void *ctx);
void listeners_free(struct listeners *l);

#endif /* DBUSDUMP_LISTENERS_H */
