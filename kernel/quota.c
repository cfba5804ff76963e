// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas: how much of what a user has for messages that wait, others may take.
 *
 * What waits for a user and was not asked for, calls and signals that another
 * user addressed to it, is charged to a pool of the receiving user, of the size of
 * one connection's limits. Each sending user has a share of that pool, which gets
 * smaller as it fills and as more users send: with n of them each can have
 * between 1/(n+1) and about 1/(n+1)^2 of it, so that nobody can fill it for the
 * others. Replies, and signals that a rule asked for, are the receiver's own
 * business: dbus_queue_full() alone looks after them. So are a user's messages to
 * itself, which cost nothing here.
 *
 * What a user's connections have in the tables, each within its own limits, is
 * counted for the user, too.
 */
#include <linux/cred.h>
#include <linux/slab.h>

#include "limit.h"
#include "message.h"
#include "peer.h"
#include "quota.h"

#define USER_PEERS	16	/* connections' worth of names, rules, replies */
#define USER_LEAST	1024	/* of each: limits of few are meant for one */

/**
 * dbus_user_new() - a user that no bus knows yet
 * @uid: who
 * Return: the user, in no list, with one reference; NULL
 */
struct dbus_user *dbus_user_new(kuid_t uid)
{
	struct dbus_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (user) {
		user->uid = uid;
		refcount_set(&user->ref, 1);
		INIT_LIST_HEAD(&user->shares);
	}
	return user;
}

/**
 * dbus_user_put() - give up a reference
 * @user: may be NULL
 */
void dbus_user_put(struct dbus_user *user)
{
	if (user && refcount_dec_and_test(&user->ref))
		kfree(user);
}

/**
 * dbus_user_enter() - one more connection of a user
 * @bus: the bus, locked
 * @uid: the user
 * @fresh: made by dbus_user_new(); taken if the bus doesn't know the user, and NULL
 *	then
 * Return: the user, with a reference for the connection
 */
struct dbus_user *dbus_user_enter(struct dbus_bus *bus, kuid_t uid,
				  struct dbus_user **fresh)
{
	struct dbus_user *user;

	lockdep_assert_held(&bus->lock);
	list_for_each_entry(user, &bus->users, node) {
		if (uid_eq(user->uid, uid)) {
			refcount_inc(&user->ref);
			user->n_peers++;
			return user;
		}
	}
	user = *fresh;
	*fresh = NULL;
	user->n_peers = 1;
	list_add_tail(&user->node, &bus->users);
	return user;
}

/* Take out the shares that nothing is charged to, references with them. */
static void take_out_idle(struct dbus_user *user, struct list_head *idle)
{
	struct dbus_share *share, *next;

	list_for_each_entry_safe(share, next, &user->shares, node) {
		if (!atomic64_read(&share->held.bytes))
			list_move(&share->node, idle);
	}
}

/**
 * dbus_user_leave() - a connection of a user's less
 * @bus: the bus, locked
 * @user: the user; the caller keeps its reference
 * @idle: list for shares that are to be given up without the lock
 *
 * What the user lets wait for others stays charged: who comes again can have no
 * more than before.
 */
void dbus_user_leave(struct dbus_bus *bus, struct dbus_user *user,
		     struct list_head *idle)
{
	struct dbus_user *other;

	lockdep_assert_held(&bus->lock);
	if (--user->n_peers)
		return;
	list_del_init(&user->node);
	list_splice_init(&user->shares, idle);
	list_for_each_entry(other, &bus->users, node)
		take_out_idle(other, idle);
}

/**
 * dbus_share_new() - a share of nobody's yet
 * Return: the share, with one reference; NULL
 */
struct dbus_share *dbus_share_new(void)
{
	struct dbus_share *share = kzalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);

	if (share) {
		refcount_set(&share->ref, 1);
		INIT_LIST_HEAD(&share->node);
	}
	return share;
}

/**
 * dbus_share_put() - give up a reference
 * @share: may be NULL
 *
 * Context: any
 */
void dbus_share_put(struct dbus_share *share)
{
	if (!share || !refcount_dec_and_test(&share->ref))
		return;
	dbus_user_put(share->owner);
	kfree(share);
}

/**
 * dbus_share_put_list() - give up what dbus_user_leave() has taken out
 * @idle: the list
 */
void dbus_share_put_list(struct list_head *idle)
{
	struct dbus_share *share, *next;

	list_for_each_entry_safe(share, next, idle, node) {
		list_del_init(&share->node);
		dbus_share_put(share);
	}
}

/**
 * dbus_share_find() - what a user lets wait for another
 * @owner: for whom; the bus is locked
 * @actor: who sends
 * Return: the share; NULL if there has never been anything
 */
struct dbus_share *dbus_share_find(struct dbus_user *owner, kuid_t actor)
{
	struct dbus_share *share;

	list_for_each_entry(share, &owner->shares, node) {
		if (uid_eq(share->actor, actor))
			return share;
	}
	return NULL;
}

/**
 * dbus_share_add() - a user begins to send to another
 * @share: made by dbus_share_new(); the list's from now on
 * @owner: to whom; the bus is locked
 * @actor: who sends
 */
void dbus_share_add(struct dbus_share *share, struct dbus_user *owner,
		    kuid_t actor)
{
	refcount_inc(&owner->ref);
	share->owner = owner;
	share->actor = actor;
	list_add_tail(&share->node, &owner->shares);
}

/**
 * dbus_quota_is_foreign() - does a message go from one user to another?
 * @from: its sender
 * @to: its receiver
 *
 * The bus itself is no user.
 */
bool dbus_quota_is_foreign(const struct dbus_peer *from,
			   const struct dbus_peer *to)
{
	return from->user != to->user && !dbus_peer_is(from, PEER_DRIVER) &&
	       !dbus_peer_is(to, PEER_DRIVER);
}

/* Users who let something wait for this one, @share's counted. */
static u32 n_sharing(const struct dbus_user *owner,
		     const struct dbus_share *share)
{
	const struct dbus_share *s;
	u32 n = 0;

	list_for_each_entry(s, &owner->shares, node)
		n += s == share || atomic64_read(&s->held.bytes);
	return n;
}

/*
 * May a share of @mine be raised by @more, if @used of @limit is in use and @n
 * users share it? What is left must be enough for each of the others, and for
 * one to come, to have as much.
 */
static bool too_much(u64 limit, u64 used, u64 mine, u64 more, u32 n)
{
	u64 left = used < limit ? limit - used : 0;

	return more && (n + 1) * (mine + more) - mine > left;
}

/**
 * dbus_quota_full() - would a message be more than its sender's share?
 * @share: of its sender in what its receiver has
 * @owner: the receiving user; the bus is locked
 * @bus: the bus
 * @msg: the message
 */
bool dbus_quota_full(const struct dbus_share *share,
		     const struct dbus_user *owner, const struct dbus_bus *bus,
		     const struct dbus_msg *msg)
{
	u64 bytes = atomic64_read(&owner->held.bytes);
	u32 n;

	/* a message to somebody who reads is always possible */
	if (!bytes)
		return false;
	n = n_sharing(owner, share);
	return too_much(dbus_limit(bus, DBUS_LIMIT_QUEUED_BYTES), bytes,
			atomic64_read(&share->held.bytes), msg->wire.len, n) ||
	       too_much(dbus_limit(bus, DBUS_LIMIT_QUEUED_FDS),
			atomic_read(&owner->held.n_fds),
			atomic_read(&share->held.n_fds),
			dbus_msg_n_fds(msg), n);
}

static void change(struct dbus_held *held, s64 bytes, int n_fds)
{
	atomic64_add(bytes, &held->bytes);
	if (n_fds)
		atomic_add(n_fds, &held->n_fds);
}

/* Users of whom something of a kind is there, @user counted. */
static u32 n_holding(const struct dbus_bus *bus, const struct dbus_user *user,
		     enum dbus_held_kind kind)
{
	const struct dbus_user *u;
	u32 n = 0;

	list_for_each_entry(u, &bus->users, node)
		n += u == user || u->n[kind];
	return n;
}

/* What waits for services is few on the whole bus: others shall have a part. */
static bool waits_too_much(const struct dbus_peer *peer)
{
	const struct dbus_user *user = peer->user;
	const struct dbus_bus *bus = peer->bus;

	return !uid_eq(user->uid, bus->owner) &&
	       too_much(bus->max_waiting, bus->n_waiting,
			user->n[DBUS_HELD_WAITING], 1,
			n_holding(bus, user, DBUS_HELD_WAITING));
}

/**
 * dbus_quota_held() - has a user as much as all its connections may have?
 * @peer: one of them, its bus locked
 * @kind: what of
 *
 * Names, rules and replies are limited by connection, and a user has many: all
 * together may have what USER_PEERS of them may.
 */
bool dbus_quota_held(const struct dbus_peer *peer, enum dbus_held_kind kind)
{
	static const enum dbus_limit limits[] = {
		[DBUS_HELD_NAMES] = DBUS_LIMIT_NAMES,
		[DBUS_HELD_MATCHES] = DBUS_LIMIT_MATCHES,
		[DBUS_HELD_REPLIES] = DBUS_LIMIT_REPLIES,
	};
	u64 held = peer->user->n[kind], most;

	lockdep_assert_held(&peer->bus->lock);
	if (kind == DBUS_HELD_WAITING)
		return waits_too_much(peer);
	/* the limit of names has the unique ones in it */
	if (kind == DBUS_HELD_NAMES)
		held += peer->user->n_peers;
	most = (u64)dbus_limit(peer->bus, limits[kind]) * USER_PEERS;
	return held >= max_t(u64, most, USER_LEAST);
}

/**
 * dbus_quota_charge() - a message waits
 * @share: whose
 * @msg: the message
 */
void dbus_quota_charge(struct dbus_share *share, const struct dbus_msg *msg)
{
	int n_fds = dbus_msg_n_fds(msg);

	refcount_inc(&share->ref);
	change(&share->held, msg->wire.len, n_fds);
	change(&share->owner->held, msg->wire.len, n_fds);
}

/**
 * dbus_quota_uncharge() - a message waits no longer
 * @share: what it was charged to; may be NULL
 * @msg: the message
 *
 * Context: any; the message still has its descriptors
 */
void dbus_quota_uncharge(struct dbus_share *share, const struct dbus_msg *msg)
{
	int n_fds;

	if (!share)
		return;
	n_fds = dbus_msg_n_fds(msg);
	change(&share->owner->held, -(s64)msg->wire.len, -n_fds);
	change(&share->held, -(s64)msg->wire.len, -n_fds);
	dbus_share_put(share);
}
