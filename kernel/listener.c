// SPDX-License-Identifier: GPL-2.0
/*
 * Listening sockets kept with their bus. The kernel does not accept on them: it
 * keeps them open while no daemon does, so that who connects waits for the next
 * one, which finds its bus by them.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <net/af_unix.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "bus.h"
#include "listener.h"
#include "netlink.h"
#include "socket.h"

#define LISTENERS_MAX	16	/* of a bus */

static int check(struct socket *sock, struct netlink_ext_ack *extack)
{
	int err = dbus_socket_check_kind(sock, extack);

	if (err)
		return err;
	if (READ_ONCE(sock->sk->sk_state) != TCP_LISTEN)
		return dbus_refuse(extack, -EINVAL, "socket does not listen");
	return 0;
}

/*
 * What others find the socket by. A name without a file is one of a network
 * namespace, and means nothing in another.
 */
static int describe(struct dbus_listener *l, struct dbus_bus *bus)
{
	const struct path *path = &unix_sk(l->sock->sk)->path;
	/* a path of the full length has its NUL behind struct sockaddr_un */
	struct sockaddr_storage addr;
	struct kstat stat;
	int len;

	l->inode = SOCK_INODE(l->sock)->i_ino;
	if (path->dentry) {
		if (vfs_getattr(path, &stat, STATX_INO, AT_STATX_DONT_SYNC))
			return 0;	/* to be found by @inode only */
		l->file_dev = new_encode_dev(stat.dev);
		l->file_ino = stat.ino;
	} else if (!net_eq(sock_net(l->sock->sk), bus->net)) {
		return 0;
	}
	len = kernel_getsockname(l->sock, (struct sockaddr *)&addr);
	if (len < 0)
		return len;
	l->len = min_t(u32, len - offsetof(struct sockaddr_un, sun_path),
		       sizeof(l->name));
	memcpy(l->name, ((struct sockaddr_un *)&addr)->sun_path, l->len);
	return 0;
}

static struct dbus_listener *find(struct dbus_bus *bus, u64 inode)
{
	struct dbus_listener *l;

	lockdep_assert_held(&bus->lock);
	list_for_each_entry(l, &bus->listeners, node) {
		if (l->inode == inode)
			return l;
	}
	return NULL;
}

static int enlist(struct dbus_bus *bus, struct dbus_listener *l,
		  struct netlink_ext_ack *extack)
{
	int err = 0;

	spin_lock(&bus->lock);
	if (bus->dead) {
		err = dbus_refuse(extack, -ENODEV, "the bus is being deleted");
	} else if (find(bus, l->inode)) {
		err = dbus_refuse(extack, -EEXIST, "the bus has that socket");
	} else if (bus->n_listeners >= LISTENERS_MAX) {
		err = dbus_refuse(extack, -EDQUOT,
				  "the bus has as many listening sockets as it may");
	} else {
		list_add_tail(&l->node, &bus->listeners);
		bus->n_listeners++;
		dbus_bus_changed(bus);
	}
	spin_unlock(&bus->lock);
	return err;
}

/**
 * dbus_listener_add() - keep a listening socket with a bus
 * @bus: the bus
 * @sock: the socket; the reference on its file becomes the bus's
 * @extack: told what is wrong
 * Return: 0, or a negative errno with @sock still the caller's
 *
 * Context: may sleep
 */
int dbus_listener_add(struct dbus_bus *bus, struct socket *sock,
		      struct netlink_ext_ack *extack)
{
	struct dbus_listener *l;
	int err;

	if (bus->observer)
		return dbus_refuse(extack, -EOPNOTSUPP, "the bus is observed");
	err = check(sock, extack);
	if (err)
		return err;
	l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
	if (!l)
		return -ENOMEM;
	l->sock = sock;
	err = describe(l, bus);
	if (!err)
		err = enlist(bus, l, extack);
	if (err)
		kfree(l);
	return err;
}

/**
 * dbus_listener_del() - keep a socket no longer
 * @bus: the bus
 * @inode: number of the socket
 * Return: 0 or -ENOENT
 *
 * It is closed unless a process has it open.
 */
int dbus_listener_del(struct dbus_bus *bus, u64 inode)
{
	struct dbus_listener *l;

	spin_lock(&bus->lock);
	l = find(bus, inode);
	if (l) {
		list_del(&l->node);
		bus->n_listeners--;
		dbus_bus_changed(bus);
	}
	spin_unlock(&bus->lock);
	if (!l)
		return -ENOENT;
	sockfd_put(l->sock);
	kfree(l);
	return 0;
}

/**
 * dbus_listener_file() - a socket for a process
 * @bus: the bus
 * @inode: number of the socket
 * Return: its file with a reference, or NULL
 */
struct file *dbus_listener_file(struct dbus_bus *bus, u64 inode)
{
	struct dbus_listener *l;
	struct file *file = NULL;

	spin_lock(&bus->lock);
	l = find(bus, inode);
	if (l)
		file = get_file(l->sock->file);
	spin_unlock(&bus->lock);
	return file;
}

/**
 * dbus_listener_free_all() - keep no sockets: the bus is being unmade
 * @bus: the bus, dead: it gets no new ones
 *
 * Context: no lock held
 */
void dbus_listener_free_all(struct dbus_bus *bus)
{
	struct dbus_listener *l, *next;
	LIST_HEAD(list);

	spin_lock(&bus->lock);
	list_splice_init(&bus->listeners, &list);
	bus->n_listeners = 0;
	spin_unlock(&bus->lock);
	list_for_each_entry_safe(l, next, &list, node) {
		sockfd_put(l->sock);
		kfree(l);
	}
}
