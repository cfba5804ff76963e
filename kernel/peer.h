/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_PEER_H
#define _DBUS_PEER_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "bus.h"
#include "queue.h"
#include "receive.h"
#include "wire/message.h"

struct cred;
struct dbus_policy_view;
struct dbus_user;
struct netlink_ext_ack;
struct pid;
struct sock;
struct socket;

enum dbus_peer_bit {
	PEER_HELLO,		/* has said Hello: is on the bus */
	PEER_UNIX_FDS,		/* has agreed to take file descriptors */
	PEER_DRIVER,		/* answers for org.freedesktop.DBus */
	PEER_MONITOR,		/* sees everything, may send nothing */
	PEER_CONSOLE,		/* its user is at the console */
	PEER_DEAD,		/* is being disconnected */
	PEER_GONE,		/* is in no table any more; under the lock */
};

#define DBUS_UNIQUE_MAX		24	/* ":1.18446744073709551615" */

/**
 * struct dbus_socket - an adopted socket
 * @sock: its socket; the reference on its file is ours
 * @data_ready: and so on: the callbacks that ours stand in for
 */
struct dbus_socket {
	struct socket *sock;
	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
};

/**
 * struct dbus_peer - a connection to a bus
 * @id: N of its unique name :1.N, never used again on this bus; that of the
 *	driver is DBUSMON_ID_BUS
 * @unique: its unique name, NUL-terminated; empty for the driver
 * @unique_len: octets of it
 * @flags: enum dbus_peer_bit
 * @bus: its bus; holds a reference
 * @ref: references: the table's, and those of users
 * @turn: of a driver: the how-manieth of its bus it is, from 1; under the bus's lock
 * @pid: process that connected
 * @cred: its credentials at that time
 * @comm: its name at that time
 * @label: its security label, or NULL
 * @user: whose it is, once it is on the bus; holds a reference
 * @socket: the server's end of its connection
 * @rx: what is being received from it
 * @tx: what is waiting to be sent to it
 * @bye: disconnects it
 * @node: in a list of the bus's monitors, if it is one
 * @watch: &dbus_match.of_peer: what it wants to see, if it is one
 * @names: &dbus_owner.of_peer: names that it owns or waits for
 * @matches: &dbus_match.of_peer: its match rules
 * @calls: &dbus_reply.by_serial: replies that it waits for
 * @serves: &dbus_reply.of_replier: replies that others wait for from it
 * @view: what the policy means for it; NULL: no policy
 * @n_names: how many; likewise @n_matches, @n_calls, @n_kept
 * @n_kept: calls of its that the bus keeps for the driver
 * @kept_bytes: octets of these
 * @waiting: &dbus_waiting.of_peer: messages of its that wait for services
 * @waiting_bytes: octets of these
 * @stamp: &dbus_bus.stamp of the last search that found it
 *
 * From @node on, the lock of the bus protects the fields.
 */
struct dbus_peer {
	u64 id;
	char unique[DBUS_UNIQUE_MAX];
	u8 unique_len;
	unsigned long flags;
	struct dbus_bus *bus;
	refcount_t ref;
	u32 turn;
	struct rcu_head rcu;

	struct pid *pid;
	const struct cred *cred;
	char comm[DBUSMON_COMM_LEN];
	char *label;
	struct dbus_user *user;

	struct dbus_socket socket;
	struct dbus_rx rx;
	struct dbus_tx tx;
	struct work_struct bye;

	struct list_head node;
	struct list_head watch;
	struct list_head names;
	struct list_head matches;
	struct rb_root calls;
	struct list_head serves;
	struct dbus_policy_view *view;
	u32 n_names;
	u32 n_matches;
	u32 n_calls;
	u32 n_kept;
	u64 kept_bytes;
	struct list_head waiting;
	u64 waiting_bytes;
	u64 stamp;
};

static inline bool dbus_peer_is(const struct dbus_peer *peer,
				enum dbus_peer_bit bit)
{
	return test_bit(bit, &peer->flags);
}

/* Will more come from the peer? Not if its other end is closed. */
bool dbus_peer_is_open(const struct dbus_peer *peer);

/* Unique name of a peer; the bus's own name for its driver. */
struct wire_str dbus_peer_name(const struct dbus_peer *peer);

struct dbus_peer *dbus_peer_new(struct dbus_bus *bus, struct socket *sock,
				unsigned long flags, const char *label,
				bool vacant, struct netlink_ext_ack *extack);
void dbus_peer_give_up(struct dbus_peer *peer);
void dbus_peer_kill(struct dbus_peer *peer);
void dbus_peer_put(struct dbus_peer *peer);

static inline struct dbus_peer *dbus_peer_get(struct dbus_peer *peer)
{
	refcount_inc(&peer->ref);
	return peer;
}

struct dbus_peer *dbus_peer_find(struct dbus_bus *bus, u64 id);
struct dbus_peer *dbus_peer_by_unique(struct dbus_bus *bus,
				      struct wire_str name);

#endif /* _DBUS_PEER_H */
