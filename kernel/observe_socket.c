// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at what a socket moves without being in the way: its operations are
 * replaced by a copy of which some call the original, first and unchanged, and
 * then look at the octets that it moved.
 *
 * "This socket has our operations" and "it holds one reference on this module"
 * are the same: accept() takes it with the operations that it hands on, and the
 * release of the socket gives it back. Whoever changes the operations of a living
 * socket holds its file, so that it is not being released meanwhile.
 */
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/splice.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/af_unix.h>
#include <net/sock.h>

#include "bus.h"
#include "compat.h"
#include "netlink.h"
#include "observe.h"
#include "socket.h"
#include "tap.h"

#define CONN_BITS	10

static DEFINE_SPINLOCK(conns_lock);
static DEFINE_HASHTABLE(conns, CONN_BITS);

/* All AF_UNIX stream sockets have the same operations, which are not exported. */
static const struct proto_ops *original;
static struct proto_ops observed;
static DEFINE_MUTEX(observed_mutex);

/**
 * dbus_observe_find() - look an observed socket up
 * @sock: a socket
 * Return: with a reference, or NULL
 *
 * One that was given back is still found until nobody can be on the way to our
 * operations any more: the reference pins the module while the call sleeps.
 */
struct dbus_conn *dbus_observe_find(struct socket *sock)
{
	struct dbus_conn *conn, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(conns, conn, hash, (unsigned long)sock) {
		if (conn->key != sock)
			continue;
		found = conn;
		if (READ_ONCE(conn->sock))
			break;
	}
	if (found && !refcount_inc_not_zero(&found->ref))
		found = NULL;
	rcu_read_unlock();
	return found;
}

/**
 * dbus_observe_unhash() - nobody finds it any more
 * @conn: the observed socket
 */
void dbus_observe_unhash(struct dbus_conn *conn)
{
	bool was_hashed;

	spin_lock(&conns_lock);
	was_hashed = hash_hashed(&conn->hash);
	if (was_hashed)
		hash_del_rcu(&conn->hash);
	spin_unlock(&conns_lock);
	if (was_hashed)
		dbus_conn_put(conn);
}

/* Give a socket its own operations back; its file is held, or nobody's yet. */
static void give_back(struct socket *sock)
{
	if (cmpxchg(&sock->ops, &observed, original) == &observed)
		module_put(THIS_MODULE);
}

/* Its bus, with a reference, if somebody listens to that. */
static struct dbus_bus *get_bus(struct dbus_conn *conn, bool *listening)
{
	struct dbus_bus *bus;

	spin_lock(&conn->lock);
	bus = conn->bus;
	if (bus)
		dbus_bus_get(bus);
	spin_unlock(&conn->lock);
	*listening = bus && dbus_tap_is_heard(bus);
	return bus;
}

/* @n octets that @iter tells of were moved, and @fds descriptors. */
static void moved(struct dbus_conn *conn, struct dbus_stream *s,
		  struct iov_iter *iter, u32 n, u32 fds)
{
	struct dbus_bus *bus;
	bool listening;

	bus = get_bus(conn, &listening);
	if (!bus)
		return;
	if (listening)
		dbus_stream_octets(conn, s, bus, iter, n, fds);
	else
		dbus_stream_missed(bus, s);
	dbus_bus_put(bus);
}

/* Octets were moved by way of a pipe. */
static void spliced(struct dbus_conn *conn, struct dbus_stream *s)
{
	struct dbus_bus *bus;
	bool listening;

	bus = get_bus(conn, &listening);
	if (!bus)
		return;
	if (listening)
		dbus_stream_unseen(conn, s, bus);
	else
		dbus_stream_missed(bus, s);
	dbus_bus_put(bus);
}

/**
 * struct control - control messages, where they are or will be
 * @user: in the memory of a process, or
 * @kernel: in ours
 * @len: octets
 * @compat: written for a 32-bit process
 */
struct control {
	const void __user *user;
	const void *kernel;
	size_t len;
	bool compat;
};

static struct control control_of(const struct msghdr *m)
{
	struct control c = { .len = m->msg_controllen };

	if (m->msg_control_is_user) {
		c.user = m->msg_control_user;
		c.compat = m->msg_flags & MSG_CMSG_COMPAT;
	} else {
		c.kernel = m->msg_control;
	}
	return c;
}

static bool get_control(const struct control *c, size_t at, void *to, size_t n)
{
	if (at + n > c->len)
		return false;
	if (c->user)
		return !copy_from_user(to, c->user + at, n);
	memcpy(to, c->kernel + at, n);
	return true;
}

/* How many descriptors do control messages hold? */
static u32 count_fds(const struct control *c)
{
	size_t head = c->compat ? sizeof(struct dbus_compat_cmsghdr)
				: sizeof(struct cmsghdr);
	size_t align = c->compat ? 4 : sizeof(long);
	struct dbus_compat_cmsghdr small;
	struct cmsghdr h;
	size_t at = 0;
	u32 n = 0;

	if (!c->user && !c->kernel)
		return 0;
	while (get_control(c, at, c->compat ? (void *)&small : &h, head)) {
		if (c->compat)
			h = (struct cmsghdr){ .cmsg_len = small.cmsg_len,
					      .cmsg_level = small.cmsg_level,
					      .cmsg_type = small.cmsg_type };
		if (h.cmsg_len < head || h.cmsg_len > c->len - at)
			break;
		if (h.cmsg_level == SOL_SOCKET && h.cmsg_type == SCM_RIGHTS)
			n += (h.cmsg_len - head) / sizeof(int);
		at += ALIGN(h.cmsg_len, align);
	}
	return n;
}

/*
 * An observed socket that nobody knows: on 6.1, accept() hands our operations on
 * even if they are taken from the listening socket meanwhile.
 */
static void leave(struct dbus_conn *conn, struct socket *sock)
{
	if (conn)
		dbus_conn_put(conn);
	else
		give_back(sock);
}

/* Client to broker. */
static int observed_recvmsg(struct socket *sock, struct msghdr *m, size_t size,
			    int flags)
{
	struct dbus_conn *conn = dbus_observe_find(sock);
	struct control control = control_of(m);
	struct iov_iter iter = m->msg_iter;
	int ret;

	ret = original->recvmsg(sock, m, size, flags);
	if (conn && ret > 0 && !(flags & (MSG_PEEK | MSG_OOB))) {
		/* the broker's memory is where we read them from */
		iter.data_source = ITER_SOURCE;
		control.len -= m->msg_controllen;
		moved(conn, &conn->in, &iter, ret, count_fds(&control));
	}
	leave(conn, sock);
	return ret;
}

/* Broker to client. */
static int observed_sendmsg(struct socket *sock, struct msghdr *m, size_t size)
{
	struct dbus_conn *conn = dbus_observe_find(sock);
	struct control control = control_of(m);
	struct iov_iter iter = m->msg_iter;
	int ret;

	ret = original->sendmsg(sock, m, size);
	if (conn && ret > 0)
		moved(conn, &conn->out, &iter, ret, count_fds(&control));
	leave(conn, sock);
	return ret;
}

static ssize_t observed_splice_read(struct socket *sock, loff_t *pos,
				    struct pipe_inode_info *pipe, size_t len,
				    unsigned int flags)
{
	struct dbus_conn *conn = dbus_observe_find(sock);
	ssize_t ret;

	ret = original->splice_read(sock, pos, pipe, len, flags);
	if (conn && ret > 0)
		spliced(conn, &conn->in);
	leave(conn, sock);
	return ret;
}

#ifdef HAVE_SENDPAGE
static ssize_t observed_sendpage(struct socket *sock, struct page *page,
				 int offset, size_t size, int flags)
{
	struct dbus_conn *conn = dbus_observe_find(sock);
	ssize_t ret;

	ret = original->sendpage(sock, page, offset, size, flags);
	if (conn && ret > 0)
		spliced(conn, &conn->out);
	leave(conn, sock);
	return ret;
}
#endif

static int observed_accept(struct socket *sock, struct socket *new_sock,
			   DBUS_ACCEPT_PARAMS)
{
	struct dbus_conn *conn = dbus_observe_find(sock);
	int ret;

	ret = original->accept(sock, new_sock, DBUS_ACCEPT_ARGS);
	if (ret || !conn || dbus_observe_accepted(conn, new_sock))
		give_back(new_sock);
	leave(conn, sock);
	return ret;
}

static int observed_release(struct socket *sock)
{
	struct dbus_conn *conn = dbus_observe_find(sock);

	if (conn) {
		dbus_observe_gone(conn);
		dbus_conn_put(conn);
	}
	return original->release(sock);
}

/* Are these the operations of all AF_UNIX stream sockets? The first are. */
static bool learn_operations(const struct proto_ops *ops)
{
	lockdep_assert_held(&observed_mutex);
	if (!original) {
		observed = *ops;
		observed.owner = THIS_MODULE;
		observed.release = observed_release;
		observed.accept = observed_accept;
		observed.sendmsg = observed_sendmsg;
		observed.recvmsg = observed_recvmsg;
		observed.splice_read = observed_splice_read;
#ifdef HAVE_SENDPAGE
		observed.sendpage = observed_sendpage;
#endif
		original = ops;
	}
	return ops == original;
}

static void hash(struct dbus_conn *conn, struct socket *sock)
{
	refcount_inc(&conn->ref);
	conn->key = sock;
	conn->sock = sock;
	spin_lock(&conns_lock);
	hash_add_rcu(conns, &conn->hash, (unsigned long)sock);
	spin_unlock(&conns_lock);
}

/**
 * dbus_observe_swap() - put our operations in the place of the socket's own
 * @conn: what is known of the socket; the table takes a reference
 * @sock: an AF_UNIX stream socket; its file is held by the caller
 * @extack: told why not
 * Return: 0, or a negative errno: -EALREADY if it is observed already
 */
int dbus_observe_swap(struct dbus_conn *conn, struct socket *sock,
		      struct netlink_ext_ack *extack)
{
	struct dbus_conn *other;
	int err = 0;

	mutex_lock(&observed_mutex);
	other = dbus_observe_find(sock);
	if (other) {
		if (READ_ONCE(other->sock))
			err = dbus_refuse(extack, -EALREADY,
					  "the socket is observed already");
		else
			err = dbus_refuse(extack, -EAGAIN,
					  "the socket's last observation is just ending");
		dbus_conn_put(other);
		goto unlock;
	}
	give_back(sock);
	if (!learn_operations(READ_ONCE(sock->ops))) {
		err = dbus_refuse(extack, -EBUSY,
				  "the socket's operations are not AF_UNIX's own");
		goto unlock;
	}
	hash(conn, sock);
	__module_get(THIS_MODULE);
	WRITE_ONCE(sock->ops, &observed);
unlock:
	mutex_unlock(&observed_mutex);
	return err;
}

/**
 * dbus_observe_swap_accepted() - likewise for a socket that is being accepted
 * @conn: what is known of the socket; the table takes a reference
 * @sock: the socket, which nobody else can have yet
 */
void dbus_observe_swap_accepted(struct dbus_conn *conn, struct socket *sock)
{
	hash(conn, sock);
	if (sock->ops == &observed)
		return;		/* inherited, with the reference */
	__module_get(THIS_MODULE);
	WRITE_ONCE(sock->ops, &observed);
}

/**
 * dbus_observe_restore() - give an observed socket back, if it is still there
 * @conn: what is known of it
 *
 * Calls that began before may still be inside.
 */
void dbus_observe_restore(struct dbus_conn *conn)
{
	struct file *file = NULL;
	struct socket *sock;

	spin_lock(&conn->lock);
	sock = conn->sock;
	if (sock)
		file = dbus_get_socket_file(sock);
	if (file) {
		WRITE_ONCE(conn->sock, NULL);
		give_back(sock);
	}
	conn->bus = NULL;
	spin_unlock(&conn->lock);
	/* without a file it is being released, by way of us */
	if (file)
		fput(file);
}
