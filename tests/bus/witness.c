// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bus/witness.h"

void witness_start(struct witness *w)
{
	w->a = conn_open(0);
	w->b = conn_open(0);
}

void witness_check(struct witness *w, const char *why)
{
	uint32_t serial = conn_call(w->a, w->b->name, "Witness", "s", why);
	struct got *g = want_call(w->b, "Witness");

	conn_return(w->b, g, "");
	conn_ok(w->a, serial);
	got_free(g);
}

void witness_check_among(struct witness *w, const char *why)
{
	uint32_t serial = conn_call(w->a, w->b->name, "Witness", "s", why);
	struct got *g;

	while (g = conn_next(w->b), !got_is_call(g, "Witness"))
		got_free(g);
	conn_return(w->b, g, "");
	got_free(g);
	conn_ok(w->a, serial);
	while (w->a->later)
		got_free(conn_next(w->a));
}

void witness_end(struct witness *w)
{
	conn_quiet(w->a, "a bystander");
	conn_quiet(w->b, "a bystander");
	conn_close(w->a);
	conn_close(w->b);
}
