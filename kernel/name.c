// SPDX-License-Identifier: GPL-2.0
/*
 * Well-known names, their owners, and those who wait for them. D-Bus
 * Specification, "Message Bus Names".
 *
 * A request is decided and carried out in two steps under one lock, so that
 * what it announces can be planned in between.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "bus.h"
#include "name.h"
#include "peer.h"
#include "quota.h"

static u32 name_hash(struct wire_str name)
{
	return jhash(name.s, name.len, 0);
}

/**
 * dbus_name_find() - look a well-known name up
 * @bus: the bus, locked
 * @name: the name
 * Return: the name, with at least one owner, or NULL
 */
struct dbus_name *dbus_name_find(struct dbus_bus *bus, struct wire_str name)
{
	struct dbus_name *n;

	lockdep_assert_held(&bus->lock);
	hash_for_each_possible(bus->names, n, node, name_hash(name)) {
		if (n->len == name.len && !memcmp(n->name, name.s, name.len))
			return n;
	}
	return NULL;
}

static struct dbus_owner *primary(const struct dbus_name *name)
{
	return list_first_entry(&name->owners, struct dbus_owner, of_name);
}

static struct dbus_owner *find_owner(const struct dbus_name *name,
				     const struct dbus_peer *peer)
{
	struct dbus_owner *o;

	list_for_each_entry(o, &name->owners, of_name) {
		if (o->peer == peer)
			return o;
	}
	return NULL;
}

/**
 * dbus_name_owner() - who owns a well-known name?
 * @bus: the bus, locked
 * @name: the name
 * Return: the peer, or NULL; no reference is taken
 */
struct dbus_peer *dbus_name_owner(struct dbus_bus *bus, struct wire_str name)
{
	struct dbus_name *n = dbus_name_find(bus, name);

	return n ? primary(n)->peer : NULL;
}

/**
 * dbus_name_is_owner() - does a peer own a name?
 * @peer: the peer, its bus locked
 * @name: a well-known name
 * Return: true if it is the name's owner; to wait for it does not count
 */
bool dbus_name_is_owner(const struct dbus_peer *peer, struct wire_str name)
{
	return dbus_name_owner(peer->bus, name) == peer;
}

/**
 * dbus_name_reserve() - allocate what a request for a name may need
 * @reserve: filled in; to be freed by dbus_name_reserve_free()
 * @name: the name
 * Return: 0 or -ENOMEM
 */
int dbus_name_reserve(struct dbus_name_reserve *reserve, struct wire_str name)
{
	struct dbus_name *n;

	n = kzalloc(struct_size(n, name, name.len), GFP_KERNEL_ACCOUNT);
	if (n) {
		INIT_LIST_HEAD(&n->owners);
		n->len = name.len;
		memcpy(n->name, name.s, name.len);
	}
	reserve->name = n;
	reserve->owner = kzalloc(sizeof(*reserve->owner), GFP_KERNEL_ACCOUNT);
	return reserve->name && reserve->owner ? 0 : -ENOMEM;
}

/**
 * dbus_name_reserve_free() - free what a request did not need
 * @reserve: from dbus_name_reserve()
 */
void dbus_name_reserve_free(struct dbus_name_reserve *reserve)
{
	kfree(reserve->name);
	kfree(reserve->owner);
}

/**
 * dbus_name_request() - decide what RequestName does
 * @peer: who asks, its bus locked
 * @name: a valid well-known name
 * @flags: DBUS_NAME_*
 * @change: filled in
 */
void dbus_name_request(struct dbus_peer *peer, struct wire_str name,
		       u32 flags, struct dbus_name_change *change)
{
	struct dbus_name *n = dbus_name_find(peer->bus, name);
	struct dbus_owner *owner = n ? primary(n) : NULL;
	bool replace;

	*change = (struct dbus_name_change){};
	if (owner && owner->peer == peer) {
		change->result = DBUS_NAME_ALREADY_OWNER;
		return;
	}
	replace = owner && (flags & DBUS_NAME_REPLACE_EXISTING) &&
		  (owner->flags & DBUS_NAME_ALLOW_REPLACEMENT);
	if (owner && !replace) {
		change->result = flags & DBUS_NAME_DO_NOT_QUEUE ?
				 DBUS_NAME_EXISTS : DBUS_NAME_IN_QUEUE;
		return;
	}
	change->result = DBUS_NAME_PRIMARY_OWNER;
	change->old_owner = owner ? owner->peer : NULL;
	change->new_owner = peer;
	change->changed = true;
}

/* Take a peer out of a name's owners, and the name away with the last. */
static void remove_owner(struct dbus_owner *owner)
{
	struct dbus_name *name = owner->name;
	struct dbus_peer *peer = owner->peer;

	list_del(&owner->of_name);
	list_del(&owner->of_peer);
	peer->n_names--;
	peer->user->n[DBUS_HELD_NAMES]--;
	kfree(owner);
	if (list_empty(&name->owners)) {
		hash_del(&name->node);
		peer->bus->n_names--;
		kfree(name);
	}
}

/* Find a peer among a name's owners, or make it one, not yet in their order. */
static struct dbus_owner *get_owner(struct dbus_name *name,
				    struct dbus_peer *peer, u32 flags,
				    struct dbus_name_reserve *reserve)
{
	struct dbus_owner *owner = find_owner(name, peer);

	if (!owner) {
		owner = reserve->owner;
		reserve->owner = NULL;
		owner->name = name;
		owner->peer = peer;
		INIT_LIST_HEAD(&owner->of_name);
		list_add_tail(&owner->of_peer, &peer->names);
		peer->n_names++;
		peer->user->n[DBUS_HELD_NAMES]++;
	}
	owner->flags = flags;
	return owner;
}

static void become_owner(struct dbus_peer *peer, struct wire_str name,
			 u32 flags, struct dbus_name_reserve *reserve)
{
	struct dbus_name *n = dbus_name_find(peer->bus, name);
	struct dbus_owner *owner, *old;

	if (!n) {
		n = reserve->name;
		reserve->name = NULL;
		hash_add(peer->bus->names, &n->node, name_hash(name));
		peer->bus->n_names++;
	}
	old = list_first_entry_or_null(&n->owners, struct dbus_owner, of_name);
	owner = get_owner(n, peer, flags, reserve);
	list_move(&owner->of_name, &n->owners);
	if (old && (old->flags & DBUS_NAME_DO_NOT_QUEUE))
		remove_owner(old);
}

static void join_queue(struct dbus_peer *peer, struct wire_str name,
		       u32 flags, struct dbus_name_reserve *reserve)
{
	struct dbus_name *n = dbus_name_find(peer->bus, name);
	struct dbus_owner *owner = get_owner(n, peer, flags, reserve);

	/* who would replace the owner if it could is the next */
	if (flags & DBUS_NAME_REPLACE_EXISTING)
		list_move(&owner->of_name, &primary(n)->of_name);
	else if (list_empty(&owner->of_name))
		list_add_tail(&owner->of_name, &n->owners);
}

/**
 * dbus_name_request_commit() - carry out what was decided
 * @peer: as for dbus_name_request(), and likewise the rest
 * @name: the name
 * @flags: DBUS_NAME_*
 * @change: what was decided
 * @reserve: what may be needed
 */
void dbus_name_request_commit(struct dbus_peer *peer, struct wire_str name,
			      u32 flags, const struct dbus_name_change *change,
			      struct dbus_name_reserve *reserve)
{
	struct dbus_name *n = dbus_name_find(peer->bus, name);
	struct dbus_owner *owner;

	lockdep_assert_held(&peer->bus->lock);
	switch (change->result) {
	case DBUS_NAME_PRIMARY_OWNER:
		become_owner(peer, name, flags, reserve);
		break;
	case DBUS_NAME_IN_QUEUE:
		join_queue(peer, name, flags, reserve);
		break;
	case DBUS_NAME_EXISTS:
		owner = find_owner(n, peer);
		if (owner)
			remove_owner(owner);
		break;
	case DBUS_NAME_ALREADY_OWNER:
		primary(n)->flags = flags;
		break;
	}
	dbus_bus_changed(peer->bus);
}

/**
 * dbus_name_release() - decide what ReleaseName, or a departure, does
 * @peer: who gives the name up, its bus locked
 * @name: a well-known name
 * @change: filled in
 */
void dbus_name_release(struct dbus_peer *peer, struct wire_str name,
		       struct dbus_name_change *change)
{
	struct dbus_name *n = dbus_name_find(peer->bus, name);
	struct dbus_owner *owner = n ? find_owner(n, peer) : NULL;

	*change = (struct dbus_name_change){};
	if (!owner) {
		change->result = n ? DBUS_NAME_NOT_OWNER
				   : DBUS_NAME_NON_EXISTENT;
		return;
	}
	change->result = DBUS_NAME_RELEASED;
	if (owner != primary(n))
		return;
	change->changed = true;
	change->old_owner = peer;
	if (!list_is_last(&owner->of_name, &n->owners))
		change->new_owner = list_next_entry(owner, of_name)->peer;
}

/**
 * dbus_name_release_commit() - carry out a release
 * @peer: who gives the name up, its bus locked
 * @name: the name; must be among its names
 */
void dbus_name_release_commit(struct dbus_peer *peer, struct wire_str name)
{
	struct dbus_name *n = dbus_name_find(peer->bus, name);

	lockdep_assert_held(&peer->bus->lock);
	remove_owner(find_owner(n, peer));
	dbus_bus_changed(peer->bus);
}
