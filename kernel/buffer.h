/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_BUFFER_H
#define _DBUS_BUFFER_H

#include <linux/types.h>

struct cred;
struct sk_buff;
struct sock;

struct sk_buff *dbus_buffer_take(struct sock *sk, u32 max, u32 room);
int dbus_buffer_may_send(struct sock *sk);
int dbus_buffer_send(struct sock *sk, struct sk_buff *skb,
		     const struct cred *cred);

#endif /* _DBUS_BUFFER_H */
