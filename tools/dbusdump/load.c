// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"
#include "line.h"
#include "tally.h"

#define NSEC_PER_SEC	1000000000ull
#define FLOOD_RATE	100.0	/* messages a second that nobody minds */
#define FLOOD_SHARE	0.5	/* of all messages */
#define ANSWER_NS	(5 * NSEC_PER_SEC)
#define KEPT		(TALLY_MAX / 2)	/* beyond, who is quiet is forgotten */

/**
 * struct load_item - what is counted of one peer, member or interface
 * @row: as taken down last
 * @sent: messages; octets in tally_item
 * @sent_before: when taken down last; and so on
 * @received: messages
 * @errors: error replies, and messages refused
 * @over_quota: messages refused for the quota of whom they were for
 * @replies: with their call
 * @time: ns that these took in all
 * @waiting: calls without reply now
 * @oldest: when the first of them was made
 * @queued: octets that wait for it
 * @queued_before: when taken down last
 * @who: other names and process; "" if not known
 */
struct load_item {
	struct load_row row;
	uint64_t sent;
	uint64_t sent_before;
	uint64_t octets_before;
	uint64_t received;
	uint64_t received_before;
	uint64_t errors;
	uint64_t over_quota;
	uint64_t over_quota_before;
	uint64_t replies;
	uint64_t time;
	uint64_t waiting;
	uint64_t oldest;
	uint64_t queued;
	uint64_t queued_before;
	char who[128];
};

struct load {
	bool numeric;
	struct tally by[LOAD_VIEWS];
	struct load_row **rows;
	struct out key;		/* that is being put together */
	struct load_sum sum;
	struct load_sum shown;	/* as it was when taken down */
	uint64_t octets;
	uint64_t first;		/* ns */
	uint64_t taken;		/* down last; ns; 0: not yet */
	uint64_t total_before;
	uint64_t octets_before;
};

static void *have(void *p)
{
	if (p)
		return p;
	fputs("dbusdump: out of memory\n", stderr);
	exit(1);
}

struct load *load_create(bool numeric)
{
	struct load *l = have(calloc(1, sizeof(*l)));

	l->numeric = numeric;
	out_init(&l->key, -1);
	l->key.hold = true;
	return l;
}

void load_free(struct load *l)
{
	int by;

	if (!l)
		return;
	for (by = 0; by < LOAD_VIEWS; by++)
		tally_free(&l->by[by]);
	out_free(&l->key);
	free(l->rows);
	free(l);
}

/* --- counting ------------------------------------------------------------- */

static struct load_item *item(struct tally_item *i)
{
	if (!i->data)
		i->data = have(calloc(1, sizeof(struct load_item)));
	return i->data;
}

/* What else is known of a peer: asked again now and then, as it changes. */
static void set_who(struct load *l, struct load_item *p, const struct bus *bus,
		    struct wire_str who)
{
	size_t n;

	if (l->numeric || !is_unique(who))
		return;
	l->key.len = 0;
	line_who(&l->key, bus, who);
	n = l->key.len < sizeof(p->who) - 1 ? l->key.len : sizeof(p->who) - 1;
	if (!n)		/* gone: what it was is still worth knowing */
		return;
	memcpy(p->who, l->key.buf, n);
	p->who[n] = '\0';
}

static struct tally_item *peer(struct load *l, const struct bus *bus,
			       struct wire_str who)
{
	struct tally_item *i;
	struct load_item *p;

	if (!who.len)
		return NULL;
	l->key.len = 0;
	line_peer_key(&l->key, bus, &who);
	i = tally_get(&l->by[LOAD_PEERS], l->key.buf, l->key.len);
	p = item(i);
	if (((p->sent + p->received) & 63) < 2)
		set_who(l, p, bus, who);
	return i;
}

static struct tally_item *member(struct load *l, struct wire_str interface,
				 struct wire_str name)
{
	struct out *o = &l->key;

	if (!name.s)
		return NULL;
	o->len = 0;
	out_mem(o, interface.s ? interface.s : "-",
		interface.s ? interface.len : 1);
	out_char(o, '.');
	out_mem(o, name.s, name.len);
	return tally_get(&l->by[LOAD_MEMBERS], o->buf, o->len);
}

static struct tally_item *interface(struct load *l, struct wire_str name)
{
	return name.s ? tally_get(&l->by[LOAD_INTERFACES], name.s, name.len) :
			NULL;
}

static bool is_refused(const struct record *rec)
{
	return rec->has_tap && rec->tap.verdict > DBUSMON_QUEUED &&
	       rec->tap.reason != DBUSMON_REASON_NO_TAKER;
}

/* as the one who sent the message, or as what the message is about */
static void count_sent(struct tally_item *i, const struct sight *s, bool about)
{
	const struct record *rec = s->rec;
	bool error = rec->m.type == WIRE_ERROR;
	struct load_item *p;

	if (!i)
		return;
	p = item(i);
	p->sent++;
	i->octets += rec->length;
	if (error || is_refused(rec))
		p->errors++;
	if (about && s->call)
		p->received++;
	if (s->call && rec->time >= s->call->time) {
		p->replies++;
		p->time += rec->time - s->call->time;
	}
}

void load_add(struct load *l, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct wire_msg *m = &rec->m;
	const struct call *call = s->call;
	struct tally_item *to;

	l->sum.lost += s->missing;
	if (rec->what != RECORD_MESSAGE || !record_has_header(rec))
		return;
	if (!l->sum.total++)
		l->first = rec->time;
	l->octets += rec->length;
	l->sum.errors += m->type == WIRE_ERROR;
	l->sum.refused += is_refused(rec);
	count_sent(peer(l, s->bus, m->sender), s, false);
	to = peer(l, s->bus, m->destination);
	if (to) {
		item(to)->received++;
		if (rec->has_tap && rec->tap.reason == DBUSMON_REASON_QUOTA)
			item(to)->over_quota++;
	}
	count_sent(member(l, call ? call->interface : m->interface,
			  call ? call->member : m->member), s, true);
	count_sent(interface(l, call ? call->interface : m->interface), s, true);
}

/* --- taking down ---------------------------------------------------------- */

/* Call @fn for each item of a view. */
static void for_each(struct load *l, enum load_view view,
		     void (*fn)(struct load *l, struct tally_item *i,
				double seconds), double seconds)
{
	struct table *t = &l->by[view].table;
	struct table_entry *e, *next;
	uint32_t i;

	for (i = 0; t->slot && i <= t->mask; i++) {
		for (e = t->slot[i]; e; e = next) {
			next = e->next;
			fn(l, table_of(e, struct tally_item, entry), seconds);
		}
	}
}

static void begin(struct load *l, struct tally_item *i, double seconds)
{
	struct load_item *p = item(i);

	p->waiting = 0;
	p->oldest = 0;
	p->queued_before = p->queued;
	p->queued = 0;
}

static void count_waiting(struct tally_item *i, const struct call *call)
{
	struct load_item *p;

	if (!i)
		return;
	p = item(i);
	if (!p->waiting++)
		p->oldest = call->time;
}

static void count_calls(struct load *l, const struct buses *buses)
{
	const struct call *call;
	const struct bus *bus;

	l->sum.waiting = 0;
	for (bus = buses->first; bus; bus = bus->next) {
		for (call = bus->calls.oldest; call; call = call->newer) {
			l->sum.waiting++;
			count_waiting(peer(l, bus, call->destination), call);
			count_waiting(member(l, call->interface, call->member),
				      call);
			count_waiting(interface(l, call->interface), call);
		}
	}
}

static void count_queue(void *ctx, const struct bus *bus, struct wire_str who,
			uint64_t octets)
{
	struct load *l = ctx;
	struct tally_item *i = octets ? peer(l, bus, who) : NULL;

	if (i)
		item(i)->queued = octets;
}

static void set_name(struct load *l, const struct tally_item *i,
		     struct load_item *p)
{
	struct out *o = &l->key;
	size_t n;

	o->len = 0;
	out_text(o, i->name, i->len, 0, 0);
	if (p->who[0]) {
		out_char(o, ' ');
		out_str(o, p->who);	/* by line_who(): harmless */
	}
	n = o->len < sizeof(p->row.name) - 1 ? o->len :
					       sizeof(p->row.name) - 1;
	memcpy(p->row.name, o->buf, n);
	p->row.name[n] = '\0';
}

static unsigned int state(const struct load *l, const struct load_item *p)
{
	unsigned int s = 0;

	if (p->row.value[LOAD_RATE] >= FLOOD_RATE &&
	    p->row.value[LOAD_RATE] >= l->sum.rate * FLOOD_SHARE)
		s |= LOAD_FLOODS;
	if ((p->queued_before && p->queued >= p->queued_before) ||
	    p->over_quota > p->over_quota_before)
		s |= LOAD_NO_READER;
	if (p->oldest && l->taken > p->oldest + ANSWER_NS)
		s |= LOAD_NO_ANSWER;
	return s;
}

static void take_down(struct load *l, struct tally_item *i, double seconds)
{
	struct load_item *p = item(i);
	double *v = p->row.value;

	v[LOAD_RATE] = (double)(p->sent - p->sent_before) / seconds;
	v[LOAD_OCTETS] = (double)(i->octets - p->octets_before) / seconds;
	v[LOAD_IN] = (double)(p->received - p->received_before) / seconds;
	v[LOAD_TOTAL] = (double)p->sent;
	v[LOAD_ERRORS] = (double)p->errors;
	v[LOAD_WAITING] = (double)p->waiting;
	v[LOAD_TIME] = p->replies ? (double)p->time / (double)p->replies / 1e6 :
				    0;
	v[LOAD_QUEUED] = (double)p->queued;
	set_name(l, i, p);
	p->row.state = state(l, p);
	p->sent_before = p->sent;
	p->octets_before = i->octets;
	p->received_before = p->received;
	p->over_quota_before = p->over_quota;
}

/* Connections come and go for ever: those that were quiet make room. */
static void forget(struct load *l, struct tally_item *i, double seconds)
{
	const double *v = item(i)->row.value;

	if (!v[LOAD_RATE] && !v[LOAD_IN] && !v[LOAD_WAITING] && !v[LOAD_QUEUED])
		tally_drop(&l->by[LOAD_PEERS], i);
}

static void forget_before(struct load *l, struct tally_item *i, double seconds)
{
	struct load_item *p = item(i);

	p->sent_before = 0;
	p->octets_before = 0;
	p->received_before = 0;
}

void load_take_down(struct load *l, struct buses *buses, uint64_t now,
		    bool whole, bool live)
{
	uint64_t since = whole || !l->taken ? l->first : l->taken;
	double seconds = now > since && since ? (double)(now - since) / 1e9 : 1;
	int v;

	if (l->by[LOAD_PEERS].table.count > KEPT)
		for_each(l, LOAD_PEERS, forget, seconds);
	for (v = 0; v < LOAD_VIEWS; v++) {
		if (whole)
			for_each(l, (enum load_view)v, forget_before, seconds);
		for_each(l, (enum load_view)v, begin, seconds);
	}
	if (whole)
		l->total_before = l->octets_before = 0;
	l->taken = now;
	l->sum.rate = (double)(l->sum.total - l->total_before) / seconds;
	l->sum.octets = (double)(l->octets - l->octets_before) / seconds;
	l->total_before = l->sum.total;
	l->octets_before = l->octets;
	count_calls(l, buses);
	if (live)
		kernel_queues(buses, count_queue, l);
	for (v = 0; v < LOAD_VIEWS; v++)
		for_each(l, (enum load_view)v, take_down, seconds);
	l->shown = l->sum;
}

struct load_row **load_rows(struct load *l, enum load_view view, size_t *n)
{
	struct table *t = &l->by[view].table;
	struct load_row **list;
	struct table_entry *e;
	uint32_t i;

	list = have(realloc(l->rows, (t->count + 1) * sizeof(*list)));
	l->rows = list;
	*n = 0;
	for (i = 0; t->slot && i <= t->mask; i++)
		for (e = t->slot[i]; e; e = e->next) {
			struct load_item *p =
				item(table_of(e, struct tally_item, entry));

			/* come since then: has no row yet */
			if (p->row.name[0])
				list[(*n)++] = &p->row;
		}
	return list;
}

const struct load_sum *load_sum(const struct load *l)
{
	return &l->shown;
}
