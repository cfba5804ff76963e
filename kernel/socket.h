/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_SOCKET_H
#define _DBUS_SOCKET_H

#include <linux/types.h>

struct dbus_peer;
struct netlink_ext_ack;
struct sock;
struct socket;

int dbus_socket_check_kind(struct socket *sock, struct netlink_ext_ack *extack);
int dbus_socket_check(struct socket *sock, struct netlink_ext_ack *extack);
int dbus_socket_adopt(struct dbus_peer *peer, struct netlink_ext_ack *extack);
void dbus_socket_abandon(struct dbus_peer *peer);
void dbus_socket_release(struct dbus_peer *peer);
bool dbus_socket_is_adopted(struct sock *sk);
void dbus_socket_wait_unused(void);

#endif /* _DBUS_SOCKET_H */
