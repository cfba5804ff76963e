// SPDX-License-Identifier: GPL-2.0-or-later
#include "latency.h"

#include <stdio.h>
#include <stdlib.h>

#include "stamp.h"
#include "tally.h"

/*
 * Times are counted in classes that grow with them: each doubling is cut into
 * STEPS. So a percentile is right to 1 in 2 * STEPS, and memory is constant.
 */
#define STEPS		16u
#define STEP_BITS	4u
#define FIRST_BIT	10u	/* all below 1024 ns is one class */
#define CLASSES		((42 - FIRST_BIT) * STEPS)	/* up to 73 minutes */

#define BAR_WIDTH	50

struct member {
	uint64_t answered;
	uint64_t errors;
	uint64_t waiting;
	uint64_t min;
	uint64_t max;
	uint32_t class[CLASSES];
};

struct latency {
	struct tally members;
	struct member all;
};

struct latency *latency_create(void)
{
	struct latency *l = calloc(1, sizeof(*l));

	if (!l) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	return l;
}

static unsigned int class_of(uint64_t ns)
{
	unsigned int top, class;

	if (ns < 1ull << FIRST_BIT)
		return 0;
	top = 63 - (unsigned int)__builtin_clzll(ns);
	class = (top - FIRST_BIT) * STEPS +
		(unsigned int)(ns >> (top - STEP_BITS) & (STEPS - 1));
	return class < CLASSES ? class : CLASSES - 1;
}

/* the middle of a class */
static uint64_t class_middle(unsigned int class)
{
	unsigned int top = class / STEPS + FIRST_BIT;
	uint64_t step = 1ull << (top - STEP_BITS);

	return (1ull << top) + class % STEPS * step + step / 2;
}

static struct member *member_of(struct latency *l, const struct call *call)
{
	struct tally_item *item;
	char name[2 * WIRE_NAME_MAX + 2];
	int n;

	n = snprintf(name, sizeof(name), "%.*s%s%.*s",
		     (int)call->interface.len, call->interface.s ?: "",
		     call->interface.len ? "." : "",
		     (int)call->member.len, call->member.s ?: "");
	item = tally_get(&l->members, name, (size_t)n);
	item->count++;
	if (!item->data) {
		item->data = calloc(1, sizeof(struct member));
		if (!item->data) {
			fputs("dbusdump: out of memory\n", stderr);
			exit(1);
		}
	}
	return item->data;
}

static void count(struct member *m, uint64_t ns, bool error)
{
	if (!m->answered || ns < m->min)
		m->min = ns;
	if (ns > m->max)
		m->max = ns;
	m->answered++;
	m->errors += error;
	m->class[class_of(ns)]++;
}

void latency_add(struct latency *l, const struct sight *s)
{
	bool error = s->rec->m.type == WIRE_ERROR;
	uint64_t ns;

	if (!s->call)
		return;
	/* clocks are set back */
	ns = s->rec->time > s->call->time ? s->rec->time - s->call->time : 0;
	count(member_of(l, s->call), ns, error);
	count(&l->all, ns, error);
}

void latency_add_waiting(struct latency *l, const struct call *call)
{
	member_of(l, call)->waiting++;
	l->all.waiting++;
}

/* the time that @percent of the calls did not exceed */
static uint64_t percentile(const struct member *m, unsigned int percent)
{
	uint64_t want = (m->answered * percent + 99) / 100, sum = 0, ns;
	unsigned int i;

	for (i = 0; i < CLASSES; i++) {
		sum += m->class[i];
		if (sum >= want)
			break;
	}
	if (want >= m->answered || i == CLASSES)
		return m->max;
	ns = class_middle(i);
	return ns < m->min ? m->min : ns > m->max ? m->max : ns;
}

/* a text right-aligned in @width columns; µ takes one, but two octets */
static void put_time(struct out *o, uint64_t ns, size_t width)
{
	struct out text;
	size_t columns, i;

	out_init(&text, -1);
	stamp_elapsed(&text, (int64_t)ns);
	columns = 0;
	for (i = 0; i < text.len; i++)
		columns += (text.buf[i] & 0xc0) != 0x80;
	for (; columns < width; columns++)
		out_char(o, ' ');
	out_mem(o, text.buf, text.len);
	out_free(&text);
}

static void put_member(struct out *o, const char *name, uint32_t len,
		       const struct member *m)
{
	static const unsigned int percents[] = { 50, 95, 99 };
	size_t i;

	out_printf(o, "%8llu %6llu %6llu",
		   (unsigned long long)(m->answered + m->waiting),
		   (unsigned long long)m->errors,
		   (unsigned long long)m->waiting);
	if (m->answered) {
		put_time(o, m->min, 9);
		for (i = 0; i < 3; i++)
			put_time(o, percentile(m, percents[i]), 9);
		put_time(o, m->max, 9);
	} else {
		for (i = 0; i < 5; i++)
			out_printf(o, "%9s", "-");
	}
	out_mem(o, "  ", 2);
	if (m->errors || m->waiting)
		out_paint(o, OUT_RED);
	out_text(o, name, len, ' ', 0);
	out_paint(o, OUT_PLAIN);
	out_char(o, '\n');
}

/* how many calls took how long, a line for each doubling */
static void put_histogram(struct out *o, const struct member *m)
{
	unsigned int first = class_of(m->min) / STEPS;
	unsigned int last = class_of(m->max) / STEPS, i, k;
	uint64_t most = 1, n[CLASSES / STEPS] = { 0 };

	for (i = 0; i < CLASSES; i++) {
		n[i / STEPS] += m->class[i];
		if (n[i / STEPS] > most)
			most = n[i / STEPS];
	}
	out_char(o, '\n');
	for (i = first; i <= last; i++) {
		unsigned int bar = (unsigned int)(n[i] * BAR_WIDTH * 8 / most);

		out_mem(o, "<", 1);
		put_time(o, 2ull << (i + FIRST_BIT), 8);
		out_printf(o, " %8llu ", (unsigned long long)n[i]);
		out_paint(o, OUT_CYAN);
		if (n[i] && !bar)
			bar = 1;
		for (k = bar / 8; k; k--)
			out_str(o, "█");
		if (bar % 8)	/* U+2588 is 8/8 wide, U+258F 1/8 */
			out_printf(o, "\xe2\x96%c", 0x90 - (int)(bar % 8));
		out_paint(o, OUT_PLAIN);
		out_char(o, '\n');
	}
}

void latency_print(struct latency *l, struct out *o)
{
	struct tally_item **list;
	size_t n, i;

	list = tally_sorted(&l->members, &n);
	out_paint(o, OUT_BOLD);
	out_str(o, "   CALLS ERRORS SILENT      MIN   MEDIAN      P95      P99"
		   "      MAX  MEMBER");
	out_paint(o, OUT_PLAIN);
	out_char(o, '\n');
	for (i = 0; i < n; i++)
		put_member(o, list[i]->name, list[i]->len, list[i]->data);
	if (n > 1)
		put_member(o, "total", 5, &l->all);
	if (l->all.answered)
		put_histogram(o, &l->all);
	free(list);
}

void latency_free(struct latency *l)
{
	if (!l)
		return;
	tally_free(&l->members);
	free(l);
}
