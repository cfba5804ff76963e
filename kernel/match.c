// SPDX-License-Identifier: GPL-2.0
/*
 * Match rules, and who gets a signal by them. D-Bus Specification, "Match
 * Rules".
 *
 * A rule is filed under all the values that it wants to be equal, of arg0, path,
 * member, sender and interface. A signal is looked up once for each set of these
 * keys that any rule has, so rules about anything else cost it nothing.
 */
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/slab.h>

#include "bus.h"
#include "bus_message.h"
#include "match.h"
#include "message.h"
#include "name.h"
#include "peer.h"
#include "policy.h"
#include "quota.h"
#include "txn.h"

enum selector {
	BY_ARG0,
	BY_PATH,
	BY_MEMBER,
	BY_SENDER,
	BY_INTERFACE,
};

/**
 * struct selection - values that select rules
 * @have: bits of those that there are
 * @hash: of each
 */
struct selection {
	u32 have;
	u32 hash[DBUS_MATCH_SELECTORS];
};

static void select_by(struct selection *sel, enum selector by,
		      struct wire_str value)
{
	if (!value.s)
		return;
	sel->have |= BIT(by);
	sel->hash[by] = jhash(value.s, value.len, by);
}

/* Of the values of the keys in @selectors; never 0. */
static u32 selection_hash(const struct selection *sel, u32 selectors)
{
	u32 hash = selectors;
	int by;

	for (by = 0; by < DBUS_MATCH_SELECTORS; by++)
		if (selectors & BIT(by))
			hash = jhash_1word(sel->hash[by], hash);
	return hash | 1;
}

/* File the rule under all values that a message must have to match it. */
static void file_rule(struct dbus_match *match)
{
	const struct wire_match *r = &match->rule;
	struct selection sel = {};

	BUILD_BUG_ON(BY_INTERFACE + 1 != DBUS_MATCH_SELECTORS);
	if (r->n_args && !r->args[0].index && r->args[0].kind == WIRE_ARG_STRING)
		select_by(&sel, BY_ARG0, r->args[0].value);
	if (r->keys & WIRE_MATCH_PATH)
		select_by(&sel, BY_PATH, r->path);
	if (r->keys & WIRE_MATCH_MEMBER)
		select_by(&sel, BY_MEMBER, r->member);
	if (r->keys & WIRE_MATCH_SENDER)
		select_by(&sel, BY_SENDER, r->sender);
	if (r->keys & WIRE_MATCH_INTERFACE)
		select_by(&sel, BY_INTERFACE, r->interface);
	match->selectors = sel.have;
	match->hash = sel.have ? selection_hash(&sel, sel.have) : 0;
}

/* Of all that same_rule() compares. */
static u32 identity(const struct wire_match *r)
{
	const struct wire_str *value[] = { &r->sender, &r->interface,
					   &r->member, &r->path,
					   &r->destination };
	u32 hash = jhash_2words(r->keys, r->type, r->eavesdrop);
	int i;

	for (i = 0; i < ARRAY_SIZE(value); i++)
		hash = jhash(value[i]->s, value[i]->len, hash);
	for (i = 0; i < r->n_args; i++)
		hash = jhash(r->args[i].value.s, r->args[i].value.len,
			     hash + r->args[i].index + (r->args[i].kind << 8));
	return hash;
}

/* Does the rule's sender name whoever owns that name? */
static bool by_name(const struct wire_match *r)
{
	return (r->keys & WIRE_MATCH_SENDER) && r->sender.len &&
	       r->sender.s[0] != ':';
}

/**
 * dbus_match_new() - parse a match rule
 * @text: the rule
 * @err: filled in if the rule is wrong
 * Return: the rule, in no list; ERR_PTR(-EINVAL) with @err; ERR_PTR(-ENOMEM)
 */
struct dbus_match *dbus_match_new(struct wire_str text,
				  struct wire_match_error *err)
{
	struct wire_match_arg *args;
	struct dbus_match *match;
	struct wire_match rule;
	char *buf;

	err->at = 0;
	err->key.s = NULL;
	if (text.len > WIRE_MATCH_MAX) {
		err->why = "rule is longer than 1024 octets";
		return ERR_PTR(-EINVAL);
	}
	buf = kmalloc(2 * text.len + 1, GFP_KERNEL_ACCOUNT);
	args = kmalloc_array(WIRE_MATCH_ARGS + 1, sizeof(*args), GFP_KERNEL);
	if (!buf || !args) {
		match = ERR_PTR(-ENOMEM);
		goto out;
	}
	memcpy(buf, text.s, text.len);
	if (!wire_match_parse(&rule, args, buf + text.len, text.s, text.len,
			      err)) {
		match = ERR_PTR(-EINVAL);
		goto out;
	}
	match = kzalloc(struct_size(match, args, rule.n_args),
			GFP_KERNEL_ACCOUNT);
	if (!match) {
		match = ERR_PTR(-ENOMEM);
		goto out;
	}
	INIT_LIST_HEAD(&match->of_peer);
	match->rule = rule;
	match->rule.args = match->args;
	memcpy(match->args, args, rule.n_args * sizeof(*args));
	match->text = buf;
	match->len = text.len;
	match->identity = identity(&match->rule);
	file_rule(match);
	buf = NULL;
out:
	kfree(args);
	kfree(buf);
	return match;
}

/**
 * dbus_match_free() - free a rule
 * @match: in no list; may be NULL
 */
void dbus_match_free(struct dbus_match *match)
{
	if (!match)
		return;
	kfree(match->text);
	kfree(match);
}

/* Absent values are equal, too. */
static bool same(struct wire_str a, struct wire_str b)
{
	return a.len == b.len && !a.s == !b.s && !memcmp(a.s, b.s, a.len);
}

static bool same_rule(const struct wire_match *a, const struct wire_match *b)
{
	int i;

	if (a->keys != b->keys || a->type != b->type ||
	    a->eavesdrop != b->eavesdrop || a->n_args != b->n_args)
		return false;
	for (i = 0; i < a->n_args; i++) {
		if (a->args[i].index != b->args[i].index ||
		    a->args[i].kind != b->args[i].kind ||
		    !same(a->args[i].value, b->args[i].value))
			return false;
	}
	return same(a->sender, b->sender) &&
	       same(a->interface, b->interface) &&
	       same(a->member, b->member) && same(a->path, b->path) &&
	       same(a->destination, b->destination);
}

static struct hlist_head *bucket(struct dbus_bus *bus, u32 hash)
{
	return &bus->matches[hash >> (32 - DBUS_MATCH_BITS)];
}

/* Where a peer's rules stand that are equal to this one, among others. */
static struct hlist_head *rules_like(struct dbus_peer *peer,
				     const struct dbus_match *like)
{
	u32 hash = hash_32(like->identity ^ hash_ptr(peer, 32),
			   DBUS_MATCH_BITS);

	return &peer->bus->rules[hash];
}

/**
 * dbus_match_find() - find an equal rule
 * @peer: whose rules to look at, its bus locked
 * @like: the rule
 * Return: the rule of @peer that says the same, or NULL
 */
struct dbus_match *dbus_match_find(struct dbus_peer *peer,
				   const struct dbus_match *like)
{
	struct dbus_match *m;

	lockdep_assert_held(&peer->bus->lock);
	hlist_for_each_entry(m, rules_like(peer, like), same) {
		if (m->peer == peer && m->identity == like->identity &&
		    same_rule(&m->rule, &like->rule))
			return m;
	}
	return NULL;
}

/**
 * dbus_match_add() - add a rule to a peer's
 * @peer: the peer, its bus locked
 * @match: the rule, the bus's from now on
 */
void dbus_match_add(struct dbus_peer *peer, struct dbus_match *match)
{
	struct dbus_bus *bus = peer->bus;

	lockdep_assert_held(&bus->lock);
	match->peer = peer;
	match->count = 1;
	list_add_tail(&match->of_peer, &peer->matches);
	peer->n_matches++;
	peer->user->n[DBUS_HELD_MATCHES]++;
	bus->n_matches++;
	if (match->rule.n_args)
		bus->n_arg_matches++;
	if (by_name(&match->rule))
		bus->n_name_matches++;
	hlist_add_head(&match->same, rules_like(peer, match));
	if (match->rule.eavesdrop) {
		hlist_add_head(&match->node, &bus->eavesdrop);
	} else if (match->selectors) {
		hlist_add_head(&match->node, bucket(bus, match->hash));
		bus->n_selected[match->selectors]++;
	} else {
		hlist_add_head(&match->node, &bus->wild);
	}
}

/**
 * dbus_match_del() - take a rule out of its lists
 * @match: the rule, its bus locked; the caller's from now on
 */
void dbus_match_del(struct dbus_match *match)
{
	struct dbus_bus *bus = match->peer->bus;

	lockdep_assert_held(&bus->lock);
	hlist_del(&match->node);
	hlist_del(&match->same);
	if (!match->rule.eavesdrop && match->selectors)
		bus->n_selected[match->selectors]--;
	list_del_init(&match->of_peer);
	match->peer->n_matches--;
	match->peer->user->n[DBUS_HELD_MATCHES]--;
	bus->n_matches--;
	if (match->rule.n_args)
		bus->n_arg_matches--;
	if (by_name(&match->rule))
		bus->n_name_matches--;
}

/**
 * struct search - the receivers of one message
 * @txn: where they are planned
 * @msg: the message
 * @from: its sender; NULL for the bus itself
 * @copy: who is found only looks on
 */
struct search {
	struct dbus_txn *txn;
	struct dbus_msg *msg;
	struct dbus_peer *from;
	bool copy;
};

/* Is @name a name of the message's sender? */
static bool sender_owns(void *ctx, struct wire_str who, struct wire_str name)
{
	struct search *s = ctx;

	/* of a broadcast only the sender can be asked for */
	return s->from && dbus_name_is_owner(s->from, name);
}

/**
 * struct pair - the two ends of a message
 * @msg: the message
 * @from: its sender; NULL for the bus itself
 * @bus: their bus
 */
struct pair {
	const struct dbus_msg *msg;
	struct dbus_peer *from;
	struct dbus_bus *bus;
};

/* Is @name, unique or not, a name of the sender or the addressee, @who? */
static bool end_owns(void *ctx, struct wire_str who, struct wire_str name)
{
	struct pair *p = ctx;
	struct dbus_peer *peer = p->from;

	if (who.s != p->msg->wire.sender.s)
		peer = who.s[0] == ':' ? dbus_peer_by_unique(p->bus, who) :
					 dbus_name_owner(p->bus, who);
	if (!peer || !name.len)
		return false;
	return name.s[0] == ':' ? wire_str_eq(dbus_peer_name(peer), name) :
				  dbus_name_is_owner(peer, name);
}

/**
 * dbus_match_applies() - does a monitor's rule apply to a message?
 * @match: the rule
 * @msg: any message
 * @from: its sender; NULL for the bus itself
 * @args: its arguments; may be NULL if the rule does not look at them
 *
 * Names in the rule mean their owners, of the sender and of the addressee.
 */
bool dbus_match_applies(const struct dbus_match *match,
			struct dbus_msg *msg, struct dbus_peer *from,
			const struct wire_args *args)
{
	struct pair p = { .msg = msg, .from = from, .bus = match->peer->bus };

	lockdep_assert_held(&p.bus->lock);
	return wire_match_eval(&match->rule, &msg->wire, args, end_owns, &p);
}

/* Does policy let a peer have the message that its rule has found? */
static bool may_have(struct search *s, struct dbus_peer *peer)
{
	struct dbus_pass pass = {
		.bus = s->txn->bus, .msg = s->msg, .from = s->from, .to = peer,
		.eavesdrops = s->copy,
	};

	if (dbus_policy_passes(&pass))
		return true;
	if (!s->copy) {
		s->msg->verdict.denied = true;
		s->msg->verdict.rule = dbus_policy_number(pass.rule);
	}
	dbus_policy_tell_monitors(s->txn, &pass);
	return false;
}

/* Can a peer have the descriptors that come with it? */
static bool can_have(struct search *s, struct dbus_peer *peer)
{
	if (!dbus_msg_n_fds(s->msg) || dbus_peer_is(peer, PEER_UNIX_FDS))
		return true;
	if (!list_empty(&s->txn->bus->monitors)) {
		s->txn->aside = true;
		dbus_answer_error(s->txn, s->from, s->msg,
				  DBUS_ERROR("NotSupported"),
				  "\"%.*s\" does not take file descriptors",
				  peer->unique_len, peer->unique);
		s->txn->aside = false;
	}
	return false;
}

static void try_rule(struct search *s, struct dbus_match *m)
{
	struct dbus_peer *peer = m->peer;

	if (peer->stamp == s->txn->bus->stamp)
		return;		/* gets it already */
	if (!wire_match_eval(&m->rule, &s->msg->wire, s->txn->args, sender_owns,
			     s))
		return;
	peer->stamp = s->txn->bus->stamp;
	if (!may_have(s, peer) || !can_have(s, peer))
		return;
	if (dbus_queue_full(peer, s->msg)) {
		/* does not read what it asked for */
		dbus_peer_kill(peer);
		return;
	}
	if (s->copy)
		dbus_txn_plan_copy(s->txn, peer, s->msg);
	else
		dbus_txn_plan(s->txn, peer, s->msg);
}

static void try_selected(struct search *s, const struct selection *sel,
			 u32 selectors)
{
	u32 hash = selection_hash(sel, selectors);
	struct dbus_match *m;

	hlist_for_each_entry(m, bucket(s->txn->bus, hash), node) {
		if (m->hash == hash && m->selectors == selectors)
			try_rule(s, m);
	}
}

/* The sender goes by each of its names. */
static void try_names(struct search *s, struct selection *sel, u32 selectors)
{
	u32 unique = sel->hash[BY_SENDER];
	struct dbus_owner *o;

	list_for_each_entry(o, &s->from->names, of_peer) {
		select_by(sel, BY_SENDER, (struct wire_str){
				o->name->name, o->name->len });
		try_selected(s, sel, selectors);
	}
	sel->hash[BY_SENDER] = unique;
}

/* Arguments, if any rule looks at them. False if there is no room for them. */
static bool get_args(struct search *s)
{
	struct dbus_txn *txn = s->txn;

	if (!txn->bus->n_arg_matches)
		return true;
	txn->want_args = true;
	if (!txn->args)
		return false;
	wire_args_get(txn->args, &s->msg->wire);
	return true;
}

/**
 * dbus_match_plan() - plan the deliveries of a broadcast
 * @txn: the transaction, its bus locked
 * @msg: the signal
 * @from: its sender; NULL for the bus itself
 *
 * Each receiver gets it once, however many of its rules match.
 */
void dbus_match_plan(struct dbus_txn *txn, struct dbus_msg *msg,
		     struct dbus_peer *from)
{
	struct search s = { .txn = txn, .msg = msg, .from = from };
	struct dbus_bus *bus = txn->bus;
	struct selection sel = {};
	struct dbus_match *m;
	u32 selectors;

	lockdep_assert_held(&bus->lock);
	msg->verdict.denied = false;
	if (!bus->n_matches || !get_args(&s))
		return;
	bus->stamp++;
	if (txn->args && bus->n_arg_matches && txn->args->n &&
	    txn->args->arg[0].type == 's')
		select_by(&sel, BY_ARG0, txn->args->arg[0].str);
	select_by(&sel, BY_PATH, msg->wire.path);
	select_by(&sel, BY_MEMBER, msg->wire.member);
	select_by(&sel, BY_SENDER, msg->wire.sender);
	select_by(&sel, BY_INTERFACE, msg->wire.interface);
	for (selectors = 1; selectors < ARRAY_SIZE(bus->n_selected);
	     selectors++) {
		if (!bus->n_selected[selectors] || (selectors & ~sel.have))
			continue;
		try_selected(&s, &sel, selectors);
		if ((selectors & BIT(BY_SENDER)) && from && bus->n_name_matches)
			try_names(&s, &sel, selectors);
	}
	hlist_for_each_entry(m, &bus->wild, node)
		try_rule(&s, m);
	hlist_for_each_entry(m, &bus->eavesdrop, node)
		try_rule(&s, m);
}

/* Policy says who may; where there is none, the bus's user and root. */
static bool may_eavesdrop(const struct dbus_peer *peer)
{
	return peer->bus->policy ||
	       uid_eq(peer->cred->euid, peer->bus->owner) ||
	       uid_eq(peer->cred->euid, GLOBAL_ROOT_UID);
}

/**
 * dbus_match_plan_eavesdrop() - plan copies of a message for somebody else
 * @txn: the transaction, its bus locked
 * @msg: the message
 * @from: its sender; NULL for the bus itself
 * @to: its addressee, or NULL
 */
void dbus_match_plan_eavesdrop(struct dbus_txn *txn, struct dbus_msg *msg,
			       struct dbus_peer *from, struct dbus_peer *to)
{
	struct search s = { .txn = txn, .msg = msg, .from = from,
			    .copy = true };
	struct dbus_bus *bus = txn->bus;
	struct dbus_match *m;

	lockdep_assert_held(&bus->lock);
	if (hlist_empty(&bus->eavesdrop) || !get_args(&s))
		return;
	bus->stamp++;
	if (to)
		to->stamp = bus->stamp;
	hlist_for_each_entry(m, &bus->eavesdrop, node) {
		if (may_eavesdrop(m->peer))
			try_rule(&s, m);
	}
}
