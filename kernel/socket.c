// SPDX-License-Identifier: GPL-2.0
/*
 * Adoption: the server's end of a client's connection, an AF_UNIX stream socket
 * that the daemon accepted, is read and written by the kernel from here on. The
 * client's end is not touched.
 */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <net/af_unix.h>
#include <net/sock.h>

#include "netlink.h"
#include "observe.h"
#include "peer.h"
#include "socket.h"

/*
 * Both ends of a connection must not be adopted at a time: two that begin
 * together would not see each other.
 */
static DEFINE_MUTEX(adopt_mutex);

/*
 * Calls that are inside one of our callbacks. AF_UNIX fetches a callback
 * without a lock, so one may begin after the socket got its own back.
 */
static DEFINE_PER_CPU(long, inside);

static struct dbus_peer *enter(struct sock *sk)
{
	struct dbus_peer *peer;

	this_cpu_inc(inside);
	rcu_read_lock();
	peer = rcu_dereference_sk_user_data(sk);
	if (peer && !refcount_inc_not_zero(&peer->ref))
		peer = NULL;
	rcu_read_unlock();
	return peer;
}

static void leave(struct dbus_peer *peer)
{
	if (peer)
		dbus_peer_put(peer);
	this_cpu_dec(inside);
}

/* Called by the client's send(), in its context, after each skb. */
static void data_ready(struct sock *sk)
{
	struct dbus_peer *peer = enter(sk);

	if (peer)
		dbus_receive(peer);
	leave(peer);
}

/* Called when the client has read, possibly with its locks held. */
static void write_space(struct sock *sk)
{
	struct dbus_peer *peer = enter(sk);

	if (peer)
		dbus_queue_writable(peer);
	leave(peer);
}

/* Called when the client has closed its end or shut it down. */
static void state_change(struct sock *sk)
{
	struct dbus_peer *peer = enter(sk);

	if (peer)
		dbus_receive_later(peer);
	leave(peer);
}

/**
 * dbus_socket_is_adopted() - does a socket have our callbacks?
 * @sk: a socket
 */
bool dbus_socket_is_adopted(struct sock *sk)
{
	return READ_ONCE(sk->sk_data_ready) == data_ready;
}

/**
 * dbus_socket_check_kind() - is this a stream socket of AF_UNIX?
 * @sock: a socket
 * @extack: told if not
 * Return: 0, or a negative errno
 */
int dbus_socket_check_kind(struct socket *sock, struct netlink_ext_ack *extack)
{
	if (sock->sk->sk_family != AF_UNIX)
		return dbus_refuse(extack, -EAFNOSUPPORT,
				   "not an AF_UNIX socket");
	if (sock->sk->sk_type != SOCK_STREAM)
		return dbus_refuse(extack, -ESOCKTNOSUPPORT,
				   "not a stream socket");
	return 0;
}

/**
 * dbus_socket_check() - can this socket be adopted?
 * @sock: a socket
 * @extack: told why not
 * Return: 0, or a negative errno
 */
int dbus_socket_check(struct socket *sock, struct netlink_ext_ack *extack)
{
	int err = dbus_socket_check_kind(sock, extack);
	struct sock *sk = sock->sk;
	bool known;

	if (err)
		return err;
	if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED)
		return dbus_refuse(extack, -ENOTCONN, "socket is not connected");
	spin_lock(&sk->sk_peer_lock);
	known = sk->sk_peer_pid && sk->sk_peer_cred;
	spin_unlock(&sk->sk_peer_lock);
	if (!known)
		return dbus_refuse(extack, -EINVAL,
				   "socket has no peer credentials");
	return 0;
}

/**
 * dbus_socket_adopt() - put our callbacks in the place of the socket's own
 * @peer: with its socket, checked by dbus_socket_check()
 * @extack: told why not
 * Return: 0, or a negative errno with the socket as it was
 *
 * Callbacks come in from here on. What came before they were in place is not
 * signalled: the caller looks for it, by dbus_receive_begin().
 */
int dbus_socket_adopt(struct dbus_peer *peer, struct netlink_ext_ack *extack)
{
	struct dbus_socket *s = &peer->socket;
	struct sock *sk = s->sock->sk;
	struct sock *other;
	int err = 0;

	mutex_lock(&adopt_mutex);
	other = unix_peer_get(sk);
	if (other && READ_ONCE(other->sk_data_ready) == data_ready)
		err = dbus_refuse(extack, -ELOOP,
				  "the socket's other end is on a bus itself");
	if (other)
		sock_put(other);
	if (err)
		goto unlock;

	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_user_data) {
		err = dbus_refuse(extack, -EBUSY, "socket is in use by the kernel");
	} else {
		s->data_ready = sk->sk_data_ready;
		s->write_space = sk->sk_write_space;
		s->state_change = sk->sk_state_change;
		rcu_assign_sk_user_data(sk, peer);
		WRITE_ONCE(sk->sk_data_ready, data_ready);
		WRITE_ONCE(sk->sk_write_space, write_space);
		WRITE_ONCE(sk->sk_state_change, state_change);
		/* MSG_OOB would make recvmsg() skip an octet */
		sock_set_flag(sk, SOCK_URGINLINE);
	}
	write_unlock_bh(&sk->sk_callback_lock);
unlock:
	mutex_unlock(&adopt_mutex);
	/* what is routed needs no observing */
	if (!err)
		dbus_observe_forget(s->sock);
	return err;
}

/**
 * dbus_socket_abandon() - give a socket back as it was
 * @peer: whose socket gets its callbacks back
 *
 * Callbacks that began before may still be running.
 */
void dbus_socket_abandon(struct dbus_peer *peer)
{
	struct dbus_socket *s = &peer->socket;
	struct sock *sk = s->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	WRITE_ONCE(sk->sk_data_ready, s->data_ready);
	WRITE_ONCE(sk->sk_write_space, s->write_space);
	WRITE_ONCE(sk->sk_state_change, s->state_change);
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * dbus_socket_release() - end a connection
 * @peer: whose socket is shut down
 *
 * The file is let go when the peer is freed: others may still be sending on it.
 */
void dbus_socket_release(struct dbus_peer *peer)
{
	dbus_socket_abandon(peer);
	kernel_sock_shutdown(peer->socket.sock, SHUT_RDWR);
}

static long n_inside(void)
{
	long n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += per_cpu(inside, cpu);
	return n;
}

/**
 * dbus_socket_wait_unused() - wait until no callback of ours runs anywhere
 *
 * For unloading, with no socket adopted any more. A task that has fetched the
 * callback's address but not entered it has not slept since: the first
 * synchronize_rcu_tasks() waits until it has entered or left, the loop for those
 * that sleep inside, and the second one for their last instructions.
 */
void dbus_socket_wait_unused(void)
{
	synchronize_rcu_tasks();
	while (n_inside())
		msleep(20);
	synchronize_rcu_tasks();
}
