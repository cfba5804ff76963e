// SPDX-License-Identifier: GPL-2.0
/*
 * Replies that are waited for: only these pass.
 */
#include <linux/slab.h>

#include "bus.h"
#include "peer.h"
#include "reply.h"

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
	caller->n_calls++;
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
	caller->n_calls--;
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
