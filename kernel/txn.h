/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_TXN_H
#define _DBUS_TXN_H

#include <linux/list.h>
#include <linux/types.h>

#include "message.h"
#include "wire/match.h"

struct dbus_bus;
struct dbus_match;
struct dbus_peer;
struct dbus_reply;
struct dbus_waiting;

#define DBUS_TXN_FEW	8

/**
 * struct dbus_delivery - a message that is going to be linked into a queue
 * @peer: the receiver
 * @msg: the message
 * @copy: the receiver only looks on: it is no recipient
 * @share: what it is charged to, or NULL
 */
struct dbus_delivery {
	struct dbus_peer *peer;
	struct dbus_msg *msg;
	bool copy;
	struct dbus_share *share;
};

/**
 * struct dbus_txn - one change of the routing table, or one message routed
 * @bus: the bus
 * @plan: deliveries planned, in order
 * @n_plan: how many, @max_plan at most
 * @want_plan: how many there would be, with room for them
 * @entries: &dbus_entry.node: one for each delivery
 * @n_entries: how many
 * @spare: buffers for messages of the bus itself
 * @max_spare: room for so many
 * @n_spare: how many there are, @used_spare of them used
 * @used_spare: may be more than there are: then too few are there
 * @spare_len: octets that each must hold
 * @small_spare: one was too small
 * @aside: what is built now is an error that only monitors see
 * @args: room for the arguments of the message that rules are held against
 * @want_args: @args is needed
 * @note: buffer for a signal to the daemon, of which nobody else hears
 * @want_note: @note is needed
 * @waiting: entry for a message that is to wait for a service
 * @want_waiting: @waiting is needed
 * @match: match rule to be added, or the one taken out
 * @reply: reply slot to be added, or the one taken out
 * @want_reply: @reply is needed
 * @share: in no list: for a user who has never sent to the receiver's user
 * @want_share: @share is needed
 * @done: it was carried out
 * @few: the first of @plan
 * @few_spare: the first of @spare
 *
 * Nothing may be allocated under the lock of the bus, and how much a change
 * needs is known only there. So it is planned under the lock first; if what
 * was allocated before does not suffice, nothing has been changed: the lock is
 * dropped, more is allocated, and it is planned anew.
 */
struct dbus_txn {
	struct dbus_bus *bus;
	struct dbus_delivery *plan;
	u32 n_plan;
	u32 max_plan;
	u32 want_plan;
	struct list_head entries;
	u32 n_entries;
	struct dbus_msg **spare;
	u32 max_spare;
	u32 n_spare;
	u32 used_spare;
	u32 spare_len;
	bool small_spare;
	bool aside;
	struct wire_args *args;
	bool want_args;
	struct dbus_msg *note;
	bool want_note;
	struct dbus_waiting *waiting;
	bool want_waiting;
	struct dbus_match *match;
	struct dbus_reply *reply;
	bool want_reply;
	struct dbus_share *share;
	bool want_share;
	bool done;
	struct dbus_delivery few[DBUS_TXN_FEW];
	struct dbus_msg *few_spare[DBUS_TXN_FEW];
};

void dbus_txn_init(struct dbus_txn *txn, struct dbus_bus *bus);
void dbus_txn_lend(struct dbus_txn *txn, struct dbus_entry *entry);
int dbus_txn_expect(struct dbus_txn *txn, u32 plan, u32 spare);
int dbus_txn_run(struct dbus_txn *txn,
		 int (*fn)(struct dbus_txn *txn, void *ctx), void *ctx);
void dbus_txn_free(struct dbus_txn *txn);

void dbus_txn_plan_charged(struct dbus_txn *txn, struct dbus_peer *peer,
			   struct dbus_msg *msg, struct dbus_share *share);
void dbus_txn_plan(struct dbus_txn *txn, struct dbus_peer *peer,
		   struct dbus_msg *msg);
void dbus_txn_plan_copy(struct dbus_txn *txn, struct dbus_peer *peer,
			struct dbus_msg *msg);
struct dbus_msg *dbus_txn_spare(struct dbus_txn *txn);
void dbus_txn_spare_len(struct dbus_txn *txn, u32 len);
bool dbus_txn_short(const struct dbus_txn *txn);
void dbus_txn_commit(struct dbus_txn *txn);

#endif /* _DBUS_TXN_H */
