/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --latency: how long calls took, for each interface and member. */
#ifndef DBUSDUMP_LATENCY_H
#define DBUSDUMP_LATENCY_H

#include "bus.h"
#include "out.h"
#include "sight.h"

struct latency;

/* Ends the program without memory, as do all of these. */
struct latency *latency_create(void);
void latency_add(struct latency *l, const struct sight *s);
/* A call that nobody answered. */
void latency_add_waiting(struct latency *l, const struct call *call);
void latency_print(struct latency *l, struct out *o);
void latency_free(struct latency *l);

#endif /* DBUSDUMP_LATENCY_H */
