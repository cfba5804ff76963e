/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_QUOTA_H
#define _DBUS_QUOTA_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct dbus_bus;
struct dbus_msg;
struct dbus_peer;

/* What the connections of a user have together. */
enum dbus_held_kind {
	DBUS_HELD_NAMES,	/* owned or waited for, unique ones aside */
	DBUS_HELD_MATCHES,
	DBUS_HELD_REPLIES,	/* that are waited for */
	DBUS_HELD_WAITING,	/* messages that wait for services */
	DBUS_HELD_KINDS,
};

/**
 * struct dbus_held - what waits in queues; changed without a lock
 * @bytes: octets
 * @n_fds: descriptors
 */
struct dbus_held {
	atomic64_t bytes;
	atomic_t n_fds;
};

/**
 * struct dbus_user - a user of a bus
 * @node: in &dbus_bus.users
 * @uid: who
 * @ref: references: each peer's and each share's
 * @n_peers: connections of the user's that are on the bus
 * @n: by enum dbus_held_kind
 * @shares: &dbus_share.node
 * @held: what others let wait for the user
 *
 * The bus's lock protects all but @ref and @held.
 */
struct dbus_user {
	struct list_head node;
	kuid_t uid;
	refcount_t ref;
	u32 n_peers;
	u32 n[DBUS_HELD_KINDS];
	struct list_head shares;
	struct dbus_held held;
};

/**
 * struct dbus_share - what one user lets wait for another
 * @node: in &dbus_user.shares of @owner
 * @ref: references: the list's and each charged entry's
 * @owner: for whom it waits; holds a reference
 * @actor: who sent it
 * @held: how much, a part of @owner's
 */
struct dbus_share {
	struct list_head node;
	refcount_t ref;
	struct dbus_user *owner;
	kuid_t actor;
	struct dbus_held held;
};

struct dbus_user *dbus_user_new(kuid_t uid);
void dbus_user_put(struct dbus_user *user);
struct dbus_user *dbus_user_enter(struct dbus_bus *bus, kuid_t uid,
				  struct dbus_user **fresh);
void dbus_user_leave(struct dbus_bus *bus, struct dbus_user *user,
		     struct list_head *idle);

struct dbus_share *dbus_share_new(void);
void dbus_share_put(struct dbus_share *share);
void dbus_share_put_list(struct list_head *idle);
struct dbus_share *dbus_share_find(struct dbus_user *owner, kuid_t actor);
void dbus_share_add(struct dbus_share *share, struct dbus_user *owner,
		    kuid_t actor);

bool dbus_quota_held(const struct dbus_peer *peer, enum dbus_held_kind kind);

bool dbus_quota_is_foreign(const struct dbus_peer *from,
			   const struct dbus_peer *to);
bool dbus_quota_full(const struct dbus_share *share, const struct dbus_user *owner,
		     const struct dbus_bus *bus, const struct dbus_msg *msg);
void dbus_quota_charge(struct dbus_share *share, const struct dbus_msg *msg);
void dbus_quota_uncharge(struct dbus_share *share, const struct dbus_msg *msg);

#endif /* _DBUS_QUOTA_H */
