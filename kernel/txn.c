// SPDX-License-Identifier: GPL-2.0
/*
 * Planning under the bus's lock what was allocated outside of it.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "activation.h"
#include "bus.h"
#include "match.h"
#include "peer.h"
#include "quota.h"
#include "reply.h"
#include "tap.h"
#include "txn.h"

/*
 * Enough for every message of the bus itself but lists of names: three names
 * of 255 octets and the header's own.
 */
#define SPARE_LEN	1536

/**
 * dbus_txn_init() - begin
 * @txn: on the caller's stack
 * @bus: the bus; the caller holds a reference
 */
void dbus_txn_init(struct dbus_txn *txn, struct dbus_bus *bus)
{
	memset(txn, 0, offsetof(struct dbus_txn, few));
	txn->bus = bus;
	txn->plan = txn->few;
	txn->max_plan = DBUS_TXN_FEW;
	txn->spare = txn->few_spare;
	txn->max_spare = DBUS_TXN_FEW;
	txn->spare_len = SPARE_LEN;
	INIT_LIST_HEAD(&txn->entries);
}

static void add_delivery(struct dbus_txn *txn, struct dbus_peer *peer,
			 struct dbus_msg *msg, bool copy)
{
	lockdep_assert_held(&txn->bus->lock);
	if (txn->n_plan < txn->max_plan)
		txn->plan[txn->n_plan++] = (struct dbus_delivery){
			.peer = peer, .msg = msg, .copy = copy,
		};
	txn->want_plan++;
}

/**
 * dbus_txn_plan() - a message is to be delivered
 * @txn: the transaction
 * @peer: the receiver
 * @msg: the message, the caller's or one of dbus_txn_spare()
 */
void dbus_txn_plan(struct dbus_txn *txn, struct dbus_peer *peer,
		   struct dbus_msg *msg)
{
	add_delivery(txn, peer, msg, false);
}

/**
 * dbus_txn_plan_charged() - a message is to be delivered that nobody asked for
 * @txn: the transaction
 * @peer: the receiver
 * @msg: the message
 * @share: what it is charged to while it waits; NULL for nothing
 */
void dbus_txn_plan_charged(struct dbus_txn *txn, struct dbus_peer *peer,
			   struct dbus_msg *msg, struct dbus_share *share)
{
	add_delivery(txn, peer, msg, false);
	if (txn->n_plan == txn->want_plan)
		txn->plan[txn->n_plan - 1].share = share;
}

/**
 * dbus_txn_plan_copy() - somebody who only looks on is to get a message, too
 * @txn: the transaction
 * @peer: a monitor, or who eavesdrops
 * @msg: the message
 */
void dbus_txn_plan_copy(struct dbus_txn *txn, struct dbus_peer *peer,
			struct dbus_msg *msg)
{
	add_delivery(txn, peer, msg, true);
}

/**
 * dbus_txn_spare() - a buffer for a message of the bus itself
 * @txn: the transaction
 * Return: the message, the transaction's; NULL if there are too few, which
 *	dbus_txn_short() will tell
 */
struct dbus_msg *dbus_txn_spare(struct dbus_txn *txn)
{
	u32 n = txn->used_spare++;

	lockdep_assert_held(&txn->bus->lock);
	if (n >= txn->n_spare)
		return NULL;
	if (txn->spare[n]->size < txn->spare_len) {
		txn->small_spare = true;
		return NULL;
	}
	txn->spare[n]->verdict.n_recipients = 0;
	txn->spare[n]->verdict.denied = false;
	txn->spare[n]->verdict.aside = txn->aside;
	return txn->spare[n];
}

/**
 * dbus_txn_spare_len() - the next messages of the bus may be long
 * @txn: the transaction
 * @len: octets that dbus_txn_spare() is to have room for
 */
void dbus_txn_spare_len(struct dbus_txn *txn, u32 len)
{
	txn->spare_len = max(txn->spare_len, len);
}

/**
 * dbus_txn_short() - must more be allocated?
 * @txn: the transaction, planned
 * Return: true if so: the caller must leave everything as it is
 */
bool dbus_txn_short(const struct dbus_txn *txn)
{
	return txn->want_plan > txn->max_plan ||
	       txn->want_plan > txn->n_entries ||
	       txn->used_spare > txn->n_spare || txn->small_spare ||
	       (txn->want_args && !txn->args) ||
	       (txn->want_note && !txn->note) ||
	       (txn->want_reply && !txn->reply) ||
	       (txn->want_share && !txn->share) ||
	       (txn->want_waiting && !txn->waiting);
}

static int reserve_plan(struct dbus_txn *txn)
{
	u32 max = txn->want_plan + txn->want_plan / 4;
	struct dbus_delivery *plan;

	if (txn->want_plan <= txn->max_plan)
		return 0;
	plan = kvmalloc_array(max, sizeof(*plan), GFP_KERNEL_ACCOUNT);
	if (!plan)
		return -ENOMEM;
	if (txn->plan != txn->few)
		kvfree(txn->plan);
	txn->plan = plan;
	txn->max_plan = max;
	return 0;
}

static struct dbus_msg *new_spare(u32 len)
{
	struct dbus_msg *msg = dbus_msg_new(len, GFP_KERNEL_ACCOUNT);

	while (msg && msg->size < len) {
		if (dbus_msg_grow(msg, 0, len, GFP_KERNEL_ACCOUNT)) {
			dbus_msg_put(msg);
			return NULL;
		}
	}
	return msg;
}

static int reserve_spare_room(struct dbus_txn *txn)
{
	u32 max = txn->used_spare + txn->used_spare / 4;
	struct dbus_msg **spare;

	if (txn->used_spare <= txn->max_spare)
		return 0;
	spare = kvmalloc_array(max, sizeof(*spare), GFP_KERNEL_ACCOUNT);
	if (!spare)
		return -ENOMEM;
	memcpy(spare, txn->spare, txn->n_spare * sizeof(*spare));
	if (txn->spare != txn->few_spare)
		kvfree(txn->spare);
	txn->spare = spare;
	txn->max_spare = max;
	return 0;
}

static int reserve_spare(struct dbus_txn *txn)
{
	struct dbus_msg *msg;
	u32 i;

	if (reserve_spare_room(txn))
		return -ENOMEM;
	for (i = 0; i < txn->used_spare; i++) {
		if (i < txn->n_spare && txn->spare[i]->size >= txn->spare_len)
			continue;
		msg = new_spare(txn->spare_len);
		if (!msg)
			return -ENOMEM;
		if (i < txn->n_spare)
			dbus_msg_put(txn->spare[i]);
		else
			txn->n_spare++;
		txn->spare[i] = msg;
	}
	return 0;
}

static int reserve(struct dbus_txn *txn)
{
	struct dbus_entry *entry;

	if (reserve_plan(txn))
		return -ENOMEM;
	while (txn->n_entries < txn->want_plan) {
		entry = dbus_entry_new(GFP_KERNEL_ACCOUNT);
		if (!entry)
			return -ENOMEM;
		list_add_tail(&entry->node, &txn->entries);
		txn->n_entries++;
	}
	if (reserve_spare(txn))
		return -ENOMEM;
	if (txn->want_args && !txn->args) {
		txn->args = kmalloc(sizeof(*txn->args), GFP_KERNEL_ACCOUNT);
		if (!txn->args)
			return -ENOMEM;
	}
	if (txn->want_note && !txn->note) {
		txn->note = new_spare(SPARE_LEN);
		if (!txn->note)
			return -ENOMEM;
	}
	if (txn->want_reply && !txn->reply) {
		txn->reply = dbus_reply_new();
		if (!txn->reply)
			return -ENOMEM;
	}
	if (txn->want_share && !txn->share) {
		txn->share = dbus_share_new();
		if (!txn->share)
			return -ENOMEM;
	}
	if (txn->want_waiting && !txn->waiting) {
		txn->waiting = dbus_waiting_new();
		if (!txn->waiting)
			return -ENOMEM;
	}
	return 0;
}

/**
 * dbus_txn_lend() - an entry that need not be allocated
 * @txn: the transaction, begun
 * @entry: the entry; taken over
 */
void dbus_txn_lend(struct dbus_txn *txn, struct dbus_entry *entry)
{
	list_add_tail(&entry->node, &txn->entries);
	txn->n_entries++;
}

/**
 * dbus_txn_expect() - allocate what will be needed most often, at once
 * @txn: the transaction
 * @plan: deliveries
 * @spare: messages of the bus itself, of the usual length
 * Return: 0 or -ENOMEM
 */
int dbus_txn_expect(struct dbus_txn *txn, u32 plan, u32 spare)
{
	txn->want_plan = plan;
	txn->used_spare = spare;
	return reserve(txn);
}

/**
 * dbus_txn_commit() - link all planned deliveries into their queues
 * @txn: not short
 *
 * Receivers are kept from here on until dbus_txn_free() has sent to them.
 */
void dbus_txn_commit(struct dbus_txn *txn)
{
	struct dbus_delivery *d;
	struct dbus_entry *entry;
	u32 i;

	lockdep_assert_held(&txn->bus->lock);
	for (i = 0; i < txn->n_plan; i++) {
		d = &txn->plan[i];
		entry = list_first_entry(&txn->entries, struct dbus_entry,
					 node);
		list_del(&entry->node);
		entry->msg = dbus_msg_get(d->msg);
		entry->share = d->share;
		if (d->share)
			dbus_quota_charge(d->share, d->msg);
		if (dbus_queue_link(d->peer, entry)) {
			txn->n_entries--;
			if (!d->copy) {
				d->msg->verdict.n_recipients++;
				txn->bus->count.delivered++;
			}
		} else {
			dbus_quota_uncharge(entry->share, d->msg);
			entry->share = NULL;
			/* not the last reference: the plan has one */
			refcount_dec(&d->msg->ref);
			entry->msg = NULL;
			list_add(&entry->node, &txn->entries);
		}
		dbus_peer_get(d->peer);
	}
	txn->done = true;
}

/**
 * dbus_txn_run() - plan, allocate as often as that needs, and carry out
 * @txn: the transaction
 * @fn: plans, and unless dbus_txn_short(), makes its changes and calls
 *	dbus_txn_commit(); called with the lock of the bus held, once or more
 * @ctx: for @fn
 * Return: what the last call of @fn did, or -ENOMEM with nothing changed
 */
int dbus_txn_run(struct dbus_txn *txn,
		 int (*fn)(struct dbus_txn *txn, void *ctx), void *ctx)
{
	int ret;

	for (;;) {
		txn->n_plan = 0;
		txn->want_plan = 0;
		txn->used_spare = 0;
		txn->small_spare = false;
		spin_lock(&txn->bus->lock);
		ret = fn(txn, ctx);
		spin_unlock(&txn->bus->lock);
		if (txn->done || !dbus_txn_short(txn))
			return ret;
		if (reserve(txn))
			return -ENOMEM;
	}
}

/**
 * dbus_txn_free() - send what was linked, and free what was not used
 * @txn: the transaction
 *
 * Context: process, no lock held
 */
void dbus_txn_free(struct dbus_txn *txn)
{
	struct dbus_entry *entry, *next;
	u32 i;

	for (i = 0; txn->done && i < txn->n_plan; i++) {
		dbus_queue_flush(txn->plan[i].peer);
		dbus_peer_put(txn->plan[i].peer);
	}
	dbus_tap_flush(txn->bus);
	list_for_each_entry_safe(entry, next, &txn->entries, node)
		dbus_entry_free(entry);
	for (i = 0; i < txn->n_spare; i++)
		dbus_msg_put(txn->spare[i]);
	if (txn->spare != txn->few_spare)
		kvfree(txn->spare);
	if (txn->plan != txn->few)
		kvfree(txn->plan);
	kfree(txn->args);
	dbus_msg_put(txn->note);
	dbus_waiting_free(txn->waiting);
	dbus_share_put(txn->share);
	dbus_match_free(txn->match);
	dbus_reply_free(txn->reply);
}
