/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_LISTENER_H
#define _DBUS_LISTENER_H

#include <linux/list.h>
#include <linux/net.h>
#include <linux/types.h>
#include <linux/un.h>

struct dbus_bus;
struct file;
struct netlink_ext_ack;

/**
 * struct dbus_listener - a listening socket that is kept with its bus
 * @node: in &dbus_bus.listeners
 * @sock: the socket; the reference on its file is ours
 * @inode: number by which processes know the socket
 * @file_dev: device of the file that it is bound to, as stat(2) tells it
 * @file_ino: number of that file; 0: bound to none
 * @len: octets of @name
 * @name: what it is bound to, as in &struct sockaddr_un.sun_path
 */
struct dbus_listener {
	struct list_head node;
	struct socket *sock;
	u64 inode;
	u32 file_dev;
	u64 file_ino;
	u32 len;
	char name[UNIX_PATH_MAX];
};

int dbus_listener_add(struct dbus_bus *bus, struct socket *sock,
		      struct netlink_ext_ack *extack);
int dbus_listener_del(struct dbus_bus *bus, u64 inode);
struct file *dbus_listener_file(struct dbus_bus *bus, u64 inode);
void dbus_listener_free_all(struct dbus_bus *bus);

#endif /* _DBUS_LISTENER_H */
