// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/filter.h"

static bool bus_matches(const struct wire_filter *f,
			const struct wire_known *known)
{
	return f->bus.s ? wire_str_eq(f->bus, known->bus) :
			  f->bus_number == known->bus_number;
}

/* A process id of 0 says that the process is not known, nor its user then */
static bool record_matches(const struct wire_filter *f,
			   const struct wire_known *known)
{
	const uint32_t keys = f->keys & WIRE_FILTER_RECORD;

	if (!keys)
		return true;
	if (!known || keys & ~known->keys)
		return false;
	if (keys & (WIRE_FILTER_PID | WIRE_FILTER_UID) && !known->pid)
		return false;
	if (keys & WIRE_FILTER_PID && f->pid != known->pid)
		return false;
	if (keys & WIRE_FILTER_UID && f->uid != known->uid)
		return false;
	if (keys & WIRE_FILTER_COMM && !wire_str_eq(f->comm, known->comm))
		return false;
	if (keys & WIRE_FILTER_VERDICT && f->verdict != known->verdict)
		return false;
	return !(keys & WIRE_FILTER_BUS) || bus_matches(f, known);
}

bool wire_filter_eval(const struct wire_filter *f, const struct wire_msg *m,
		      const struct wire_args *a, const struct wire_known *known,
		      wire_owns_fn *owns, void *ctx)
{
	if (!record_matches(f, known))
		return false;
	if (f->keys & WIRE_FILTER_ERROR && (m->type != WIRE_ERROR ||
					    !wire_str_eq(f->error, m->error_name)))
		return false;
	return wire_match_eval(&f->match, m, a, owns, ctx);
}
