// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <stdlib.h>

#include "wire/iter.h"
#include "wire/match.h"

/* Of a capture that never ends so much is remembered. */
#define PEERS_MAX 65536u
#define NAMES_MAX 65536u

/* what RequestName and ReleaseName return (D-Bus Specification) */
#define REQUEST_PRIMARY_OWNER	1
#define REQUEST_ALREADY_OWNER	4
#define RELEASE_RELEASED	1

static struct peer *peer_find(const struct names *n, struct wire_str id)
{
	uint32_t hash = table_hash(id.s, id.len, 0);
	struct table_entry *e;

	for (e = table_first(&n->peers, hash); e; e = e->next) {
		struct peer *p = table_of(e, struct peer, entry);

		if (e->hash == hash && p->len == id.len &&
		    !memcmp(p->id, id.s, id.len))
			return p;
	}
	return NULL;
}

static struct name *name_find(const struct names *n, struct wire_str text)
{
	uint32_t hash = table_hash(text.s, text.len, 0);
	struct table_entry *e;

	for (e = table_first(&n->names, hash); e; e = e->next) {
		struct name *name = table_of(e, struct name, entry);

		if (e->hash == hash && name->len == text.len &&
		    !memcmp(name->text, text.s, text.len))
			return name;
	}
	return NULL;
}

static void name_drop(struct names *n, struct name *name)
{
	struct name **p = &name->owner->names;

	while (*p != name)
		p = &(*p)->next;
	*p = name->next;
	table_del(&n->names, &name->entry);
	free(name);
}

static void peer_drop(struct names *n, struct peer *p)
{
	while (p->names)
		name_drop(n, p->names);
	table_del(&n->peers, &p->entry);
	free(p);
}

/* Forget one, to make room: the slots take their turn. */
static void peer_forget(struct names *n)
{
	struct table_entry *e;

	do
		e = n->peers.slot[n->hand++ & n->peers.mask];
	while (!e);
	peer_drop(n, table_of(e, struct peer, entry));
}

static struct peer *peer_get(struct names *n, struct wire_str id)
{
	struct peer *p = peer_find(n, id);

	if (p || id.len > WIRE_NAME_MAX)
		return p;
	if (n->peers.count >= PEERS_MAX)
		peer_forget(n);
	p = calloc(1, sizeof(*p) + id.len);
	if (!p)
		return NULL;
	p->uid = ~0u;
	p->len = (uint8_t)id.len;
	memcpy(p->id, id.s, id.len);
	if (!table_add(&n->peers, &p->entry, table_hash(id.s, id.len, 0))) {
		free(p);
		return NULL;
	}
	return p;
}

static bool is_owner(const struct name *name, struct wire_str id)
{
	return id.s && name->owner->len == id.len &&
	       !memcmp(name->owner->id, id.s, id.len);
}

static void own(struct names *n, struct wire_str text, struct wire_str id)
{
	struct name *name, **last;
	struct peer *p;

	name = name_find(n, text);
	if (name && is_owner(name, id))
		return;
	/* what a message says in its body, nobody has looked at */
	if (is_unique(text) || !wire_is_bus_name(text.s, text.len) ||
	    !wire_is_unique_name(id.s, id.len))
		return;
	if (name)
		name_drop(n, name);
	if (n->names.count >= NAMES_MAX)
		return;
	p = peer_get(n, id);
	name = p ? malloc(sizeof(*name) + text.len) : NULL;
	if (!name)
		return;
	name->next = NULL;
	name->owner = p;
	name->len = (uint8_t)text.len;
	memcpy(name->text, text.s, text.len);
	if (!table_add(&n->names, &name->entry,
		       table_hash(text.s, text.len, 0))) {
		free(name);
		return;
	}
	for (last = &p->names; *last; last = &(*last)->next)
		;
	*last = name;
}

static void disown(struct names *n, struct wire_str text)
{
	struct name *name = name_find(n, text);

	if (name)
		name_drop(n, name);
}

/* @id has it no more; who took it over, or had it all the time, keeps it. */
static void give_up(struct names *n, struct wire_str text, struct wire_str id)
{
	struct name *name = name_find(n, text);

	if (name && is_owner(name, id))
		name_drop(n, name);
}

static void learn_signal(struct names *n, const struct wire_msg *m,
			 uint64_t time)
{
	struct wire_args a;

	/* few signals are those of the bus: see soon that one isn't */
	if (m->member.len < 8 || memcmp(m->member.s, "Name", 4) ||
	    !wire_str_is(m->sender, DRIVER_NAME) ||
	    !wire_str_is(m->interface, DRIVER_NAME))
		return;
	wire_args_get(&a, m);
	if (a.n < 1 || a.arg[0].type != 's' || !a.arg[0].str.s)
		return;
	n->changed = time;
	if (wire_str_is(m->member, "NameAcquired")) {
		if (m->destination.s)
			own(n, a.arg[0].str, m->destination);
	} else if (wire_str_is(m->member, "NameLost")) {
		give_up(n, a.arg[0].str, m->destination);
	} else if (wire_str_is(m->member, "NameOwnerChanged") && a.n == 3 &&
		   a.arg[2].type == 's') {
		struct peer *gone;

		if (a.arg[2].str.len) {
			own(n, a.arg[0].str, a.arg[2].str);
			return;
		}
		disown(n, a.arg[0].str);
		gone = is_unique(a.arg[0].str) ? peer_find(n, a.arg[0].str) :
						 NULL;
		if (gone)
			peer_drop(n, gone);
	}
}

/* the first argument of a reply: a number; 0 if it is none */
static uint32_t first_u32(const struct wire_msg *m)
{
	struct wire_iter it;
	struct wire_value v;

	wire_iter_init(&it, m);
	if (wire_next(&it, &v) != WIRE_VALUE || v.type != 'u')
		return 0;
	return (uint32_t)v.u;
}

/* the process behind a name of either kind */
static void set_process(struct names *n, struct wire_str who, uint32_t pid,
			uint32_t uid)
{
	const struct name *name;
	struct peer *p;

	if (is_unique(who)) {
		p = wire_is_unique_name(who.s, who.len) ? peer_get(n, who) :
							  NULL;
	} else {
		name = n->names.count ? name_find(n, who) : NULL;
		p = name ? name->owner : NULL;
	}
	if (!p)
		return;
	if (pid)
		p->pid = pid;
	if (uid != ~0u)
		p->uid = uid;
}

/* GetConnectionCredentials: a{sv} with ProcessID and UnixUserID */
static void learn_credentials(struct names *n, const struct wire_msg *m,
			      struct wire_str who)
{
	struct wire_iter it;
	struct wire_str key;
	struct wire_value v;

	if (!wire_str_is(m->signature, "a{sv}"))
		return;
	wire_iter_init(&it, m);
	if (wire_next(&it, &v) != WIRE_OPEN)
		return;
	while (wire_next(&it, &v) == WIRE_OPEN) {	/* an entry */
		if (wire_next(&it, &v) != WIRE_VALUE)
			return;
		key = v.str;
		if (wire_next(&it, &v) != WIRE_OPEN)	/* a variant */
			return;
		if (v.sig.s[0] != 'u') {
			if (wire_skip(&it, &v) == WIRE_BAD ||
			    wire_next(&it, &v) != WIRE_CLOSE)
				return;
			continue;
		}
		if (wire_next(&it, &v) != WIRE_VALUE)
			return;
		if (wire_str_is(key, "ProcessID"))
			set_process(n, who, (uint32_t)v.u, ~0u);
		else if (wire_str_is(key, "UnixUserID"))
			set_process(n, who, 0, (uint32_t)v.u);
		if (wire_next(&it, &v) != WIRE_CLOSE ||	/* variant, entry */
		    wire_next(&it, &v) != WIRE_CLOSE)
			return;
	}
}

static void learn_reply(struct names *n, const struct wire_msg *m,
			const struct call *call)
{
	struct wire_args a;
	uint32_t result;

	/* the bus puts the sender in, so who answers for a name owns it, or did
	 * when the call was made */
	if (m->sender.s && is_unique(m->sender) && call->destination.s) {
		if (n->changed <= call->time)
			own(n, call->destination, m->sender);
		return;
	}
	if (m->type != WIRE_METHOD_RETURN || !call->asked.s ||
	    !wire_str_is(m->sender, DRIVER_NAME))
		return;
	switch (call->ask) {
	case CALL_ASK_OWNER:
		wire_args_get(&a, m);
		if (a.n && a.arg[0].type == 's' && a.arg[0].str.s)
			own(n, call->asked, a.arg[0].str);
		break;
	case CALL_ASK_REQUEST:
		result = first_u32(m);
		if ((result == REQUEST_PRIMARY_OWNER ||
		     result == REQUEST_ALREADY_OWNER) && m->destination.s)
			own(n, call->asked, m->destination);
		break;
	case CALL_ASK_PID:
		set_process(n, call->asked, first_u32(m), ~0u);
		break;
	case CALL_ASK_UID:
		set_process(n, call->asked, 0, first_u32(m));
		break;
	case CALL_ASK_CREDENTIALS:
		learn_credentials(n, m, call->asked);
		break;
	case CALL_ASK_RELEASE:
		/* it may have waited in the queue, or the next one has it now */
		if (first_u32(m) == RELEASE_RELEASED)
			give_up(n, call->asked, m->destination);
		break;
	}
}

static void learn_process(struct names *n, const struct record *rec)
{
	const struct tap_header *t = &rec->tap;
	struct peer *p;

	if (!t->pid || !rec->m.sender.s || !is_unique(rec->m.sender))
		return;
	p = peer_get(n, rec->m.sender);
	if (!p || (p->pid == t->pid && p->comm[0]))
		return;
	p->pid = t->pid;
	p->uid = t->uid;
	memcpy(p->comm, t->comm.s, t->comm.len);
	p->comm[t->comm.len] = '\0';
}

void names_learn(struct names *n, const struct record *rec,
		 const struct call *call)
{
	if (rec->has_tap)
		learn_process(n, rec);
	if (rec->m.type == WIRE_SIGNAL)
		learn_signal(n, &rec->m, rec->time);
	else if (call)
		learn_reply(n, &rec->m, call);
}

void names_add_peer(struct names *n, struct wire_str id, uint32_t pid,
		    uint32_t uid, const char *comm)
{
	struct peer *p = peer_get(n, id);

	if (!p)
		return;
	p->pid = pid;
	p->uid = uid;
	memset(p->comm, 0, sizeof(p->comm));
	memcpy(p->comm, comm, strnlen(comm, DBUSMON_COMM_LEN));
}

void names_add_owner(struct names *n, struct wire_str name, struct wire_str id)
{
	own(n, name, id);
}

const struct peer *names_peer(const struct names *n, struct wire_str unique)
{
	return n->peers.count ? peer_find(n, unique) : NULL;
}

const struct peer *names_owner(const struct names *n, struct wire_str text)
{
	const struct name *name = n->names.count ? name_find(n, text) : NULL;

	return name ? name->owner : NULL;
}

bool names_owns(void *names, struct wire_str who, struct wire_str name)
{
	const struct names *n = names;
	const struct peer *a, *b;

	a = is_unique(who) ? names_peer(n, who) : names_owner(n, who);
	if (!a)
		return false;
	b = is_unique(name) ? names_peer(n, name) : names_owner(n, name);
	return a == b;
}

void names_free(struct names *n)
{
	uint32_t i;

	for (i = 0; n->peers.slot && i <= n->peers.mask; i++)
		while (n->peers.slot[i])
			peer_drop(n, table_of(n->peers.slot[i], struct peer,
					      entry));
	table_free(&n->peers);
	table_free(&n->names);
}
