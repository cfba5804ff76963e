// SPDX-License-Identifier: GPL-2.0
/*
 * Replies that are waited for: only these pass.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "bus.h"
#include "bus_message.h"
#include "limit.h"
#include "monitor.h"
#include "peer.h"
#include "quota.h"
#include "reply.h"
#include "txn.h"

#define MEMORY_RETRY_MS	20
#define SPARE_MAX	64

static struct kmem_cache *reply_cache;

/**
 * dbus_reply_new() - allocate a slot for a reply
 * Return: the slot, the caller's, or NULL
 */
struct dbus_reply *dbus_reply_new(void)
{
	return kmem_cache_zalloc(reply_cache, GFP_KERNEL_ACCOUNT);
}

/**
 * dbus_reply_free() - free a slot
 * @reply: in no list; may be NULL
 */
void dbus_reply_free(struct dbus_reply *reply)
{
	if (reply)
		kmem_cache_free(reply_cache, reply);
}

/**
 * dbus_reply_reuse() - a slot that was used before
 * @bus: the bus, locked
 * Return: the slot, the caller's, or NULL
 */
struct dbus_reply *dbus_reply_reuse(struct dbus_bus *bus)
{
	struct dbus_reply *reply;

	lockdep_assert_held(&bus->lock);
	reply = list_first_entry_or_null(&bus->spare_replies,
					 struct dbus_reply, by_time);
	if (reply) {
		list_del(&reply->by_time);
		bus->n_spare_replies--;
	}
	return reply;
}

/**
 * dbus_reply_keep() - keep a slot for a call to come
 * @bus: the bus, locked
 * @reply: in no list
 * Return: false if there are enough: the slot remains the caller's
 */
bool dbus_reply_keep(struct dbus_bus *bus, struct dbus_reply *reply)
{
	lockdep_assert_held(&bus->lock);
	if (bus->n_spare_replies >= SPARE_MAX)
		return false;
	list_add(&reply->by_time, &bus->spare_replies);
	bus->n_spare_replies++;
	return true;
}

static int order(const struct dbus_reply *r, u32 serial, u64 replier)
{
	if (serial != r->serial)
		return serial < r->serial ? -1 : 1;
	if (replier != r->replier->id)
		return replier < r->replier->id ? -1 : 1;
	return 0;
}

/**
 * dbus_reply_find() - is this reply waited for?
 * @caller: who would wait for it, the bus locked
 * @replier: who sends it
 * @serial: of the call
 * Return: the slot or NULL
 */
struct dbus_reply *dbus_reply_find(struct dbus_peer *caller,
				   struct dbus_peer *replier, u32 serial)
{
	struct rb_node *node = caller->calls.rb_node;
	struct dbus_reply *r;
	int c;

	lockdep_assert_held(&caller->bus->lock);
	while (node) {
		r = rb_entry(node, struct dbus_reply, by_serial);
		c = order(r, serial, replier->id);
		if (!c)
			return r;
		node = c < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* --- those that don't come ---------------------------------------------------------- */

/* Jiffies until the oldest has waited too long; LONG_MAX: there is none. */
static long time_left(struct dbus_bus *bus)
{
	u32 limit = dbus_limit(bus, DBUS_LIMIT_REPLY_TIMEOUT);
	struct dbus_reply *first;

	first = list_first_entry_or_null(&bus->waiting, struct dbus_reply,
					 by_time);
	if (!first || limit == DBUS_LIMIT_NONE)
		return LONG_MAX;
	return (long)(first->since + msecs_to_jiffies(limit) - jiffies);
}

/* Look again when the oldest has waited too long; the work has a reference. */
static void look_later(struct dbus_bus *bus)
{
	long left = time_left(bus);

	lockdep_assert_held(&bus->lock);
	if (left == LONG_MAX || bus->dead)
		return;
	dbus_bus_get(bus);
	if (!queue_delayed_work(dbus_wq, &bus->expire, max(left, 0L)))
		refcount_dec(&bus->ref);	/* that of the queued one stays */
}

static void wait_for(struct dbus_bus *bus, struct dbus_reply *reply)
{
	bool first = list_empty(&bus->waiting);

	reply->since = jiffies;
	list_add_tail(&reply->by_time, &bus->waiting);
	if (first)
		look_later(bus);
}

/* Tell one caller that it has waited too long. Returns 1 while there are more. */
static int expire_one(struct dbus_txn *txn, void *ctx)
{
	struct dbus_bus *bus = ctx;
	struct dbus_reply *reply;

	if (time_left(bus) > 0)
		return 0;
	reply = list_first_entry(&bus->waiting, struct dbus_reply, by_time);
	dbus_no_reply(txn, reply->caller, reply->serial,
		      "Message did not receive a reply (timeout by message bus)");
	if (!dbus_monitor_planned(txn, NULL, reply->replier))
		return -EAGAIN;
	dbus_reply_del(reply);
	txn->reply = reply;
	dbus_txn_commit(txn);
	dbus_bus_message_note(txn);
	return 1;
}

static void expire_work(struct work_struct *work)
{
	struct dbus_bus *bus = container_of(to_delayed_work(work),
					    struct dbus_bus, expire);
	struct dbus_txn txn;
	int ret;

	do {
		dbus_txn_init(&txn, bus);
		ret = dbus_txn_run(&txn, expire_one, bus);
		dbus_txn_free(&txn);
		if (ret == -ENOMEM)
			msleep(MEMORY_RETRY_MS);
	} while (ret);
	spin_lock(&bus->lock);
	look_later(bus);
	spin_unlock(&bus->lock);
	dbus_bus_put(bus);
}

/**
 * dbus_reply_start() - a new bus: nobody waits for a reply
 * @bus: the bus
 */
void dbus_reply_start(struct dbus_bus *bus)
{
	INIT_LIST_HEAD(&bus->waiting);
	INIT_LIST_HEAD(&bus->spare_replies);
	INIT_DELAYED_WORK(&bus->expire, expire_work);
}

/**
 * dbus_reply_stop() - a bus is unmade: it looks after no more replies
 * @bus: the bus, dead, without peers
 */
void dbus_reply_stop(struct dbus_bus *bus)
{
	struct dbus_reply *reply, *next;

	list_for_each_entry_safe(reply, next, &bus->spare_replies, by_time)
		dbus_reply_free(reply);
	if (cancel_delayed_work(&bus->expire))
		dbus_bus_put(bus);
}

/**
 * dbus_reply_full() - does a peer, or its user, wait for as many replies as it may?
 * @caller: the peer, its bus locked
 */
bool dbus_reply_full(const struct dbus_peer *caller)
{
	return caller->n_calls >= dbus_limit(caller->bus, DBUS_LIMIT_REPLIES) ||
	       dbus_quota_held(caller, DBUS_HELD_REPLIES);
}

/**
 * dbus_reply_add() - wait for a reply
 * @reply: the slot, in no list
 * @caller: who will get it, the bus locked
 * @replier: who shall send it
 * @serial: of the call; dbus_reply_find() knows no such one
 */
void dbus_reply_add(struct dbus_reply *reply, struct dbus_peer *caller,
		    struct dbus_peer *replier, u32 serial)
{
	struct rb_node **link = &caller->calls.rb_node;
	struct rb_node *parent = NULL;
	struct dbus_reply *r;

	lockdep_assert_held(&caller->bus->lock);
	while (*link) {
		parent = *link;
		r = rb_entry(parent, struct dbus_reply, by_serial);
		link = order(r, serial, replier->id) < 0 ? &parent->rb_left
							 : &parent->rb_right;
	}
	reply->caller = caller;
	reply->replier = replier;
	reply->serial = serial;
	rb_link_node(&reply->by_serial, parent, link);
	rb_insert_color(&reply->by_serial, &caller->calls);
	list_add_tail(&reply->of_replier, &replier->serves);
	INIT_LIST_HEAD(&reply->by_time);
	if (dbus_limit(caller->bus, DBUS_LIMIT_REPLY_TIMEOUT) !=
	    DBUS_LIMIT_NONE)
		wait_for(caller->bus, reply);
	caller->n_calls++;
	caller->user->n[DBUS_HELD_REPLIES]++;
	caller->bus->n_replies++;
}

/**
 * dbus_reply_del() - the reply has come, or won't
 * @reply: the slot, the bus locked; the caller's from now on
 */
void dbus_reply_del(struct dbus_reply *reply)
{
	struct dbus_peer *caller = reply->caller;

	lockdep_assert_held(&caller->bus->lock);
	rb_erase(&reply->by_serial, &caller->calls);
	list_del(&reply->of_replier);
	list_del_init(&reply->by_time);
	caller->n_calls--;
	caller->user->n[DBUS_HELD_REPLIES]--;
	caller->bus->n_replies--;
}

int dbus_reply_init(void)
{
	reply_cache = KMEM_CACHE(dbus_reply, SLAB_ACCOUNT);
	return reply_cache ? 0 : -ENOMEM;
}

void dbus_reply_exit(void)
{
	kmem_cache_destroy(reply_cache);
}
