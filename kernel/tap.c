// SPDX-License-Identifier: GPL-2.0
/*
 * The tap: network devices that show every message that is routed. dbus0 shows
 * all buses of its network namespace, dbusN bus number N alone.
 *
 * While a message is routed, under the lock of its bus, only what became of it
 * is noted. Records are built and delivered outside of that, in order, by
 * whoever gets there first; and none is built when nobody listens.
 */
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>

#include "bus.h"
#include "compat.h"
#include "message.h"
#include "observe.h"
#include "peer.h"
#include "tap.h"
#include "trace.h"

/* The numbers that we use are nobody else's: see <linux/dbus.h>. */
#ifdef ARPHRD_DBUSMON
static_assert(ARPHRD_DBUSMON == DBUSMON_ARPHRD);
#endif
static_assert(DBUSMON_ARPHRD > ARPHRD_VSOCKMON);
static_assert(DBUSMON_ARPHRD < ARPHRD_VOID);
static_assert(DBUSMON_ETH_P_MESSAGE > ETH_P_MCTP);
static_assert(DBUSMON_ETH_P_EVENT < ETH_P_802_3_MIN);
static_assert(sizeof(struct dbusmon_hdr) == 96);

#define TURN_RECORDS	64
#define QUEUE_MAX	16384	/* records that may wait to be built */
#define LINEAR_MAX	2048	/* octets of a record in one piece */
#define CHUNK		(64u << 10)

/**
 * struct dbus_tap - a tap device; its private part
 * @node: in &dbus_bus.tap or &dbus_net.taps while it is up
 * @dev: the device
 * @bus: the bus that it shows alone, or NULL; that bus unmakes it
 * @packets: records delivered to listeners
 * @bytes: their octets
 * @lost: records that could not be built or delivered
 */
struct dbus_tap {
	struct list_head node;
	struct net_device *dev;
	struct dbus_bus *bus;
	atomic64_t packets;
	atomic64_t bytes;
	atomic64_t lost;
};

/* Is anything listening to this device? */
static bool tap_active(const struct dbus_tap *tap)
{
	return dev_nit_active(tap->dev) ||
	       !list_empty(&tap->dev->ptype_specific);
}

/**
 * dbus_tap_is_heard() - does anything listen to a tap that shows this bus?
 * @bus: the bus
 */
bool dbus_tap_is_heard(struct dbus_bus *bus)
{
	struct dbus_tap *tap;
	bool active = false;

	rcu_read_lock();
	list_for_each_entry_rcu(tap, &bus->tap, node)
		active |= tap_active(tap);
	list_for_each_entry_rcu(tap, &dbus_net(bus->net)->taps, node)
		active |= tap_active(tap);
	rcu_read_unlock();
	return active;
}

static void count_verdict(struct dbus_bus *bus, enum dbusmon_verdict verdict)
{
	switch (verdict) {
	case DBUSMON_DENIED:
		bus->count.denied++;
		break;
	case DBUSMON_UNDELIVERED:
		bus->count.undelivered++;
		break;
	case DBUSMON_INVALID:
		bus->count.invalid++;
		break;
	default:
		break;
	}
	bus->count.routed++;
}

/* The next record's number, and the time; false if it won't be built. */
static bool number(struct dbus_bus *bus, struct dbus_verdict *v)
{
	bus->seq++;
	/* of an observed bus nothing is looked at unless it is heard */
	if (!bus->observer && !dbus_tap_is_heard(bus))
		return false;
	if (bus->tap_queued >= QUEUE_MAX) {
		bus->count.tap_lost++;
		bus->tap_lost++;
		return false;
	}
	v->seq = bus->seq;
	v->time = ktime_get_real_ns();
	v->lost = bus->tap_lost;
	bus->tap_lost = 0;
	return true;
}

static void enqueue(struct dbus_bus *bus, struct dbus_msg *msg)
{
	list_add_tail(&dbus_msg_get(msg)->verdict.node, &bus->tap_queue);
	bus->tap_queued++;
	bus->tap_octets += msg->wire.len;
}

/**
 * dbus_tap_note() - note what became of a message
 * @bus: its bus, locked
 * @msg: the message; @verdict.receiver and @verdict.n_recipients are set
 * @from: its sender; NULL for the bus itself
 * @verdict: what became of it
 * @reason: why
 */
void dbus_tap_note(struct dbus_bus *bus, struct dbus_msg *msg,
		   struct dbus_peer *from, enum dbusmon_verdict verdict,
		   enum dbusmon_reason reason)
{
	struct dbus_verdict *v = &msg->verdict;

	lockdep_assert_held(&bus->lock);
	count_verdict(bus, verdict);
	trace_dbus_route(bus, msg, from, verdict, reason);
	if (!number(bus, v))
		return;
	v->verdict = verdict;
	v->reason = reason;
	v->pid = 0;
	v->uid = ~0u;
	if (from) {
		v->sender = from->id;
		v->pid = pid_nr(from->pid);
		v->uid = from_kuid_munged(&init_user_ns, from->cred->euid);
		memcpy(v->comm, from->comm, sizeof(v->comm));
	} else {
		v->sender = DBUSMON_ID_BUS;
		v->flags |= DBUSMON_F_DRIVER;
	}
	enqueue(bus, msg);
}

/**
 * dbus_tap_note_observed() - note what was seen on an observed bus
 * @bus: the bus, locked
 * @msg: with its @verdict filled in, but for number, time and loss
 */
void dbus_tap_note_observed(struct dbus_bus *bus, struct dbus_msg *msg)
{
	struct dbus_verdict *v = &msg->verdict;

	lockdep_assert_held(&bus->lock);
	count_verdict(bus, v->verdict);
	v->flags |= DBUSMON_F_OBSERVED;
	if (!number(bus, v))
		return;
	if (v->kind == DBUSMON_KIND_LOSS)
		v->lost++;
	enqueue(bus, msg);
}

/**
 * dbus_tap_lose() - something that would have been a record is lost
 * @bus: the bus, locked
 */
void dbus_tap_lose(struct dbus_bus *bus)
{
	lockdep_assert_held(&bus->lock);
	bus->seq++;
	bus->count.tap_lost++;
	bus->tap_lost++;
}

/* Octets of a record's header and its attributes, if the bus's name has so many. */
static u32 header_len(u32 name_len)
{
	return sizeof(struct dbusmon_hdr) +
	       ALIGN(sizeof(struct dbusmon_tlv) + name_len, 8);
}

/* The header of the record and its attributes; @to has room for them. */
static void put_header(u8 *to, struct dbus_bus *bus, const struct dbus_msg *msg,
		       u32 name_len)
{
	const struct dbus_verdict *v = &msg->verdict;
	struct dbusmon_hdr *h = (void *)to;
	struct dbusmon_tlv *tlv = (void *)(h + 1);
	u32 len = header_len(name_len);

	memset(to, 0, len);
	h->magic = cpu_to_le32(DBUSMON_MAGIC);
	h->version = DBUSMON_VERSION;
	h->kind = v->kind ?: DBUSMON_KIND_MESSAGE;
	h->hdr_len = cpu_to_le16(len);
	h->time = cpu_to_le64(v->time);
	h->seq = cpu_to_le64(v->seq);
	h->bus = cpu_to_le32(bus->id);
	h->flags = cpu_to_le32(v->flags);
	h->verdict = v->verdict;
	h->reason = v->reason;
	h->n_fds = cpu_to_le16(dbus_msg_n_fds(msg) ?: v->n_fds);
	h->n_recipients = cpu_to_le32(v->n_recipients);
	h->sender = cpu_to_le64(v->sender);
	h->receiver = cpu_to_le64(v->receiver);
	h->length = cpu_to_le32(msg->wire.len);
	h->rule = cpu_to_le32(v->verdict == DBUSMON_DENIED ? v->rule : 0);
	h->pid = cpu_to_le32(v->pid);
	h->uid = cpu_to_le32(v->uid);
	h->lost = cpu_to_le32(v->lost);
	memcpy(h->comm, v->comm, sizeof(h->comm));
	tlv->type = cpu_to_le16(DBUSMON_TLV_BUS_NAME);
	tlv->len = cpu_to_le16(name_len);
	memcpy(tlv + 1, bus->name, name_len);
}

/*
 * An skb whose octets are part of a page. Most records are gone before the next is
 * built, and their page is used again as it is; kmalloc() would fill each with
 * zeros (init_on_alloc). Nobody else builds records of the bus meanwhile.
 */
static struct sk_buff *new_short_skb(struct dbus_bus *bus, u32 len, gfp_t gfp)
{
	u32 size = SKB_DATA_ALIGN(len) +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *data;

	data = page_frag_alloc(&bus->tap_page, size, gfp);
	if (!data)
		return NULL;
	skb = build_skb(data, size);
	if (!skb)
		page_frag_free(data);
	return skb;
}

/*
 * One skb of a record: @head octets free in its linear part, then @len octets
 * of the message, in pages if they are many.
 */
static struct sk_buff *build_skb_part(u32 head, const u8 *data, u32 len,
				      gfp_t gfp)
{
	bool paged = len > LINEAR_MAX;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(head + (paged ? 0 : len), paged ? len : 0,
				   PAGE_ALLOC_COSTLY_ORDER, &err, gfp);
	if (!skb)
		return NULL;
	skb_reserve(skb, head);
	if (paged) {
		skb->data_len = len;
		skb->len = len;
		skb_store_bits(skb, 0, data, len);
	} else {
		skb_put_data(skb, data, len);
	}
	return skb;
}

/* Append to a record what is too long for one skb. */
static bool build_frag_list(struct sk_buff *skb, const u8 *data, u32 len,
			    gfp_t gfp)
{
	struct sk_buff **next = &skb_shinfo(skb)->frag_list;
	u32 n;

	for (; len; data += n, len -= n) {
		n = min(len, CHUNK);
		*next = build_skb_part(0, data, n, gfp);
		if (!*next)
			return false;
		skb->len += n;
		skb->data_len += n;
		skb->truesize += (*next)->truesize;
		next = &(*next)->next;
	}
	return true;
}

/* The first skb: what @head octets will stand before is all of a short record. */
static struct sk_buff *build_first(struct dbus_bus *bus, u32 head, const u8 *data,
				   u32 len, gfp_t gfp)
{
	struct sk_buff *skb;

	if (len > LINEAR_MAX)
		return build_skb_part(head, data, len, gfp);
	skb = new_short_skb(bus, head + len, gfp);
	if (!skb)
		return NULL;
	skb_reserve(skb, head);
	skb_put_data(skb, data, len);
	return skb;
}

static struct sk_buff *build(struct dbus_bus *bus, const struct dbus_msg *msg)
{
	/* who serves an observed bus shall not wait for our memory */
	gfp_t gfp = GFP_KERNEL |
		    (bus->observer ? __GFP_NORETRY | __GFP_NOWARN : 0);
	u32 first = min(msg->wire.len, CHUNK);
	u32 name_len = strlen(bus->name);
	u32 len = header_len(name_len);
	struct sk_buff *skb;

	skb = build_first(bus, len, msg->wire.data, first, gfp);
	if (!skb)
		return NULL;
	if (!build_frag_list(skb, msg->wire.data + first,
			     msg->wire.len - first, gfp)) {
		kfree_skb(skb);
		return NULL;
	}
	put_header(skb_push(skb, len), bus, msg, name_len);
	skb_reset_mac_header(skb);
	skb_pull(skb, len);
	skb_reset_network_header(skb);
	skb->tstamp = ns_to_ktime(msg->verdict.time);
	skb->pkt_type = PACKET_HOST;
	skb->protocol = htons(msg->verdict.verdict == DBUSMON_INVALID ||
			      msg->verdict.kind ?
			      DBUSMON_ETH_P_EVENT : DBUSMON_ETH_P_MESSAGE);
	return skb;
}

/*
 * Hand a record to one device, as received from it: then sockets that are bound
 * to one of our EtherTypes get it too, and the time stamp is that of routing.
 */
static bool deliver_to(struct dbus_tap *tap, struct sk_buff *skb)
{
	if (!skb) {
		atomic64_inc(&tap->lost);
		return false;
	}
	skb->dev = tap->dev;
	atomic64_inc(&tap->packets);
	atomic64_add(skb->len, &tap->bytes);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
	return true;
}

/*
 * Copies to all devices of a list that are listened to, but for the last: that is
 * put into @last, and gets its own when another one is found.
 */
static bool deliver_to_list(struct list_head *taps, struct sk_buff *skb,
			    struct dbus_tap **last)
{
	struct dbus_tap *tap;
	bool taken = false;

	list_for_each_entry_rcu(tap, taps, node) {
		if (!tap_active(tap))
			continue;
		if (*last)
			taken |= deliver_to(*last, skb ? skb_clone(skb, GFP_ATOMIC)
						       : NULL);
		*last = tap;
	}
	return taken;
}

/* Hand a record to whom it is for; most are for one device, and need no copy. */
static bool deliver_skb(struct dbus_bus *bus, struct sk_buff *skb)
{
	struct dbus_tap *last = NULL;
	bool taken;

	rcu_read_lock();
	taken = deliver_to_list(&bus->tap, skb, &last);
	taken |= deliver_to_list(&dbus_net(bus->net)->taps, skb, &last);
	if (last)
		taken |= deliver_to(last, skb);
	else
		kfree_skb(skb);
	rcu_read_unlock();
	return taken;
}

/* Build and deliver a record; the bus is not locked, and is then. @msg is put. */
static void deliver(struct dbus_bus *bus, struct dbus_msg *msg)
	__acquires(&bus->lock)
{
	struct sk_buff *skb = build(bus, msg);
	bool built = skb;
	bool taken = deliver_skb(bus, skb);

	dbus_msg_put(msg);
	spin_lock(&bus->lock);
	if (taken) {
		bus->count.tap_records++;
	} else if (!built) {
		bus->count.tap_lost++;
		bus->tap_lost++;
	}
}

/* Have the rest be built by a worker, after so many jiffies at the latest. */
static void flush_later(struct dbus_bus *bus, unsigned long delay)
{
	bool was_pending;

	dbus_bus_get(bus);
	was_pending = delay ? !queue_delayed_work(dbus_wq, &bus->tap_work, delay)
			    : mod_delayed_work(dbus_wq, &bus->tap_work, 0);
	if (was_pending)
		refcount_dec(&bus->ref);	/* it has one, and the lock is ours */
}

/**
 * dbus_tap_flush() - build and deliver the records of what was noted
 * @bus: the bus, not locked
 *
 * Context: process, may sleep, but waits for nobody
 */
void dbus_tap_flush(struct dbus_bus *bus)
{
	unsigned int turn = dbus_runs_rarely() ? 0 : TURN_RECORDS;
	unsigned long delay = 0;
	struct dbus_msg *msg;
	u64 ns;

	if (list_empty_careful(&bus->tap_queue))
		return;
	spin_lock(&bus->lock);
	if (bus->tap_busy) {
		spin_unlock(&bus->lock);
		return;
	}
	bus->tap_busy = true;
	while (turn-- && !list_empty(&bus->tap_queue)) {
		msg = list_first_entry(&bus->tap_queue, struct dbus_msg,
				       verdict.node);
		if (dbus_name_is_awaited(bus, msg, &ns)) {
			delay = nsecs_to_jiffies(ns) + 1;
			break;
		}
		list_del_init(&msg->verdict.node);
		bus->tap_queued--;
		bus->tap_octets -= msg->wire.len;
		spin_unlock(&bus->lock);
		dbus_name_fill_in(bus, msg);
		deliver(bus, msg);
	}
	bus->tap_busy = false;
	if (!list_empty(&bus->tap_queue))
		flush_later(bus, delay);
	else if (delayed_work_pending(&bus->tap_work) &&
		 cancel_delayed_work(&bus->tap_work))
		refcount_dec(&bus->ref);	/* the work's; not the last */
	spin_unlock(&bus->lock);
}

static void tap_work(struct work_struct *work)
{
	struct dbus_bus *bus = container_of(to_delayed_work(work),
					    struct dbus_bus, tap_work);

	dbus_tap_flush(bus);
	dbus_bus_put(bus);
}

/**
 * dbus_tap_start() - a new bus: nothing noted yet
 * @bus: the bus
 */
void dbus_tap_start(struct dbus_bus *bus)
{
	INIT_LIST_HEAD(&bus->tap_queue);
	INIT_LIST_HEAD(&bus->tap);
	INIT_DELAYED_WORK(&bus->tap_work, tap_work);
}

/**
 * dbus_tap_stop() - let go of what was noted and not delivered
 * @bus: the bus, nobody's any more
 */
void dbus_tap_stop(struct dbus_bus *bus)
{
	struct dbus_msg *msg;

	while (!list_empty(&bus->tap_queue)) {
		msg = list_first_entry(&bus->tap_queue, struct dbus_msg,
				       verdict.node);
		list_del_init(&msg->verdict.node);
		dbus_name_fill_in(bus, msg);
		dbus_msg_put(msg);
	}
	dbus_drain_page_frag(&bus->tap_page);
}

/* --- the devices ----------------------------------------------------------- */

static int tap_open(struct net_device *dev)
{
	struct dbus_tap *tap = netdev_priv(dev);

	list_add_tail_rcu(&tap->node, tap->bus ? &tap->bus->tap :
			  &dbus_net(dev_net(dev))->taps);
	return 0;
}

static int tap_stop(struct net_device *dev)
{
	struct dbus_tap *tap = netdev_priv(dev);

	list_del_rcu(&tap->node);
	synchronize_net();
	return 0;
}

/* Nothing is sent by a tap. */
static netdev_tx_t tap_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev->stats.tx_dropped++;
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static int tap_init(struct net_device *dev)
{
	/*
	 * not before: lockdep has a fixed list of types, and looks at it when
	 * the device is allocated
	 */
	dev->type = DBUSMON_ARPHRD;
	return 0;
}

static void tap_uninit(struct net_device *dev)
{
	struct dbus_tap *tap = netdev_priv(dev);

	/* removed by hand: the bus need not do it */
	if (tap->bus)
		tap->bus->dev = NULL;
}

static void tap_get_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats)
{
	struct dbus_tap *tap = netdev_priv(dev);

	stats->rx_packets = atomic64_read(&tap->packets);
	stats->rx_bytes = atomic64_read(&tap->bytes);
	stats->rx_dropped = atomic64_read(&tap->lost);
	stats->tx_dropped = dev->stats.tx_dropped;
}

static const struct net_device_ops tap_ops = {
	.ndo_open = tap_open,
	.ndo_stop = tap_stop,
	.ndo_start_xmit = tap_xmit,
	.ndo_init = tap_init,
	.ndo_uninit = tap_uninit,
	.ndo_get_stats64 = tap_get_stats64,
};

static u32 always_on(struct net_device *dev)
{
	return 1;
}

static const struct ethtool_ops tap_ethtool_ops = {
	.get_link = always_on,
};

/* With this the packet socket knows that there is a header to strip. */
static int header_create(struct sk_buff *skb, struct net_device *dev,
			 unsigned short type, const void *daddr,
			 const void *saddr, unsigned int len)
{
	return -EOPNOTSUPP;
}

/* The link-layer address of a record is its sender's id, big-endian. */
static int header_address(const struct sk_buff *skb, unsigned char *haddr)
{
	const struct dbusmon_hdr *h = (const void *)skb_mac_header(skb);
	__be64 id = cpu_to_be64(le64_to_cpu(h->sender));

	memcpy(haddr, &id, sizeof(id));
	return sizeof(id);
}

static __maybe_unused
int header_address_dev(const struct sk_buff *skb, const struct net_device *dev,
		       unsigned char *haddr)
{
	return header_address(skb, haddr);
}

static const struct header_ops tap_header_ops = {
	.create = header_create,
	.parse = DBUS_HEADER_PARSE(header_address, header_address_dev),
};

static void tap_setup(struct net_device *dev)
{
	struct dbus_tap *tap = netdev_priv(dev);

	tap->dev = dev;
	dev->type = ARPHRD_NONE;
	dev->hard_header_len = sizeof(struct dbusmon_hdr);
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->flags = IFF_NOARP;
	dev->features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA;
	dev->netdev_ops = &tap_ops;
	dev->ethtool_ops = &tap_ethtool_ops;
	dev->header_ops = &tap_header_ops;
	dev->needs_free_netdev = true;
	/* not a limit: a message may be longer */
	dev->mtu = U16_MAX;
}

static int tap_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS]) {
		NL_SET_ERR_MSG(extack, "a D-Bus tap has no address");
		return -EINVAL;
	}
	return 0;
}

static struct rtnl_link_ops tap_link_ops __read_mostly = {
	.kind = "dbusmon",
	.priv_size = sizeof(struct dbus_tap),
	.setup = tap_setup,
	.validate = tap_validate,
};

/* Make a device and bring it up; the RTNL is held. */
static int tap_add(struct net *net, const char *name, const char *alias,
		   struct dbus_bus *bus)
{
	struct net_device *dev;
	struct dbus_tap *tap;
	int err;

	ASSERT_RTNL();
	dev = alloc_netdev(sizeof(*tap), name, NET_NAME_ENUM, tap_setup);
	if (!dev)
		return -ENOMEM;
	tap = netdev_priv(dev);
	tap->bus = bus;
	dev_net_set(dev, net);
	dev->rtnl_link_ops = &tap_link_ops;
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		return err;
	}
	dev_set_alias(dev, alias, strlen(alias));
	if (bus)
		bus->dev = dev;
	err = dev_open(dev, NULL);
	if (err)
		unregister_netdevice(dev);
	return err;
}

/**
 * dbus_tap_bus_add() - make the device that shows a bus alone
 * @bus: the bus
 * Return: 0, or -EEXIST if a device has that name already
 */
int dbus_tap_bus_add(struct dbus_bus *bus)
{
	char name[IFNAMSIZ];
	int err;

	snprintf(name, sizeof(name), "dbus%u", bus->id);
	rtnl_lock();
	err = tap_add(bus->net, name, bus->name, bus);
	rtnl_unlock();
	return err;
}

/**
 * dbus_tap_bus_del() - remove that device
 * @bus: the bus
 */
void dbus_tap_bus_del(struct dbus_bus *bus)
{
	rtnl_lock();
	if (bus->dev)
		unregister_netdevice(bus->dev);
	rtnl_unlock();
}

int dbus_tap_init(void)
{
	int err = rtnl_link_register(&tap_link_ops);

	if (err)
		return err;
	rtnl_lock();
	err = tap_add(&init_net, "dbus0", "all buses", NULL);
	rtnl_unlock();
	if (err == -EEXIST) {
		/* somebody's device has the name: `ip link add` gives another */
		pr_notice("dbus: there is a device dbus0 already\n");
		err = 0;
	}
	if (err)
		rtnl_link_unregister(&tap_link_ops);
	return err;
}

void dbus_tap_exit(void)
{
	rtnl_link_unregister(&tap_link_ops);
}

MODULE_ALIAS_RTNL_LINK("dbusmon");
