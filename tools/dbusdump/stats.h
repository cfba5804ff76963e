/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --stats: who sends how much, and what. */
#ifndef DBUSDUMP_STATS_H
#define DBUSDUMP_STATS_H

#include "out.h"
#include "sight.h"

struct stats;

struct stats *stats_create(bool numeric);
void stats_add(struct stats *st, const struct sight *s);
void stats_print(struct stats *st, struct out *o);
void stats_free(struct stats *st);

#endif /* DBUSDUMP_STATS_H */
