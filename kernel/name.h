/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_NAME_H
#define _DBUS_NAME_H

#include <linux/list.h>
#include <linux/types.h>

#include "wire/message.h"

struct dbus_bus;
struct dbus_peer;
struct dbus_txn;

/* Flags of RequestName. */
#define DBUS_NAME_ALLOW_REPLACEMENT	1u
#define DBUS_NAME_REPLACE_EXISTING	2u
#define DBUS_NAME_DO_NOT_QUEUE		4u

/* Answers of RequestName. */
enum {
	DBUS_NAME_PRIMARY_OWNER = 1,
	DBUS_NAME_IN_QUEUE = 2,
	DBUS_NAME_EXISTS = 3,
	DBUS_NAME_ALREADY_OWNER = 4,
};

/* Answers of ReleaseName. */
enum {
	DBUS_NAME_RELEASED = 1,
	DBUS_NAME_NON_EXISTENT = 2,
	DBUS_NAME_NOT_OWNER = 3,
};

/**
 * struct dbus_name - a well-known name that somebody owns
 * @node: in &dbus_bus.names
 * @owners: &dbus_owner.of_name: the owner, and those who wait for it
 * @len: octets of @name
 * @name: not NUL-terminated
 */
struct dbus_name {
	struct hlist_node node;
	struct list_head owners;
	u32 len;
	char name[];
};

/**
 * struct dbus_owner - a peer that owns a name, or waits for it
 * @of_name: in &dbus_name.owners
 * @of_peer: in &dbus_peer.names
 * @name: the name
 * @peer: the peer
 * @flags: of its RequestName
 */
struct dbus_owner {
	struct list_head of_name;
	struct list_head of_peer;
	struct dbus_name *name;
	struct dbus_peer *peer;
	u32 flags;
};

/**
 * struct dbus_name_change - what a request does to a name
 * @result: what RequestName or ReleaseName answers
 * @old_owner: who loses it, or NULL
 * @new_owner: who gets it, or NULL
 * @changed: the owner changes
 */
struct dbus_name_change {
	u32 result;
	struct dbus_peer *old_owner;
	struct dbus_peer *new_owner;
	bool changed;
};

/**
 * struct dbus_name_reserve - what a request for a name may need
 * @name: a name; NULL once it is in use
 * @owner: an owner; NULL once it is in use
 */
struct dbus_name_reserve {
	struct dbus_name *name;
	struct dbus_owner *owner;
};

struct dbus_name *dbus_name_find(struct dbus_bus *bus, struct wire_str name);
struct dbus_peer *dbus_name_owner(struct dbus_bus *bus, struct wire_str name);
bool dbus_name_is_owner(const struct dbus_peer *peer, struct wire_str name);

int dbus_name_reserve(struct dbus_name_reserve *reserve, struct wire_str name);
void dbus_name_reserve_free(struct dbus_name_reserve *reserve);

void dbus_name_request(struct dbus_peer *peer, struct wire_str name,
		       u32 flags, struct dbus_name_change *change);
void dbus_name_request_commit(struct dbus_peer *peer, struct wire_str name,
			      u32 flags, const struct dbus_name_change *change,
			      struct dbus_name_reserve *reserve);
void dbus_name_release(struct dbus_peer *peer, struct wire_str name,
		       struct dbus_name_change *change);
void dbus_name_release_commit(struct dbus_peer *peer, struct wire_str name);

#endif /* _DBUS_NAME_H */
