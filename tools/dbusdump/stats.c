// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "line.h"
#include "tally.h"

#define LINES	12	/* of each kind */

enum by {
	BY_SENDER,
	BY_RECEIVER,
	BY_INTERFACE,
	BY_MEMBER,
	BY_PATH,
	BY_TYPE,
	BY_VERDICT,
	BY_SIZE,
	BY_COUNT,
};

static const char *const titles[] = {
	[BY_SENDER] = "SENDER",	      [BY_RECEIVER] = "RECEIVER",
	[BY_INTERFACE] = "INTERFACE", [BY_MEMBER] = "MEMBER",
	[BY_PATH] = "PATH",	      [BY_TYPE] = "TYPE",
	[BY_VERDICT] = "VERDICT",     [BY_SIZE] = "SIZE",
};

struct stats {
	bool numeric;
	uint64_t count;
	uint64_t octets;
	uint64_t first;
	uint64_t last;
	uint64_t lost;
	struct tally by[BY_COUNT];
	struct out name;	/* that is being put together */
};

struct stats *stats_create(bool numeric)
{
	struct stats *st = calloc(1, sizeof(*st));

	if (!st) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	st->numeric = numeric;
	out_init(&st->name, -1);
	st->name.hold = true;
	return st;
}

static void count(struct stats *st, enum by by, const char *name, size_t len,
		  uint32_t octets)
{
	struct tally_item *i = tally_get(&st->by[by], name, len);

	i->count++;
	i->octets += octets;
}

static void count_str(struct stats *st, enum by by, struct wire_str s,
		      uint32_t octets)
{
	if (s.s)
		count(st, by, s.s, s.len, octets);
}

/* What else is known of a peer than its unique name is said in the end. */
static void count_peer(struct stats *st, enum by by, const struct bus *bus,
		       struct wire_str who, uint32_t octets)
{
	struct out *o = &st->name;
	struct tally_item *i;

	if (!who.s)
		return;
	o->len = 0;
	line_peer_key(o, bus, &who);
	i = tally_get(&st->by[by], o->buf, o->len);
	i->count++;
	i->octets += octets;
	/* now, while it is known: it may be gone in the end */
	if (is_unique(who) && !st->numeric &&
	    (i->count & (i->count - 1)) == 0) {
		size_t mark;

		out_char(o, ' ');
		mark = o->len;
		line_who(o, bus, who);
		if (o->len > mark) {
			out_char(o, '\0');
			free(i->data);
			i->data = strdup(o->buf + mark);
		}
	}
}

static void count_size(struct stats *st, uint32_t octets)
{
	unsigned int bits = octets < 64 ? 6 :
			    32 - (unsigned int)__builtin_clz(octets);
	char text[16];
	int n;

	if (bits > 20)
		n = snprintf(text, sizeof(text), "< %4u MiB", 1u << (bits - 20));
	else if (bits > 10)
		n = snprintf(text, sizeof(text), "< %4u KiB", 1u << (bits - 10));
	else
		n = snprintf(text, sizeof(text), "< %4u", 1u << bits);
	count(st, BY_SIZE, text, (size_t)n, octets);
}

void stats_add(struct stats *st, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct wire_msg *m = &rec->m;
	const char *type, *verdict;

	st->lost += s->missing;
	if (rec->what != RECORD_MESSAGE || !record_has_header(rec))
		return;
	if (!st->count++)
		st->first = rec->time;
	st->last = rec->time;
	st->octets += rec->length;
	count_peer(st, BY_SENDER, s->bus, m->sender, rec->length);
	count_peer(st, BY_RECEIVER, s->bus, m->destination, rec->length);
	count_str(st, BY_INTERFACE, s->call ? s->call->interface : m->interface,
		  rec->length);
	count_str(st, BY_MEMBER, s->call ? s->call->member : m->member,
		  rec->length);
	count_str(st, BY_PATH, s->call ? s->call->path : m->path, rec->length);
	type = record_type_name(m->type) ?: "other";
	count(st, BY_TYPE, type, strlen(type), rec->length);
	verdict = rec->has_tap ? record_verdict_name(rec->tap.verdict) : NULL;
	if (verdict)
		count(st, BY_VERDICT, verdict, strlen(verdict), rec->length);
	count_size(st, rec->length);
}

static void put_octets(struct out *o, uint64_t n)
{
	if (n < 10000)
		out_printf(o, "%8llu B  ", (unsigned long long)n);
	else if (n < 10000ull << 10)
		out_printf(o, "%8.1f KiB", (double)n / 1024);
	else
		out_printf(o, "%8.1f MiB", (double)n / (1 << 20));
}

static void put_kind(struct stats *st, struct out *o, enum by by)
{
	struct tally_item **list;
	uint64_t rest = 0;
	size_t n, i;

	if (!st->by[by].table.count)
		return;
	list = tally_sorted(&st->by[by], &n);
	out_char(o, '\n');
	out_paint(o, OUT_BOLD);
	out_printf(o, "MESSAGES      %%       OCTETS  %s", titles[by]);
	out_paint(o, OUT_PLAIN);
	out_char(o, '\n');
	for (i = 0; i < n && i < LINES; i++) {
		out_printf(o, "%8llu %5.1f%% ",
			   (unsigned long long)list[i]->count,
			   100.0 * (double)list[i]->count / (double)st->count);
		put_octets(o, list[i]->octets);
		out_mem(o, "  ", 2);
		out_text(o, list[i]->name, list[i]->len, 0, 0);
		if (list[i]->data) {
			out_char(o, ' ');
			out_str(o, list[i]->data);
		}
		out_char(o, '\n');
	}
	for (; i < n; i++)
		rest += list[i]->count;
	if (rest)
		out_printf(o, "%8llu %5.1f%%               (%zu more)\n",
			   (unsigned long long)rest,
			   100.0 * (double)rest / (double)st->count,
			   n - LINES);
	free(list);
}

void stats_print(struct stats *st, struct out *o)
{
	double s = (double)(st->last - st->first) / 1e9;
	int by;

	out_printf(o, "%llu message%s, %llu octets in %.3f s",
		   (unsigned long long)st->count, st->count == 1 ? "" : "s",
		   (unsigned long long)st->octets, s);
	if (st->count && s > 0)
		out_printf(o, ": %.1f messages/s, %.1f KiB/s",
			   (double)st->count / s,
			   (double)st->octets / s / 1024);
	if (st->lost)
		out_printf(o, "; %llu lost", (unsigned long long)st->lost);
	out_char(o, '\n');
	for (by = 0; by < BY_COUNT; by++)
		put_kind(st, o, (enum by)by);
}

void stats_free(struct stats *st)
{
	int by;

	if (!st)
		return;
	for (by = 0; by < BY_COUNT; by++)
		tally_free(&st->by[by]);
	out_free(&st->name);
	free(st);
}
