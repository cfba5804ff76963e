// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that only the daemon can answer, kept while it is away.
 */
#include <linux/slab.h>

#include "bus.h"
#include "kept.h"
#include "message.h"
#include "peer.h"
#include "txn.h"

/**
 * dbus_kept_new() - prepare to keep a call
 * @caller: who makes it
 * @msg: the call
 * Return: the kept call, in no list, or NULL
 */
struct dbus_kept *dbus_kept_new(struct dbus_peer *caller,
				struct dbus_msg *msg)
{
	struct dbus_kept *k = kmalloc(sizeof(*k), GFP_KERNEL_ACCOUNT);

	if (k) {
		INIT_LIST_HEAD(&k->node);
		k->caller = caller;
		k->msg = dbus_msg_get(msg);
	}
	return k;
}

/**
 * dbus_kept_free() - let a call go
 * @kept: in no list; may be NULL
 *
 * Context: no lock held
 */
void dbus_kept_free(struct dbus_kept *kept)
{
	if (!kept)
		return;
	dbus_msg_put(kept->msg);
	kfree(kept);
}

/**
 * dbus_kept_free_list() - let calls go
 * @list: &dbus_kept.node, taken off the bus
 */
void dbus_kept_free_list(struct list_head *list)
{
	struct dbus_kept *k, *next;

	list_for_each_entry_safe(k, next, list, node)
		dbus_kept_free(k);
}

/**
 * dbus_kept_full() - is a call one too many to keep?
 * @caller: who makes it, the bus locked
 * @msg: the call
 */
bool dbus_kept_full(const struct dbus_peer *caller, const struct dbus_msg *msg)
{
	return caller->n_kept >= DBUS_KEPT_MAX ||
	       caller->kept_bytes + msg->wire.len > DBUS_KEPT_BYTES;
}

/**
 * dbus_kept_add() - keep a call
 * @kept: the call, its bus locked
 */
void dbus_kept_add(struct dbus_kept *kept)
{
	struct dbus_peer *caller = kept->caller;

	lockdep_assert_held(&caller->bus->lock);
	list_add_tail(&kept->node, &caller->bus->kept);
	caller->bus->n_kept++;
	caller->n_kept++;
	caller->kept_bytes += kept->msg->wire.len;
}

/**
 * dbus_kept_del() - keep a call no longer
 * @kept: the call, its bus locked
 * @to: list that it goes to, to be freed without the lock
 */
void dbus_kept_del(struct dbus_kept *kept, struct list_head *to)
{
	struct dbus_peer *caller = kept->caller;

	lockdep_assert_held(&caller->bus->lock);
	list_move(&kept->node, to);
	caller->bus->n_kept--;
	caller->n_kept--;
	caller->kept_bytes -= kept->msg->wire.len;
}

/**
 * dbus_kept_find() - does a caller wait for this answer of the driver?
 * @caller: who would, its bus locked
 * @serial: of the call
 * Return: the call, or NULL
 */
struct dbus_kept *dbus_kept_find(struct dbus_peer *caller, u32 serial)
{
	struct dbus_kept *k;

	lockdep_assert_held(&caller->bus->lock);
	if (!caller->n_kept)
		return NULL;
	list_for_each_entry(k, &caller->bus->kept, node) {
		if (k->caller == caller && k->msg->wire.serial == serial)
			return k;
	}
	return NULL;
}

/**
 * dbus_kept_is_oneway() - does the caller want no answer?
 * @kept: the call
 *
 * The driver answers it all the same: so the bus knows that it need not be kept.
 */
bool dbus_kept_is_oneway(const struct dbus_kept *kept)
{
	return kept->msg->wire.flags & WIRE_NO_REPLY_EXPECTED;
}

/**
 * dbus_kept_forget() - keep no calls of a peer that leaves
 * @caller: the peer, its bus locked
 * @to: list that they go to, to be freed without the lock
 */
void dbus_kept_forget(struct dbus_peer *caller, struct list_head *to)
{
	struct dbus_kept *k, *next;

	if (!caller->n_kept)
		return;
	list_for_each_entry_safe(k, next, &caller->bus->kept, node) {
		if (k->caller == caller)
			dbus_kept_del(k, to);
	}
}

/**
 * struct hand_over - a peer is to be the driver
 * @to: the peer
 * @vacant: only if there is none
 */
struct hand_over {
	struct dbus_peer *to;
	bool vacant;
};

/* All at once, so that no call goes to the new driver twice, or out of order. */
static int hand_over(struct dbus_txn *txn, void *ctx)
{
	struct hand_over *h = ctx;
	struct dbus_bus *bus = txn->bus;
	struct dbus_peer *old = bus->driver;
	struct dbus_kept *k;

	if (dbus_peer_is(h->to, PEER_GONE) || bus->dead)
		return -ENOTCONN;
	if (h->vacant && old && dbus_peer_is_open(old))
		return -EBUSY;
	list_for_each_entry(k, &bus->kept, node)
		dbus_txn_plan(txn, h->to, k->msg);
	if (dbus_txn_short(txn))
		return -EAGAIN;
	dbus_txn_commit(txn);
	if (old)
		dbus_peer_kill(old);
	bus->driver = h->to;
	h->to->turn = ++bus->n_drivers;
	bus->driven = true;
	dbus_bus_changed(bus);
	return 0;
}

/**
 * dbus_kept_hand_over() - make a peer the driver, and give it what waits for one
 * @driver: the peer, on its bus
 * @vacant: only if the bus has no driver whose connection is open
 * Return: 0; -EBUSY if it has, -ENOTCONN, -ENOMEM
 *
 * The old driver, if there is one, is disconnected.
 */
int dbus_kept_hand_over(struct dbus_peer *driver, bool vacant)
{
	struct hand_over h = { .to = driver, .vacant = vacant };
	struct dbus_txn txn;
	int err;

	dbus_txn_init(&txn, driver->bus);
	err = dbus_txn_run(&txn, hand_over, &h);
	dbus_txn_free(&txn);
	return err;
}
