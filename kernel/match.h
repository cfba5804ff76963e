/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_MATCH_H
#define _DBUS_MATCH_H

#include <linux/list.h>
#include <linux/types.h>

#include "wire/match.h"

struct dbus_bus;
struct dbus_msg;
struct dbus_peer;
struct dbus_txn;

/**
 * struct dbus_match - a match rule that a peer has added
 * @node: in &dbus_bus.matches, or another list of the bus
 * @same: in &dbus_bus.rules
 * @of_peer: in &dbus_peer.matches
 * @peer: whose rule it is
 * @selectors: which of its keys select it
 * @hash: of their values; 0 if there are none
 * @identity: hash of all that it says
 * @count: times that it was added and not removed
 * @rule: parsed; its strings are in @text
 * @len: octets of the rule as it was added
 * @text: that, and behind it the values without their quotes
 */
struct dbus_match {
	struct hlist_node node;
	struct hlist_node same;
	struct list_head of_peer;
	struct dbus_peer *peer;
	u32 selectors;
	u32 hash;
	u32 identity;
	u32 count;
	struct wire_match rule;
	u32 len;
	char *text;
	struct wire_match_arg args[];
};

struct dbus_match *dbus_match_new(struct wire_str text,
				  struct wire_match_error *err);
void dbus_match_free(struct dbus_match *match);

struct dbus_match *dbus_match_find(struct dbus_peer *peer,
				   const struct dbus_match *like);
void dbus_match_add(struct dbus_peer *peer, struct dbus_match *match);
void dbus_match_del(struct dbus_match *match);

bool dbus_match_applies(const struct dbus_match *match,
			struct dbus_msg *msg, struct dbus_peer *from,
			const struct wire_args *args);
void dbus_match_plan(struct dbus_txn *txn, struct dbus_msg *msg,
		     struct dbus_peer *from);
void dbus_match_plan_eavesdrop(struct dbus_txn *txn, struct dbus_msg *msg,
			       struct dbus_peer *from, struct dbus_peer *to);

#endif /* _DBUS_MATCH_H */
