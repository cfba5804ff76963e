// SPDX-License-Identifier: GPL-2.0
/*
 * Events: hints that a table has changed. Nobody depends on them, so none is
 * built when nobody listens, and one that finds no memory is not sent.
 */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "bus.h"
#include "event.h"
#include "netlink.h"
#include "peer.h"

static struct sk_buff *begin(struct dbus_bus *bus, enum dbus_cmd cmd,
			     void **head)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&dbus_genl_family, bus->net, 0))
		return NULL;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	if (!skb)
		return NULL;
	*head = genlmsg_put(skb, 0, 0, &dbus_genl_family, 0, cmd);
	return skb;
}

static void end(struct dbus_bus *bus, struct sk_buff *skb, void *head, int err)
{
	if (err) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast_netns(&dbus_genl_family, bus->net, skb, 0, 0,
				GFP_ATOMIC);
}

/**
 * dbus_event_bus() - a bus came or went
 * @bus: the bus
 * @cmd: DBUS_CMD_BUS_NEW or DBUS_CMD_BUS_DEL
 */
void dbus_event_bus(struct dbus_bus *bus, enum dbus_cmd cmd)
{
	struct sk_buff *skb;
	void *head;

	skb = begin(bus, cmd, &head);
	if (skb)
		end(bus, skb, head, dbus_fill_bus(skb, bus));
}

/**
 * dbus_event_peer() - a peer came or went
 * @peer: the peer
 * @cmd: DBUS_CMD_PEER_NEW or DBUS_CMD_PEER_DEL
 */
void dbus_event_peer(struct dbus_peer *peer, enum dbus_cmd cmd)
{
	struct sk_buff *skb;
	void *head;
	int err;

	skb = begin(peer->bus, cmd, &head);
	if (!skb)
		return;
	spin_lock(&peer->bus->lock);
	err = dbus_fill_peer(skb, peer);
	spin_unlock(&peer->bus->lock);
	end(peer->bus, skb, head, err);
}

/**
 * dbus_event_name() - a name changes hands
 * @bus: the bus, locked
 * @name: the name
 * @old_owner: who had it, or NULL
 * @new_owner: who gets it, or NULL
 */
void dbus_event_name(struct dbus_bus *bus, struct wire_str name,
		     struct dbus_peer *old_owner, struct dbus_peer *new_owner)
{
	char text[WIRE_NAME_MAX + 1];
	struct sk_buff *skb;
	void *head;
	int err;

	skb = begin(bus, DBUS_CMD_NAME_CHANGED, &head);
	if (!skb)
		return;
	memcpy(text, name.s, name.len);
	text[name.len] = '\0';
	err = nla_put_u32(skb, DBUS_A_BUS, bus->id) ||
	      nla_put_string(skb, DBUS_A_BUS_NAME, bus->name) ||
	      nla_put_string(skb, DBUS_A_NAME, text) ||
	      (old_owner && nla_put_u64_64bit(skb, DBUS_A_OLD_OWNER,
					      old_owner->id, DBUS_A_PAD)) ||
	      (new_owner && nla_put_u64_64bit(skb, DBUS_A_NEW_OWNER,
					      new_owner->id, DBUS_A_PAD));
	end(bus, skb, head, err ? -EMSGSIZE : 0);
}

/**
 * dbus_event_log() - a line for the log of who has loaded the policy
 * @bus: the bus, locked
 * @fmt: the line, without its end
 *
 * Sent to one socket, since it tells of what is in messages. One that does not
 * read, or more lines than the log should have, loses some.
 */
void dbus_event_log(struct dbus_bus *bus, const char *fmt, ...)
{
	struct nlattr *text;
	struct sk_buff *skb;
	va_list args, again;
	void *head;
	int len;

	lockdep_assert_held(&bus->lock);
	if (!bus->log_port || !__ratelimit(&bus->log_limit))
		return;
	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again) + 1;
	va_end(again);
	skb = genlmsg_new(len + 64, GFP_ATOMIC);
	head = skb ? genlmsg_put(skb, 0, 0, &dbus_genl_family, 0,
				 DBUS_CMD_POLICY_LOG) : NULL;
	if (!head || nla_put_u32(skb, DBUS_A_BUS, bus->id))
		goto free;
	text = nla_reserve(skb, DBUS_A_TEXT, len);
	if (!text)
		goto free;
	vsnprintf(nla_data(text), len, fmt, args);
	genlmsg_end(skb, head);
	genlmsg_unicast(bus->net, skb, bus->log_port);
	skb = NULL;
free:
	nlmsg_free(skb);
	va_end(args);
}

/* A socket is gone: its number may become another's. */
static int released(struct notifier_block *nb, unsigned long what, void *data)
{
	struct netlink_notify *n = data;
	struct dbus_bus *bus;
	struct dbus_net *dn;
	unsigned long id;

	if (what != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	dn = dbus_net(n->net);
	mutex_lock(&dn->lock);
	xa_for_each(&dn->buses, id, bus) {
		spin_lock(&bus->lock);
		if (bus->log_port == n->portid)
			bus->log_port = 0;
		spin_unlock(&bus->lock);
	}
	mutex_unlock(&dn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block release_block = {
	.notifier_call = released,
};

int dbus_event_init(void)
{
	return netlink_register_notifier(&release_block);
}

void dbus_event_exit(void)
{
	netlink_unregister_notifier(&release_block);
}
