// SPDX-License-Identifier: GPL-2.0
/*
 * D-Bus messages routed by the kernel, and shown to whoever may sniff.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netlink.h>

#include "bus.h"
#include "event.h"
#include "message.h"
#include "netlink.h"
#include "queue.h"
#include "reply.h"
#include "socket.h"
#include "tap.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int __init dbus_init(void)
{
	int err;

	err = dbus_msg_init();
	if (err)
		return err;
	err = dbus_queue_init();
	if (err)
		goto err_msg;
	err = dbus_reply_init();
	if (err)
		goto err_queue;
	err = dbus_bus_init();
	if (err)
		goto err_reply;
	err = dbus_tap_init();
	if (err)
		goto err_bus;
	err = dbus_event_init();
	if (err)
		goto err_tap;
	err = dbus_netlink_init();
	if (err)
		goto err_event;
	return 0;

err_event:
	dbus_event_exit();
err_tap:
	dbus_tap_exit();
err_bus:
	dbus_bus_exit();
err_reply:
	dbus_reply_exit();
err_queue:
	dbus_queue_exit();
err_msg:
	dbus_msg_exit();
	return err;
}

static void __exit dbus_exit(void)
{
	dbus_netlink_exit();
	dbus_event_exit();
	/*
	 * no bus is left, since each pins the module; but a client may still
	 * be inside a callback that its socket had until a moment ago
	 */
	dbus_socket_wait_unused();
	dbus_tap_exit();
	dbus_bus_exit();
	dbus_reply_exit();
	dbus_queue_exit();
	dbus_msg_exit();
}

module_init(dbus_init);
module_exit(dbus_exit);

MODULE_DESCRIPTION("D-Bus message routing and tap");
MODULE_LICENSE("GPL");
/* a request for the family loads the module, if root makes it */
MODULE_ALIAS_NET_PF_PROTO_NAME(PF_NETLINK, NETLINK_GENERIC,
			       "-family-" DBUS_GENL_NAME);
