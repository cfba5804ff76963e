// SPDX-License-Identifier: GPL-2.0
/*
 * Events: hints that a table has changed. Nobody depends on them, so none is
 * built when nobody listens, and one that finds no memory is not sent.
 */
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
