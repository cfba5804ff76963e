/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_QUEUE_H
#define _DBUS_QUEUE_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct dbus_msg;
struct dbus_peer;
struct dbus_share;
struct dbus_txn;

/**
 * struct dbus_entry - a message in a receiver's queue
 * @node: in &dbus_tx.queue, or in a transaction that has it in reserve
 * @msg: the message; holds a reference
 * @home: the message that the entry is a part of, holding a reference; NULL: it is
 *	allocated by itself
 * @share: what it is charged to, or NULL
 * @sent: octets of it that the receiver's socket has taken
 */
struct dbus_entry {
	struct list_head node;
	struct dbus_msg *msg;
	struct dbus_msg *home;
	struct dbus_share *share;
	u32 sent;
};

/**
 * struct dbus_tx - what waits to be sent to a peer
 * @lock: protects @queue, @busy, @closed and the counters; taken inside the
 *	bus's lock
 * @queue: &dbus_entry.node
 * @busy: somebody is sending; whoever set it goes on until the queue is empty,
 *	the socket full, or hands over to @work
 * @handed: @busy was handed over to @work
 * @blocked: the socket was full: write_space is waited for
 * @closed: takes no more entries
 * @bytes: octets in the queue
 * @n: messages in the queue
 * @n_fds: descriptors in the queue
 * @sent_bytes: octets sent
 * @sent: messages sent
 * @work: sends what those who route can't
 */
struct dbus_tx {
	spinlock_t lock;
	struct list_head queue;
	bool busy;
	bool handed;
	bool blocked;
	bool closed;
	u64 bytes;
	u32 n;
	u32 n_fds;
	u64 sent_bytes;
	u64 sent;
	struct delayed_work work;
};

/*
 * Does this thread get a processor only when nobody else wants it? In the midst
 * of what others wait for it could stay for long: a worker should do that.
 */
static inline bool dbus_runs_rarely(void)
{
	return current->policy == SCHED_IDLE || task_nice(current) > 0;
}

void dbus_queue_start(struct dbus_peer *peer);
bool dbus_queue_full(struct dbus_peer *peer, const struct dbus_msg *msg);
bool dbus_queue_link(struct dbus_peer *peer, struct dbus_entry *entry);
void dbus_queue_flush(struct dbus_peer *peer);
void dbus_queue_writable(struct dbus_peer *peer);
void dbus_queue_close(struct dbus_peer *peer);

struct dbus_entry *dbus_entry_new(gfp_t gfp);
struct dbus_entry *dbus_entry_of(struct dbus_msg *msg);
void dbus_entry_free(struct dbus_entry *entry);

int dbus_queue_init(void);
void dbus_queue_exit(void);

#endif /* _DBUS_QUEUE_H */
