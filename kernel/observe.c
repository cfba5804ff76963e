// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets are observed, and for which bus.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "bus.h"
#include "netlink.h"
#include "observe.h"
#include "socket.h"
#include "tap.h"

/* --- connections ----------------------------------------------------------------- */

/**
 * dbus_conn_put() - give up a reference
 * @conn: the observed socket
 */
void dbus_conn_put(struct dbus_conn *conn)
{
	if (!refcount_dec_and_test(&conn->ref))
		return;
	dbus_stream_free(NULL, &conn->in);
	dbus_stream_free(NULL, &conn->out);
	put_pid(conn->pid);
	kfree_rcu(conn, rcu);
	module_put(THIS_MODULE);
}

/* Who connected, as the socket has it since then. */
static void get_credentials(struct dbus_conn *conn, struct sock *sk)
{
	struct task_struct *task;

	conn->uid = ~0u;
	if (conn->listener)
		return;
	spin_lock(&sk->sk_peer_lock);
	conn->pid = get_pid(sk->sk_peer_pid);
	if (sk->sk_peer_cred)
		conn->uid = from_kuid_munged(&init_user_ns,
					     sk->sk_peer_cred->euid);
	spin_unlock(&sk->sk_peer_lock);
	task = get_pid_task(conn->pid, PIDTYPE_TGID);
	if (task) {
		get_task_comm(conn->comm, task);
		put_task_struct(task);
	}
}

/*
 * What is known of a socket that is going to be observed: one reference is the
 * caller's. @state: where its streams begin. What pays for this is not the
 * broker.
 */
static struct dbus_conn *alloc_conn(struct socket *sock, bool listener,
				    enum dbus_stream_state state)
{
	struct dbus_conn *conn;

	conn = kzalloc(sizeof(*conn), GFP_KERNEL | __GFP_NORETRY |
		       __GFP_NOWARN);
	if (!conn)
		return NULL;
	/* given back with the last reference, however long a call sleeps */
	__module_get(THIS_MODULE);
	refcount_set(&conn->ref, 1);
	spin_lock_init(&conn->lock);
	INIT_LIST_HEAD(&conn->node);
	conn->listener = listener;
	conn->old = state == STREAM_LOST;
	conn->id = DBUSMON_ID_NONE;
	conn->in.state = state;
	conn->out.state = state;
	get_credentials(conn, sock->sk);
	return conn;
}

/* Enter it into its bus, which takes a reference. */
static int enlist(struct dbus_bus *bus, struct dbus_conn *conn)
{
	struct dbus_observer *o = bus->observer;

	spin_lock(&bus->lock);
	if (bus->dead) {
		spin_unlock(&bus->lock);
		return -ENODEV;
	}
	refcount_inc(&conn->ref);
	list_add_tail(&conn->node, &o->conns);
	conn->listed = true;
	conn->seen = o->n_broadcasts;
	if (conn->listener) {
		o->n_listeners++;
	} else {
		o->n_conns++;
		bus->count.peers_ever++;
	}
	spin_lock(&conn->lock);
	conn->bus = bus;
	spin_unlock(&conn->lock);
	dbus_bus_changed(bus);
	spin_unlock(&bus->lock);
	return 0;
}

/* Take it out of its bus, which is locked. Return: whether it was in. */
static bool delist(struct dbus_bus *bus, struct dbus_conn *conn)
{
	struct dbus_observer *o = bus->observer;
	int i;

	lockdep_assert_held(&bus->lock);
	if (!conn->listed)
		return false;
	conn->listed = false;
	list_del(&conn->node);
	if (conn->listener)
		o->n_listeners--;
	else
		o->n_conns--;
	if (conn->name_len && xa_load(&o->names, conn->id) == conn)
		xa_erase(&o->names, conn->id);
	for (i = 0; i < OBSERVE_SUBMISSIONS; i++) {
		if (o->submissions[i].conn == conn)
			o->submissions[i].conn = NULL;
	}
	dbus_bus_changed(bus);
	return true;
}

/* Unmake the bus, in a worker, since the caller is somebody else's call. */
static void reap(struct dbus_bus *bus)
{
	lockdep_assert_held(&bus->lock);
	if (bus->dead)
		return;
	dbus_bus_get(bus);
	if (!queue_delayed_work(system_unbound_wq, &bus->reap, 0))
		dbus_bus_put(bus);
}

/**
 * dbus_observe_accepted() - a listening socket has accepted a connection
 * @listener: the listening one
 * @sock: the accepted one, nobody's yet
 * Return: 0, or a negative errno: it is not observed then
 */
int dbus_observe_accepted(struct dbus_conn *listener, struct socket *sock)
{
	struct dbus_conn *conn;
	struct dbus_bus *bus;
	int err = -ENODEV;

	/* who accepts inside the kernel closes without a file */
	if (!sock->file || !sock->sk)
		return -EINVAL;
	spin_lock(&listener->lock);
	bus = listener->bus;
	if (bus)
		dbus_bus_get(bus);
	spin_unlock(&listener->lock);
	if (!bus)
		return -ENODEV;
	conn = alloc_conn(sock, false, STREAM_HANDSHAKE);
	if (!conn) {
		dbus_record_loss(bus, listener, &listener->in,
				 DBUSMON_REASON_NO_MEMORY);
		err = -ENOMEM;
		goto put_bus;
	}
	dbus_observe_swap_accepted(conn, sock);
	err = enlist(bus, conn);
	if (err)
		dbus_observe_unhash(conn);
	dbus_conn_put(conn);
put_bus:
	dbus_bus_put(bus);
	return err;
}

/**
 * dbus_observe_gone() - an observed socket is being released
 * @conn: what is known of it
 */
void dbus_observe_gone(struct dbus_conn *conn)
{
	struct dbus_bus *bus;

	dbus_observe_unhash(conn);
	spin_lock(&conn->lock);
	conn->sock = NULL;
	bus = conn->bus;
	conn->bus = NULL;
	if (bus)
		dbus_bus_get(bus);
	spin_unlock(&conn->lock);
	if (!bus)
		return;
	spin_lock(&bus->lock);
	if (delist(bus, conn))
		dbus_conn_put(conn);	/* the caller has another one */
	if (!bus->observer->n_conns && !bus->observer->n_listeners)
		reap(bus);
	spin_unlock(&bus->lock);
	/* who calls is the last to look at its streams */
	dbus_stream_free(bus, &conn->in);
	dbus_stream_free(bus, &conn->out);
	dbus_bus_put(bus);
}

/**
 * dbus_observe_forget() - a socket is adopted: it is not observed any more
 * @sock: the socket; its file is held by the caller
 *
 * Nor is the bus whose listening socket had accepted it: it is the kernel's own.
 */
void dbus_observe_forget(struct socket *sock)
{
	struct dbus_conn *conn = dbus_observe_find(sock);
	struct dbus_bus *bus;

	if (!conn)
		return;
	spin_lock(&conn->lock);
	bus = conn->bus;
	if (bus)
		dbus_bus_get(bus);
	spin_unlock(&conn->lock);
	dbus_observe_restore(conn);
	if (bus) {
		spin_lock(&bus->lock);
		if (delist(bus, conn))
			dbus_conn_put(conn);
		if (!conn->old && !bus->dead) {
			pr_notice("dbus: %s is a bus of the kernel's own: not observed any more\n",
				  bus->name);
			reap(bus);
		}
		spin_unlock(&bus->lock);
		dbus_bus_put(bus);
	}
	synchronize_rcu_tasks();
	dbus_observe_unhash(conn);
	dbus_conn_put(conn);
}

/* --- buses ------------------------------------------------------------------------ */

/**
 * dbus_observe_end() - a bus is being unmade: give its sockets back
 * @bus: the bus, dead
 *
 * Whoever has fetched our operations has not slept since: once all tasks have,
 * it is inside with a reference, or gone, and nobody needs to be found any more.
 */
void dbus_observe_end(struct dbus_bus *bus)
{
	struct dbus_conn *conn, *next;
	LIST_HEAD(ended);

	if (!bus->observer)
		return;
	for (;;) {
		spin_lock(&bus->lock);
		conn = list_first_entry_or_null(&bus->observer->conns,
						struct dbus_conn, node);
		if (conn)
			delist(bus, conn);	/* its reference is ours */
		spin_unlock(&bus->lock);
		if (!conn)
			break;
		list_add(&conn->node, &ended);
		dbus_observe_restore(conn);
	}
	if (list_empty(&ended))
		return;
	dbus_tap_flush(bus);	/* nobody's name is waited for any more */
	synchronize_rcu_tasks();
	list_for_each_entry_safe(conn, next, &ended, node) {
		dbus_observe_unhash(conn);
		dbus_conn_put(conn);
	}
}

/**
 * dbus_observe_free() - free what makes a bus an observed one
 * @bus: the bus, nobody's any more
 */
void dbus_observe_free(struct dbus_bus *bus)
{
	if (!bus->observer)
		return;
	xa_destroy(&bus->observer->names);
	kvfree(bus->observer);
}

/**
 * dbus_observe_not_dbus() - what the server says is no D-Bus
 * @bus: its bus
 *
 * If nothing else was ever heard there, it is no bus.
 */
void dbus_observe_not_dbus(struct dbus_bus *bus)
{
	spin_lock(&bus->lock);
	if (!bus->observer->spoken && !bus->dead) {
		pr_notice("dbus: %s speaks no D-Bus: not observed any more\n",
			  bus->name);
		reap(bus);
	}
	spin_unlock(&bus->lock);
}

/* Observe one more socket for a bus. */
static int add_socket(struct dbus_bus *bus, struct socket *sock,
		      struct netlink_ext_ack *extack)
{
	bool listener = READ_ONCE(sock->sk->sk_state) == TCP_LISTEN;
	struct dbus_conn *conn;
	int err;

	if (!listener) {
		err = dbus_socket_check(sock, extack);
		if (err)
			return err;
	}
	conn = alloc_conn(sock, listener, STREAM_LOST);
	if (!conn)
		return -ENOMEM;
	err = dbus_observe_swap(conn, sock, extack);
	if (err)
		goto put;
	err = enlist(bus, conn);
	if (err) {
		dbus_refuse(extack, err, "the bus is being deleted");
		goto restore;
	}
	/* it may have been adopted, or have begun to listen, meanwhile */
	if (dbus_socket_is_adopted(sock->sk)) {
		dbus_observe_forget(sock);
		err = dbus_refuse(extack, -EBUSY,
				  "the socket is on a bus of the kernel's own");
	}
	goto put;
restore:
	dbus_observe_restore(conn);
	synchronize_rcu_tasks();
	dbus_observe_unhash(conn);
put:
	dbus_conn_put(conn);
	return err;
}

static int check_socket(struct socket *sock, struct netlink_ext_ack *extack)
{
	int err = dbus_socket_check_kind(sock, extack);

	if (err)
		return err;
	if (dbus_socket_is_adopted(sock->sk))
		return dbus_refuse(extack, -EBUSY,
				   "the socket is on a bus of the kernel's own");
	return 0;
}

static int make_observed(struct dbus_bus *bus)
{
	struct dbus_observer *o = kvzalloc(sizeof(*o), GFP_KERNEL);

	if (!o)
		return -ENOMEM;
	INIT_LIST_HEAD(&o->conns);
	xa_init(&o->names);
	spin_lock(&bus->lock);
	bus->observer = o;
	spin_unlock(&bus->lock);
	return 0;
}

/* A new bus, of the listening socket's namespace, with a reference. */
static struct dbus_bus *new_bus(struct socket *sock, struct genl_info *info)
{
	struct dbus_conn *other;
	struct dbus_bus *bus;
	int err;

	if (READ_ONCE(sock->sk->sk_state) != TCP_LISTEN) {
		dbus_refuse(info->extack, -EINVAL,
			    "a bus is observed by its listening socket first");
		return ERR_PTR(-EINVAL);
	}
	other = dbus_observe_find(sock);
	if (other) {
		dbus_conn_put(other);
		dbus_refuse(info->extack, -EALREADY,
			    "the socket is observed already");
		return ERR_PTR(-EALREADY);
	}
	bus = dbus_bus_new(sock_net(sock->sk),
			   nla_data(info->attrs[DBUS_A_BUS_NAME]), NULL, false,
			   true, info->extack);
	if (IS_ERR(bus))
		return bus;
	err = make_observed(bus);
	if (err) {
		dbus_bus_del(bus);
		return ERR_PTR(err);
	}
	return bus;
}

static struct dbus_bus *old_bus(struct genl_info *info)
{
	struct dbus_bus *bus;

	bus = dbus_bus_find(genl_info_net(info),
			    nla_get_u32(info->attrs[DBUS_A_BUS]));
	if (!bus) {
		dbus_refuse(info->extack, -ENODEV, "there is no bus of that number");
		return ERR_PTR(-ENODEV);
	}
	if (!bus->observer) {
		dbus_refuse(info->extack, -EINVAL,
			    "the bus is the kernel's own: it needs no observing");
		dbus_bus_put(bus);
		return ERR_PTR(-EINVAL);
	}
	return bus;
}

static int answer(struct dbus_bus *bus, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *head;

	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &dbus_genl_family, 0,
				 DBUS_CMD_OBSERVE);
	if (!head || dbus_fill_bus(skb, bus)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/**
 * dbus_observe() - DBUS_CMD_OBSERVE
 * @skb: the request
 * @info: likewise
 * Return: 0 or a negative errno
 */
int dbus_observe(struct sk_buff *skb, struct genl_info *info)
{
	bool is_new = info->attrs[DBUS_A_BUS_NAME];
	struct dbus_bus *bus;
	struct socket *sock;
	int err;

	if (!netlink_capable(skb, CAP_NET_ADMIN))
		return dbus_refuse(info->extack, -EPERM,
				   "only CAP_NET_ADMIN may observe a bus");
	if (!info->attrs[DBUS_A_FD] || (!is_new && !info->attrs[DBUS_A_BUS]))
		return dbus_refuse(info->extack, -EINVAL,
				   "DBUS_A_FD, and DBUS_A_BUS_NAME or DBUS_A_BUS, are needed");
	sock = sockfd_lookup(nla_get_u32(info->attrs[DBUS_A_FD]), &err);
	if (!sock)
		return dbus_refuse(info->extack, err,
				   "descriptor is not an open socket");
	err = check_socket(sock, info->extack);
	if (err)
		goto put_sock;
	bus = is_new ? new_bus(sock, info) : old_bus(info);
	if (IS_ERR(bus)) {
		err = PTR_ERR(bus);
		goto put_sock;
	}
	err = add_socket(bus, sock, info->extack);
	if (!err)
		err = answer(bus, info);
	if (err && is_new)
		dbus_bus_del(bus);
	else
		dbus_bus_put(bus);
put_sock:
	sockfd_put(sock);
	return err;
}

/**
 * dbus_unobserve() - DBUS_CMD_UNOBSERVE
 * @skb: the request
 * @info: likewise
 * Return: 0 or a negative errno
 */
int dbus_unobserve(struct sk_buff *skb, struct genl_info *info)
{
	struct dbus_bus *bus;

	if (!netlink_capable(skb, CAP_NET_ADMIN))
		return dbus_refuse(info->extack, -EPERM,
				   "only CAP_NET_ADMIN may observe a bus");
	if (!info->attrs[DBUS_A_BUS])
		return dbus_refuse(info->extack, -EINVAL,
				   "no bus is named (DBUS_A_BUS)");
	bus = old_bus(info);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	dbus_bus_del(bus);
	return 0;
}
