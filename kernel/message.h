/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_MESSAGE_H
#define _DBUS_MESSAGE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <linux/dbus.h>
#include "queue.h"
#include "wire/message.h"

struct dbus_conn;
struct file;
struct kmem_cache;
struct sk_buff;
struct wire_builder;

/**
 * struct dbus_files - file descriptors that travel with a message
 * @n: used elements of @file; a reference is held on each
 */
struct dbus_files {
	unsigned int n;
	struct file *file[];
};

/**
 * struct dbus_verdict - what became of a message: its record at the tap
 * @node: in &dbus_bus.tap_queue until the record is built
 * @seq: number on its bus
 * @time: of routing, ns since the epoch
 * @sender: id, or DBUSMON_ID_*
 * @receiver: id, or DBUSMON_ID_*
 * @n_recipients: receivers' queues that it was linked into
 * @rule: number of the policy's rule that refused it
 * @denied: the policy has refused it, to somebody at least
 * @aside: it is no message of the bus: monitors alone see it
 * @flags: DBUSMON_F_*
 * @kind: enum dbusmon_kind; 0: a message
 * @n_fds: descriptors of an observed message, which are not ours
 * @unnamed: who sent an observed message, with a reference, if the record waits
 *	for its name
 * @lost: records lost just before it
 * @pid: of the sender, in the initial namespace
 * @uid: likewise
 * @comm: of the sender
 */
struct dbus_verdict {
	struct list_head node;
	u64 seq;
	u64 time;
	u64 sender;
	u64 receiver;
	u32 n_recipients;
	u32 rule;
	bool denied;
	bool aside;
	u32 flags;
	u32 lost;
	u32 pid;
	u32 uid;
	struct dbus_conn *unnamed;
	u16 n_fds;
	u8 kind;
	u8 verdict;
	u8 reason;
	char comm[DBUSMON_COMM_LEN];
};

/**
 * struct dbus_msg - one message, shared by all queues that it stands in
 * @ref: references
 * @wire: the message taken apart; @wire.data is its first octet
 * @buf: where it is: in @inline_buf, @skb, or a buffer of its own
 * @skb: the socket's buffer that it came in; NULL if it was received by octets, or
 *	once it has been sent on
 * @room: octets before @wire.data that SENDER may use
 * @size: octets allocated for the message behind @room
 * @cache: where it came from
 * @files: file descriptors, NULL if there are none
 * @entry: lent to the transaction that routes the message
 * @yielded: who routes it still has a reference, but does not need its octets
 * @verdict: filled in when it is routed
 *
 * Written by one thread until it is routed, and not changed from then on.
 */
struct dbus_msg {
	refcount_t ref;
	struct wire_msg wire;
	u8 *buf;
	struct sk_buff *skb;
	u32 room;
	u32 size;
	struct kmem_cache *cache;
	struct dbus_files *files;
	struct dbus_entry entry;
	bool yielded;
	struct dbus_verdict verdict;
	u8 inline_buf[] __aligned(8);
};

struct dbus_msg *dbus_msg_new(u32 len, gfp_t gfp);
struct dbus_msg *dbus_msg_new_empty(gfp_t gfp);
void dbus_msg_set_skb(struct dbus_msg *msg, struct sk_buff *skb);
enum wire_status dbus_msg_set_sender(struct dbus_msg *msg, struct wire_str name);
struct sk_buff *dbus_msg_get_skb(struct dbus_msg *msg, bool last, gfp_t gfp);
u32 dbus_msg_next_size(const struct dbus_msg *msg, u32 want);
int dbus_msg_grow(struct dbus_msg *msg, u32 have, u32 want, gfp_t gfp);
struct dbus_msg *dbus_msg_copy(const struct dbus_msg *msg, gfp_t gfp);
void dbus_msg_put(struct dbus_msg *msg);
bool dbus_msg_reuse(struct dbus_msg *msg);

static inline struct dbus_msg *dbus_msg_get(struct dbus_msg *msg)
{
	refcount_inc(&msg->ref);
	return msg;
}

/* Where the octets of a message that is being received go. */
static inline u8 *dbus_msg_data(struct dbus_msg *msg)
{
	return msg->buf + msg->room;
}

static inline unsigned int dbus_msg_n_fds(const struct dbus_msg *msg)
{
	return msg->files ? msg->files->n : 0;
}

void dbus_files_free(struct dbus_files *files);

void dbus_msg_build(struct dbus_msg *msg, struct wire_builder *b,
		    enum wire_type type, u32 serial);
int dbus_msg_built(struct dbus_msg *msg, struct wire_builder *b);

int dbus_msg_init(void);
void dbus_msg_exit(void);

#endif /* _DBUS_MESSAGE_H */
