// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/iter.h"
#include "wire/match.h"

void wire_args_get(struct wire_args *a, const struct wire_msg *m)
{
	struct wire_iter it;
	struct wire_value v;
	enum wire_event e;

	a->n = 0;
	wire_iter_init(&it, m);
	while (a->n < WIRE_MATCH_ARGS) {
		e = wire_next(&it, &v);
		if (e != WIRE_VALUE && e != WIRE_OPEN)
			return;
		a->arg[a->n].type = v.type;
		a->arg[a->n].str = (struct wire_str){ NULL, 0 };
		if (v.type == 's' || v.type == 'o')
			a->arg[a->n].str = v.str;
		a->n++;
		if (e == WIRE_VALUE)
			continue;
		e = v.type == 'a' ? wire_leave_array(&it, &v) :
				    wire_skip(&it, &v);
		if (e != WIRE_CLOSE)
			return;
	}
}
