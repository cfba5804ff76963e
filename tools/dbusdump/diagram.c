// SPDX-License-Identifier: GPL-2.0-or-later
/* Collecting what a diagram is to show. */
#include "diagram.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "diagram_model.h"
#include "line.h"

#define ARGS_WIDTH	44	/* characters of arguments in a label */
#define TIP_WIDTH	400

/* With so many lifelines or less each has a column of its own. */
#define OWN_LANES	9

/* With more messages, a reply that comes at once shares its call's row. */
#define UNFOLDED	100

static void *must(void *p)
{
	if (!p) {
		fputs("dbusdump: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/* the text made so far, as a string; @o is empty again */
static char *taken(struct out *o)
{
	char *s = must(strndup(o->buf ? o->buf : "", o->len));

	o->len = 0;
	return s;
}

struct diagram *diagram_create(const char *file, const char *source,
			       unsigned int limit, bool numeric)
{
	struct diagram *d;
	int fd = strcmp(file, "-") ? open(file, O_WRONLY | O_CREAT | O_TRUNC |
					  O_CLOEXEC, 0666) : STDOUT_FILENO;

	if (fd < 0)
		return NULL;
	d = must(calloc(1, sizeof(*d)));
	d->fd = fd;
	d->source = must(strdup(source));
	d->limit = limit;
	d->numeric = numeric;
	return d;
}

/* --- lifelines ------------------------------------------------------------ */

static int actor_get(struct diagram *d, const struct bus *bus,
		     struct wire_str id)
{
	uint32_t hash = table_hash(id.s, id.len,
				   bus->number * 2 + bus->has_number);
	struct table_entry *e;
	struct actor *a;
	int i;

	for (e = table_first(&d->index, hash); e; e = e->next) {
		a = table_of(e, struct actor, entry);
		if (a->bus != bus || strlen(a->id) != id.len ||
		    memcmp(a->id, id.s, id.len) != 0)
			continue;
		for (i = a->last; d->actor[i] != a; i++)
			;
		return i;
	}
	a = must(calloc(1, sizeof(*a)));
	a->bus = bus;
	a->id = must(strndup(id.s, id.len));
	a->is = NOBODY;
	a->last = d->n_actors;	/* until the lay-out: its own number */
	if (!(d->n_actors & (d->n_actors - 1)))
		d->actor = must(realloc(d->actor, sizeof(struct actor *) *
					(d->n_actors ? 2u * (unsigned int)
					 d->n_actors : 1u)));
	d->actor[d->n_actors++] = a;
	if (!table_add(&d->index, &a->entry, hash))
		must(NULL);
	return d->n_actors - 1;
}

/* who it is may become known only later, or be forgotten when it is gone */
static void actor_learn(struct diagram *d, int number)
{
	struct actor *a = d->actor[number];
	struct wire_str id = { a->id, (uint32_t)strlen(a->id) };
	const struct peer *p;
	struct out o;

	if (!is_unique(id) || (a->title && a->process))
		return;
	p = names_peer(&a->bus->names, id);
	if (!p)
		return;
	out_init(&o, -1);
	if (!a->title && p->names && !d->numeric) {
		out_word(&o, p->names->text, p->names->len);
		a->title = taken(&o);
	}
	if (!a->process && p->pid) {
		out_text(&o, p->comm, strlen(p->comm), 0, 0);
		out_printf(&o, " %u", p->pid);
		a->process = taken(&o);
	}
	out_free(&o);
}

static int actor_of(struct diagram *d, const struct bus *bus,
		    struct wire_str who)
{
	const struct peer *owner = NULL;
	int number;

	if (!who.s)
		return NOBODY;
	if (!is_unique(who))
		owner = names_owner(&bus->names, who);
	if (owner) {
		who.s = owner->id;
		who.len = owner->len;
	}
	number = actor_get(d, bus, who);
	actor_learn(d, number);
	return number;
}

/* --- rows ----------------------------------------------------------------- */

static void put_quietly(struct out *o, struct wire_str s)
{
	out_text(o, s.s, s.len, 0, 0);
}

static void label_call(struct event *e, struct out *o, const struct sight *s)
{
	const struct wire_msg *m = &s->rec->m;

	put_quietly(o, m->member);
	e->main = taken(o);
	out_char(o, '(');
	line_args(o, s->rec, ARGS_WIDTH);
	out_char(o, ')');
	e->args = taken(o);
	put_quietly(o, m->interface);
	if (m->path.s && m->interface.s)
		out_char(o, ' ');
	put_quietly(o, m->path);
	e->rest = taken(o);
}

static void label_reply(struct event *e, struct out *o, const struct sight *s)
{
	const struct wire_msg *m = &s->rec->m;

	if (m->type == WIRE_ERROR) {
		put_quietly(o, m->error_name);
		e->main = taken(o);
		out_char(o, ' ');
	} else if (s->call) {
		put_quietly(o, s->call->member);
		e->main = taken(o);
		if (m->signature.len)
			out_str(o, " = ");
	} else {
		out_printf(o, "reply to #%u ", m->reply_serial);
		e->main = taken(o);
	}
	line_args(o, s->rec, ARGS_WIDTH);
	e->args = taken(o);
	if (s->call) {
		e->elapsed = (int64_t)(s->rec->time - s->call->time);
		stamp_elapsed(o, e->elapsed);
	}
	e->rest = taken(o);
}

static void label_broken(struct event *e, struct out *o, const struct sight *s)
{
	const struct record *rec = s->rec;

	out_str(o, record_is_cut(rec) ? "cut message" : "invalid message");
	e->main = taken(o);
	out_char(o, ' ');
	out_str(o, wire_strerror(rec->status));
	e->args = taken(o);
	e->rest = taken(o);
}

static void put_mark(struct event *e, struct out *o, const struct record *rec)
{
	const char *verdict = record_verdict_name(rec->tap.verdict);
	const char *reason = record_reason_text(rec->tap.reason);

	out_str(o, verdict ? verdict : "not delivered");
	if (rec->tap.reason && reason) {
		out_str(o, ": ");
		out_str(o, reason);
	}
	e->mark = taken(o);
}

static void put_tip(struct event *e, struct out *o, const struct sight *s)
{
	struct line_style style = { .stamp = { .form = STAMP_CLOCK },
				    .verbose = false };

	o->fd = -1;
	line_print(o, &style, s);
	if (o->len > TIP_WIDTH * 2)
		o->len = TIP_WIDTH * 2;
	while (o->len && (o->buf[o->len - 1] & 0xc0) == 0x80)
		o->len--;	/* not in the middle of a character */
	if (o->len && (o->buf[o->len - 1] & 0x80 || o->buf[o->len - 1] == '\n'))
		o->len--;
	e->tip = taken(o);
}

static struct event *event_new(struct diagram *d)
{
	int n = d->n_events;

	if (!(n & (n - 1)))
		d->event = must(realloc(d->event, sizeof(*d->event) *
					(n ? 2u * (unsigned int)n : 1u)));
	memset(&d->event[n], 0, sizeof(*d->event));
	d->event[n].answers = NOBODY;
	d->event[n].answered_by = NOBODY;
	d->n_events++;
	return &d->event[n];
}

/* A reply tells who is behind the name that the call was for. */
static void tie_reply(struct diagram *d, struct event *e, const struct sight *s)
{
	struct event *call;
	int row = (int)s->call->mark - 1;

	if (row < 0)
		return;
	call = &d->event[row];
	e->answers = row;
	call->answered_by = d->n_events - 1;
	if (call->to >= 0 && e->from >= 0 && call->to != e->from &&
	    d->actor[call->to]->id[0] != ':' && is_unique(s->rec->m.sender))
		d->actor[call->to]->is = e->from;
}

struct audience {
	struct diagram *d;
	const struct bus *bus;
	int row;
};

static void add_listener(void *ctx, struct wire_str who)
{
	const struct audience *to = ctx;
	int number = actor_of(to->d, to->bus, who);
	struct event *e = &to->d->event[to->row];

	e->got = must(realloc(e->got, ((size_t)e->n_got + 1) * sizeof(int)));
	e->got[e->n_got++] = number;
}

/* Put it in front of what is written in grey. */
static void note(struct event *e, const char *text)
{
	char *rest;

	if (asprintf(&rest, "%s  %s", text, e->rest) < 0)
		must(NULL);
	free(e->rest);
	e->rest = rest;
}

/* A signal that nobody asked for: that is no failure. */
static bool is_unheard(const struct record *rec)
{
	return record_is_marked(rec) && rec->m.type == WIRE_SIGNAL &&
	       !rec->m.destination.s &&
	       rec->tap.reason == DBUSMON_REASON_NO_TAKER;
}

/* A signal for everybody who asked for it */
static void find_audience(struct diagram *d, struct event *e,
			  const struct sight *s)
{
	uint32_t n, recipients = s->rec->has_tap ? s->rec->tap.n_recipients : 0;
	struct audience to = { d, s->bus, d->n_events - 1 };
	char text[32];

	if (e->type != WIRE_SIGNAL || s->rec->m.destination.s || e->mark ||
	    is_unheard(s->rec))
		return;
	listeners_of(&d->listeners, s, add_listener, &to);
	n = recipients ? recipients : (uint32_t)e->n_got;
	if (n > 1) {
		snprintf(text, sizeof(text), "to %u", n);
		note(e, text);
	}
}

void diagram_add(struct diagram *d, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct wire_msg *m = &rec->m;
	struct event *e;
	struct out o;

	if (rec->what != RECORD_MESSAGE)
		return;
	if (d->n_events >= (int)d->limit) {
		d->left_out++;
		return;
	}
	e = event_new(d);
	out_init(&o, -1);
	e->time = rec->time;
	e->type = record_has_header(rec) ? m->type : 0;
	e->from = actor_of(d, s->bus, m->sender);
	e->to = actor_of(d, s->bus, m->destination);
	e->waits = s->made != NULL;
	if (!record_has_header(rec))
		label_broken(e, &o, s);
	else if (m->type == WIRE_METHOD_RETURN || m->type == WIRE_ERROR)
		label_reply(e, &o, s);
	else
		label_call(e, &o, s);
	if (is_unheard(rec))
		note(e, "nobody listens");
	else if (record_is_marked(rec))
		put_mark(e, &o, rec);
	put_tip(e, &o, s);
	out_free(&o);
	if (e->type)
		listeners_learn(&d->listeners, s);
	find_audience(d, e, s);
	if (s->made)
		s->made->mark = (uint64_t)d->n_events;
	if (s->call)
		tie_reply(d, e, s);
}

/* --- the lay-out ---------------------------------------------------------- */

static int actual(const struct diagram *d, int number)
{
	int steps = d->n_actors;

	while (number >= 0 && d->actor[number]->is >= 0 && steps--)
		number = d->actor[number]->is;
	return number;
}

static void see(struct diagram *d, int number, int row)
{
	struct actor *a;

	if (number < 0)
		return;
	a = d->actor[number];
	if (a->first < 0)
		a->first = row;
	a->last = row;
}

static void find_rows(struct diagram *d)
{
	int i, k;

	for (i = 0; i < d->n_actors; i++) {
		struct actor *a = d->actor[i];
		struct wire_str id = { a->id, (uint32_t)strlen(a->id) };
		const struct peer *owner = NULL;

		actor_learn(d, i);
		if (a->is < 0 && !is_unique(id))
			owner = names_owner(&a->bus->names, id);
		if (owner) {
			struct wire_str who = { owner->id, owner->len };

			a->is = actor_get(d, a->bus, who);
			actor_learn(d, a->is);
		}
	}
	for (i = 0; i < d->n_actors; i++) {
		d->actor[i]->first = -1;
		d->actor[i]->last = -1;
		d->actor[i]->lane = -1;
	}
	for (i = 0; i < d->n_events; i++) {
		struct event *e = &d->event[i];

		e->from = actual(d, e->from);
		e->to = actual(d, e->to);
		see(d, e->from, i);
		see(d, e->to, i);
		for (k = 0; k < e->n_got; k++)
			see(d, e->got[k], i);
	}
}

/* Of many messages, a call and the reply that follows at once are one row. */
static void fold_replies(struct diagram *d)
{
	int i;

	if (d->n_events <= UNFOLDED)
		return;
	for (i = 1; i < d->n_events; i++) {
		const struct event *call = &d->event[i - 1];
		struct event *e = &d->event[i];

		e->folded = e->answers == i - 1 && !call->mark && !e->mark &&
			    call->from >= 0 && call->to >= 0 &&
			    call->from != call->to && e->from == call->to &&
			    e->to == call->from;
	}
}

/* the one that appears next and has no lane yet; the bus itself comes first */
static struct actor *next_actor(const struct diagram *d)
{
	struct actor *best = NULL;
	int i;

	for (i = 0; i < d->n_actors; i++) {
		struct actor *a = d->actor[i];

		if (a->first < 0 || a->lane >= 0)
			continue;
		if (!strcmp(a->id, DRIVER_NAME))
			return a;
		if (!best || a->first < best->first)
			best = a;
	}
	return best;
}

static int count_shown(const struct diagram *d)
{
	int i, n = 0;

	for (i = 0; i < d->n_actors; i++)
		n += d->actor[i]->first >= 0;
	return n;
}

/*
 * Few lifelines have a column each. Of many, most are short-lived: a column is
 * used again when its lifeline has ended, the new head standing in the middle.
 */
static void give_lanes(struct diagram *d)
{
	int *ends = must(calloc((size_t)d->n_actors + 1, sizeof(*ends)));
	struct actor *a;
	int lane;

	d->shares_lanes = count_shown(d) > OWN_LANES;
	while ((a = next_actor(d))) {
		lane = d->n_lanes;
		if (d->shares_lanes && strcmp(a->id, DRIVER_NAME) != 0)
			for (lane = 0; lane < d->n_lanes; lane++)
				if (ends[lane] < a->first)
					break;
		a->lane = lane;
		a->inline_head = lane < d->n_lanes;
		if (lane == d->n_lanes)
			d->n_lanes++;
		/* the bus keeps its place to the end */
		ends[lane] = strcmp(a->id, DRIVER_NAME) ? a->last : d->n_events;
	}
	free(ends);
}

/* how many calls each callee was working on when another came */
static void find_depths(struct diagram *d)
{
	int i, k;

	for (i = 0; i < d->n_events; i++) {
		struct event *e = &d->event[i];

		if (e->answered_by < 0)
			continue;
		for (k = i + 1; k < e->answered_by; k++)
			if (d->event[k].answered_by >= 0 &&
			    d->event[k].to == e->to)
				d->event[k].depth++;
	}
}

static void count_buses(struct diagram *d)
{
	int i;

	for (i = 0; i < d->n_actors; i++)
		if (!i || d->actor[i]->bus != d->actor[0]->bus)
			d->n_buses++;
}

void diagram_lay_out(struct diagram *d)
{
	find_rows(d);
	fold_replies(d);
	give_lanes(d);
	find_depths(d);
	count_buses(d);
}

static void diagram_free(struct diagram *d)
{
	int i;

	for (i = 0; i < d->n_actors; i++) {
		free(d->actor[i]->id);
		free(d->actor[i]->title);
		free(d->actor[i]->process);
		free(d->actor[i]);
	}
	for (i = 0; i < d->n_events; i++) {
		free(d->event[i].main);
		free(d->event[i].args);
		free(d->event[i].rest);
		free(d->event[i].mark);
		free(d->event[i].tip);
		free(d->event[i].got);
	}
	listeners_free(&d->listeners);
	table_free(&d->index);
	free(d->actor);
	free(d->event);
	free(d->source);
	free(d);
}

bool diagram_finish(struct diagram *d)
{
	int error;
	bool ok;

	diagram_lay_out(d);
	ok = diagram_draw(d);
	if (ok && d->fd != STDOUT_FILENO)
		ok = !close(d->fd);
	error = errno;
	diagram_free(d);
	errno = error;
	return ok;
}
