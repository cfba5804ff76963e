/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --top: what loads the buses, on the whole terminal. */
#ifndef DBUSDUMP_TOP_H
#define DBUSDUMP_TOP_H

#include <signal.h>

#include "sight.h"

struct top;

/* Take the terminal; NULL after a message to the standard error. @title: what is
 * watched. @live: it is a tap here, so the kernel's tables are those of its buses */
struct top *top_open(const char *title, bool numeric, bool live);
/* Give it back. */
void top_close(struct top *t);
void top_add(struct top *t, const struct sight *s);

/**
 * top_turn() - show what is new, and do what keys ask for
 * @t: the view
 * @buses: what was learnt
 * @now: ns since the epoch, by the capture's clock
 * Return: false: the user has seen enough
 *
 * To be called often; most calls do nothing.
 */
bool top_turn(struct top *t, struct buses *buses, uint64_t now);

/* There is no more: show the whole until the user has seen enough, or @stop. */
void top_linger(struct top *t, struct buses *buses, uint64_t now,
		const volatile sig_atomic_t *stop);

#endif /* DBUSDUMP_TOP_H */
