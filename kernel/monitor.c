// SPDX-License-Identifier: GPL-2.0
/*
 * Monitors: peers that have given up their names to see every message, those
 * that nobody gets included. D-Bus Specification, "BecomeMonitor".
 */
#include <linux/list.h>
#include <linux/spinlock.h>

#include "bus.h"
#include "match.h"
#include "message.h"
#include "monitor.h"
#include "peer.h"
#include "txn.h"

/**
 * dbus_monitor_free_rules() - free the rules of a monitor
 * @rules: &dbus_match.of_peer
 */
void dbus_monitor_free_rules(struct list_head *rules)
{
	struct dbus_match *m, *next;

	list_for_each_entry_safe(m, next, rules, of_peer)
		dbus_match_free(m);
	INIT_LIST_HEAD(rules);
}

/**
 * dbus_monitor_start() - let a peer see what its rules say
 * @peer: the peer, its bus locked
 * @rules: &dbus_match.of_peer, taken over; none: everything
 */
void dbus_monitor_start(struct dbus_peer *peer, struct list_head *rules)
{
	lockdep_assert_held(&peer->bus->lock);
	set_bit(PEER_MONITOR, &peer->flags);
	list_splice_init(rules, &peer->watch);
	list_add_tail(&peer->node, &peer->bus->monitors);
}

/**
 * dbus_monitor_stop() - a peer leaves, a monitor or not
 * @peer: the peer, its bus locked
 * @rules: gets its rules, to be freed without the lock
 */
void dbus_monitor_stop(struct dbus_peer *peer, struct list_head *rules)
{
	lockdep_assert_held(&peer->bus->lock);
	list_del_init(&peer->node);
	list_splice_init(&peer->watch, rules);
}

/* Does a monitor want the message? *@args: its arguments are in @txn->args. */
static bool wants(struct dbus_txn *txn, struct dbus_peer *monitor,
		  struct dbus_msg *msg, struct dbus_peer *from, bool *args)
{
	struct dbus_match *m;

	if (list_empty(&monitor->watch))
		return true;
	list_for_each_entry(m, &monitor->watch, of_peer) {
		if (m->rule.n_args && !*args) {
			txn->want_args = true;
			if (!txn->args)
				return false;
			wire_args_get(txn->args, &msg->wire);
			*args = true;
		}
		if (dbus_match_applies(m, msg, from, txn->args))
			return true;
	}
	return false;
}

/* Plan the copies of a message, but for @self, which it is about. */
static void plan(struct dbus_txn *txn, struct dbus_msg *msg,
		 struct dbus_peer *from, struct dbus_peer *self)
{
	struct dbus_peer *monitor;
	bool args = false;

	list_for_each_entry(monitor, &txn->bus->monitors, node) {
		if (monitor == self || msg->verdict.receiver == monitor->id ||
		    !wants(txn, monitor, msg, from, &args))
			continue;
		if (dbus_msg_n_fds(msg) &&
		    !dbus_peer_is(monitor, PEER_UNIX_FDS))
			continue;
		if (dbus_queue_full(monitor, msg))
			dbus_peer_kill(monitor);
		else
			dbus_txn_plan_copy(txn, monitor, msg);
	}
}

/**
 * dbus_monitor_plan() - plan what monitors get of a message that was built before
 * @txn: the transaction, its bus locked
 * @msg: the message
 * @from: its sender; NULL for the bus itself
 */
void dbus_monitor_plan(struct dbus_txn *txn, struct dbus_msg *msg,
		       struct dbus_peer *from)
{
	plan(txn, msg, from, from);
}

/**
 * dbus_monitor_planned() - all is planned but what monitors get: plan that
 * @txn: the transaction, its bus locked
 * @msg: the message that is routed; NULL if the bus itself began to talk
 * @from: its sender, or the peer that the bus talks about
 * Return: true; false if more must be allocated first: the caller must leave
 *	everything as it is
 */
bool dbus_monitor_planned(struct dbus_txn *txn, struct dbus_msg *msg,
			  struct dbus_peer *from)
{
	u32 i, n = min(txn->used_spare, txn->n_spare);

	if (dbus_txn_short(txn))
		return false;
	if (list_empty(&txn->bus->monitors))
		return true;
	if (msg)
		plan(txn, msg, from, from);
	for (i = 0; i < n; i++)
		plan(txn, txn->spare[i], NULL, from);
	return !dbus_txn_short(txn);
}
