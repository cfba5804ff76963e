/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Observed buses: those that another program serves over AF_UNIX. Its sockets
 * are left to it; we look at what they have moved.
 *
 * observe.c		which sockets are observed, for which bus
 * observe_socket.c	how a socket's operations are looked at
 * observe_stream.c	from octets to lines of the handshake and messages
 * observe_name.c	whose unique name is what
 * observe_record.c	who sent a message, and whether it is told already
 */
#ifndef _DBUS_OBSERVE_H
#define _DBUS_OBSERVE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <linux/dbus.h>
#include "wire/message.h"

struct dbus_bus;
struct dbus_msg;
struct genl_info;
struct iov_iter;
struct net;
struct netlink_callback;
struct netlink_ext_ack;
struct pid;
struct sk_buff;
struct socket;

#define OBSERVE_CALLS		4	/* of a connection, remembered */
#define OBSERVE_SUBMISSIONS	64	/* of unnamed connections, likewise */
#define OBSERVE_BROADCASTS	1024	/* of the broker, likewise */
#define OBSERVE_UNIQUE_MAX	40	/* octets of a unique name, at most */

enum dbus_stream_state {
	STREAM_MESSAGES,	/* inside or before a message */
	STREAM_HANDSHAKE,	/* inside or before a line of the handshake */
	STREAM_LOST,		/* somewhere: looking for the next message */
	STREAM_OTHER,		/* no D-Bus: not looked at any more */
};

enum dbus_stream_missed {
	MISSED_NOTHING,
	MISSED_UNHEARD,		/* nobody listened to the tap */
	MISSED_UNSEEN,		/* two threads at once, or octets not in memory */
};

/**
 * struct dbus_stream - what one side of a connection has sent
 * @busy: bit 0: somebody is looking at octets. What another thread moves at the
 *	same time is lost, since nobody can say what came first
 * @state: enum dbus_stream_state
 * @spoke: has begun with what a handshake begins with
 * @header: the header of @msg is what is wanted first
 * @missed: enum dbus_stream_missed: what went by unseen since the last look
 * @head_len: octets in @head
 * @head: first octets of a message
 * @msg: message or line that is not complete, or NULL
 * @got: octets of it
 * @want: octets of it that are needed: all, or its header
 * @skip: octets to leave out: the rest of a message that is not recorded
 * @fds: descriptors that came and that no message has claimed
 * @charged: octets that @msg is charged to its bus with
 */
struct dbus_stream {
	unsigned long busy;
	u8 state;
	bool spoke;
	bool header;
	u32 missed;
	u8 head_len;
	u8 head[WIRE_FIXED_LEN];
	struct dbus_msg *msg;
	u32 got;
	u32 want;
	u32 skip;
	u32 fds;
	u32 charged;
};

/**
 * struct dbus_conn - an observed socket
 * @hash: in the table of observed sockets, under RCU
 * @ref: the table's reference, the bus's, and those of calls inside
 * @key: where the socket is, or was: by this it is found
 * @listener: it listens; what it accepts is observed too
 * @old: was there before it was observed, and may have a name
 * @pid: process that connected; a listener's: NULL
 * @uid: its user, as seen from the initial user namespace
 * @comm: its name when it connected
 * @lock: protects @sock and @bus; nothing is waited for under it
 * @sock: the socket, with our operations; NULL once it is given back or released
 * @bus: the bus, NULL once the socket is not observed for it any more
 * @in: what the client sends
 * @out: what the broker sends
 *
 * The lock of the bus protects what follows:
 * @node: in &dbus_observer.conns, while @listed
 * @id: N of the unique name :1.N; DBUSMON_ID_NONE while it is not known
 * @name: unique name
 * @name_len: octets of it; 0: not known
 * @hello: has asked for it
 * @waits: how many of its records waited for its name in vain
 * @calls: serials of the last calls that it made
 * @n_calls: how many it made
 * @seen: number of the last of the broker's broadcasts that it got
 * @rx_messages: messages recorded from it
 * @tx_messages: messages of the broker recorded to it
 */
struct dbus_conn {
	struct hlist_node hash;
	struct rcu_head rcu;
	refcount_t ref;
	const struct socket *key;
	bool listener;
	bool old;
	struct pid *pid;
	u32 uid;
	char comm[DBUSMON_COMM_LEN];

	spinlock_t lock;
	struct socket *sock;
	struct dbus_bus *bus;

	struct dbus_stream in;
	struct dbus_stream out;

	struct list_head node;
	bool listed;
	u64 id;
	char name[OBSERVE_UNIQUE_MAX];
	u8 name_len;
	bool hello;
	u8 waits;
	u32 calls[OBSERVE_CALLS];
	u32 n_calls;
	u64 seen;
	u64 rx_messages;
	u64 tx_messages;
};

/**
 * struct dbus_submission - a message of a connection without a known name
 * @conn: the connection, which is still of the bus; NULL if it is not
 * @key: says which message
 */
struct dbus_submission {
	struct dbus_conn *conn;
	u64 key;
};

/**
 * struct dbus_broadcast - a signal of the broker to everybody
 * @key: says which message
 * @time: when it was seen first, ktime_get() in ns
 */
struct dbus_broadcast {
	u64 key;
	u64 time;
};

/**
 * struct dbus_observer - what makes a bus an observed one
 * @conns: &dbus_conn.node
 * @n_conns: how many connections, without listeners
 * @n_listeners: how many listening sockets
 * @n_unnamed: connections that spoke and whose unique name is not known
 * @names: connections by @id
 * @spoken: D-Bus has been heard
 * @octets: looked at
 * @held: octets of messages that are not complete
 * @submissions: last messages of connections without a name
 * @n_submissions: how many there ever were
 * @broadcasts: last broadcasts of the broker
 * @n_broadcasts: how many there ever were
 *
 * Under the lock of the bus, but for the two counters that are atomic.
 */
struct dbus_observer {
	struct list_head conns;
	u32 n_conns;
	u32 n_listeners;
	u32 n_unnamed;
	struct xarray names;
	bool spoken;
	atomic64_t octets;
	atomic64_t held;
	struct dbus_submission submissions[OBSERVE_SUBMISSIONS];
	u64 n_submissions;
	struct dbus_broadcast broadcasts[OBSERVE_BROADCASTS];
	u64 n_broadcasts;
};

/* observe.c */
int dbus_observe(struct sk_buff *skb, struct genl_info *info);
int dbus_unobserve(struct sk_buff *skb, struct genl_info *info);
int dbus_observe_accepted(struct dbus_conn *listener, struct socket *sock);
void dbus_observe_gone(struct dbus_conn *conn);
void dbus_observe_forget(struct socket *sock);
void dbus_observe_end(struct dbus_bus *bus);
void dbus_observe_free(struct dbus_bus *bus);
void dbus_observe_not_dbus(struct dbus_bus *bus);
void dbus_conn_put(struct dbus_conn *conn);

/* observe_socket.c */
int dbus_observe_swap(struct dbus_conn *conn, struct socket *sock,
		      struct netlink_ext_ack *extack);
void dbus_observe_swap_accepted(struct dbus_conn *conn, struct socket *sock);
void dbus_observe_restore(struct dbus_conn *conn);
void dbus_observe_unhash(struct dbus_conn *conn);
struct dbus_conn *dbus_observe_find(struct socket *sock);

/* observe_stream.c */
void dbus_stream_octets(struct dbus_conn *conn, struct dbus_stream *s,
			struct dbus_bus *bus, struct iov_iter *iter, u32 n,
			u32 fds);
u16 dbus_stream_claim_fds(struct dbus_stream *s, u32 claim);
void dbus_stream_unseen(struct dbus_conn *conn, struct dbus_stream *s,
			struct dbus_bus *bus);
void dbus_stream_missed(struct dbus_bus *bus, struct dbus_stream *s);
void dbus_stream_free(struct dbus_bus *bus, struct dbus_stream *s);

/* observe_name.c */
u64 dbus_name_id(struct wire_str name);
bool dbus_name_is_unique(struct wire_str name);
bool dbus_name_is_of(const struct dbus_conn *conn, struct wire_str name);
struct dbus_conn *dbus_name_holder(struct dbus_bus *bus, struct wire_str name);
void dbus_name_submitted(struct dbus_bus *bus, struct dbus_conn *conn,
			 struct dbus_msg *msg);
void dbus_name_delivered(struct dbus_bus *bus, struct dbus_conn *conn,
			 const struct wire_msg *m);
bool dbus_name_is_awaited(struct dbus_bus *bus, const struct dbus_msg *msg,
			  u64 *ns);
void dbus_name_fill_in(struct dbus_bus *bus, struct dbus_msg *msg);

/* observe_record.c */
void dbus_record_submitted(struct dbus_bus *bus, struct dbus_conn *conn,
			   struct dbus_msg *msg);
bool dbus_record_wanted(struct dbus_bus *bus, struct dbus_conn *conn,
			const u8 *data, u32 have);
void dbus_record_written(struct dbus_bus *bus, struct dbus_conn *conn,
			 struct dbus_msg *msg);
void dbus_record_line(struct dbus_bus *bus, struct dbus_conn *conn,
		      struct dbus_stream *s, struct dbus_msg *msg, u32 len);
void dbus_record_loss(struct dbus_bus *bus, struct dbus_conn *conn,
		      struct dbus_stream *s, enum dbusmon_reason reason);

#endif /* _DBUS_OBSERVE_H */
