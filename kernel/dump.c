// SPDX-License-Identifier: GPL-2.0
/*
 * The tables read back: dumps of buses, peers, names, match rules, policy and
 * counters.
 *
 * A dump goes on over many calls. Where it stands is kept as what it shows next,
 * not as a pointer: bus by number, then peer by id or name by bucket, then a
 * place among those of one peer or bucket.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "activation.h"
#include "bus.h"
#include "compat.h"
#include "dump.h"
#include "listener.h"
#include "match.h"
#include "name.h"
#include "netlink.h"
#include "observe.h"
#include "peer.h"
#include "policy.h"
#include "quota.h"

/**
 * struct dump - a dump that goes on
 * @only_bus: the bus asked for, or 0
 * @only_peer: the peer asked for, or DBUSMON_ID_NONE
 * @bus: number of the bus that is next
 * @at: peer id, or bucket, that is next
 * @skip: entries of that which were shown
 */
struct dump {
	u32 only_bus;
	u64 only_peer;
	unsigned long bus;
	unsigned long at;
	unsigned long skip;
};

static struct dump *dump_of(struct netlink_callback *cb)
{
	return (struct dump *)cb->args[0];
}

/**
 * dbus_dump_start() - a dump begins
 * @cb: the dump
 * Return: 0 or a negative errno
 */
int dbus_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = dbus_dump_attrs(cb);
	struct net *net = sock_net(cb->skb->sk);
	struct dbus_bus *bus;
	struct dump *d;
	bool may;

	d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	if (!d)
		return -ENOMEM;
	if (attrs[DBUS_A_BUS])
		d->only_bus = nla_get_u32(attrs[DBUS_A_BUS]);
	d->only_peer = DBUSMON_ID_NONE;
	if (attrs[DBUS_A_PEER_ID])
		d->only_peer = nla_get_u64(attrs[DBUS_A_PEER_ID]);
	if (d->only_bus) {
		bus = dbus_bus_find(net, d->only_bus);
		may = bus && dbus_may_configure(cb->skb, bus);
		if (bus)
			dbus_bus_put(bus);
		if (!may) {
			if (bus)
				NL_SET_ERR_MSG_ATTR(cb->extack,
						    attrs[DBUS_A_BUS],
						    "the bus is another user's");
			else
				NL_SET_ERR_MSG_ATTR(cb->extack,
						    attrs[DBUS_A_BUS],
						    "there is no bus of that number");
			kfree(d);
			return bus ? -EPERM : -ENODEV;
		}
	}
	d->bus = d->only_bus;
	cb->args[0] = (long)d;
	return 0;
}

/**
 * dbus_dump_done() - a dump has ended
 * @cb: the dump
 */
int dbus_dump_done(struct netlink_callback *cb)
{
	kfree(dump_of(cb));
	return 0;
}

/* The next bus that the dump shows, with a reference; NULL at the end. */
static struct dbus_bus *next_bus(struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	struct dbus_net *dn = dbus_net(net);
	struct dump *d = dump_of(cb);
	struct dbus_bus *bus;

	mutex_lock(&dn->lock);
	for (;;) {
		bus = xa_find(&dn->buses, &d->bus, ULONG_MAX, XA_PRESENT);
		if (!bus || (d->only_bus && bus->id != d->only_bus)) {
			bus = NULL;
			break;
		}
		if (dbus_may_configure(cb->skb, bus)) {
			dbus_bus_get(bus);
			break;
		}
		d->bus++;
	}
	mutex_unlock(&dn->lock);
	return bus;
}

/* Done with a bus: on to the one behind. */
static void end_bus(struct dump *d, struct dbus_bus *bus)
{
	d->bus = bus->id + 1;
	d->at = 0;
	d->skip = 0;
	dbus_bus_put(bus);
}

/*
 * Show all buses: @show adds what it can of one, and returns -EMSGSIZE when the
 * skb is full.
 */
static int dump(struct sk_buff *skb, struct netlink_callback *cb,
		int (*show)(struct sk_buff *skb, struct netlink_callback *cb,
			    struct dbus_bus *bus))
{
	struct net *net = sock_net(cb->skb->sk);
	struct dump *d = dump_of(cb);
	struct dbus_bus *bus;
	int err;

	cb->seq = atomic_read(&dbus_net(net)->gen);
	while ((bus = next_bus(cb))) {
		err = show(skb, cb, bus);
		if (err) {
			dbus_bus_put(bus);
			/* one entry that does not fit an empty skb */
			return skb->len ? skb->len : err;
		}
		end_bus(d, bus);
	}
	return skb->len;
}

static void *begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		   struct dbus_bus *bus)
{
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &dbus_genl_family, NLM_F_MULTI, cmd);
	if (!head)
		return NULL;
	genl_dump_check_consistent(cb, head);
	if (nla_put_u32(skb, DBUS_A_BUS, bus->id) ||
	    nla_put_string(skb, DBUS_A_BUS_NAME, bus->name)) {
		genlmsg_cancel(skb, head);
		return NULL;
	}
	return head;
}

static int end(struct sk_buff *skb, void *head, int err)
{
	if (err)
		genlmsg_cancel(skb, head);
	else
		genlmsg_end(skb, head);
	return err ? -EMSGSIZE : 0;
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, DBUS_A_PAD);
}

static int put_str(struct sk_buff *skb, int type, const char *s, u32 len)
{
	struct nlattr *nla = nla_reserve(skb, type, len + 1);
	char *to;

	if (!nla)
		return -EMSGSIZE;
	to = nla_data(nla);
	memcpy(to, s, len);
	to[len] = '\0';
	return 0;
}

/* --- buses ----------------------------------------------------------------------- */

static int fill_bus_rest(struct sk_buff *skb, struct dbus_bus *bus)
{
	return nla_put_string(skb, DBUS_A_GUID, bus->guid) ||
	       nla_put_u32(skb, DBUS_A_UID,
			   from_kuid_munged(current_user_ns(), bus->owner)) ||
	       (bus->observer && nla_put_flag(skb, DBUS_A_OBSERVED)) ?
	       -EMSGSIZE : 0;
}

/**
 * dbus_fill_bus() - attributes of a bus
 * @skb: where to
 * @bus: the bus
 * Return: 0 or -EMSGSIZE
 */
int dbus_fill_bus(struct sk_buff *skb, struct dbus_bus *bus)
{
	return nla_put_u32(skb, DBUS_A_BUS, bus->id) ||
	       nla_put_string(skb, DBUS_A_BUS_NAME, bus->name) ||
	       fill_bus_rest(skb, bus) ? -EMSGSIZE : 0;
}

struct queued {
	u64 bytes;
	u64 messages;
};

/* What waits in all receivers' queues; the bus is locked. */
static struct queued sum_queues(struct dbus_bus *bus)
{
	struct dbus_peer *peer;
	struct queued sum = {};
	unsigned long id;

	if (bus->driver) {
		sum.bytes = READ_ONCE(bus->driver->tx.bytes);
		sum.messages = READ_ONCE(bus->driver->tx.n);
	}
	xa_for_each(&bus->peers, id, peer) {
		sum.bytes += READ_ONCE(peer->tx.bytes);
		sum.messages += READ_ONCE(peer->tx.n);
	}
	return sum;
}

static int put_stats(struct sk_buff *skb, struct dbus_bus *bus)
{
	const struct dbus_counters *c = &bus->count;
	const struct dbus_observer *o = bus->observer;
	struct nlattr *nest = nla_nest_start(skb, DBUS_A_STATS);
	const struct {
		int type;
		u64 value;
	} stats[] = {
		{ DBUS_STAT_ROUTED, c->routed },
		{ DBUS_STAT_DELIVERED, c->delivered },
		{ DBUS_STAT_DENIED, c->denied },
		{ DBUS_STAT_UNDELIVERED, c->undelivered },
		{ DBUS_STAT_INVALID, c->invalid },
		{ DBUS_STAT_DRIVER_CALLS, c->driver_calls },
		{ DBUS_STAT_KEPT_CALLS, bus->n_kept },
		{ DBUS_STAT_PEERS, o ? o->n_conns : bus->n_peers },
		{ DBUS_STAT_NAMES, bus->n_names },
		{ DBUS_STAT_MATCHES, bus->n_matches },
		{ DBUS_STAT_REPLIES, bus->n_replies },
		{ DBUS_STAT_QUEUED_BYTES, sum_queues(bus).bytes },
		{ DBUS_STAT_TAP_RECORDS, c->tap_records },
		{ DBUS_STAT_TAP_LOST, c->tap_lost },
		{ DBUS_STAT_PEERS_EVER, c->peers_ever },
		{ DBUS_STAT_OBSERVED_BYTES,
		  o ? atomic64_read(&o->octets) : 0 },
	};
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(stats); i++) {
		if (nla_put_u64_64bit(skb, stats[i].type, stats[i].value,
				      DBUS_STAT_PAD))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int show_bus(struct sk_buff *skb, struct netlink_callback *cb,
		    struct dbus_bus *bus, u8 cmd)
{
	void *head = begin(skb, cb, cmd, bus);
	int err;

	if (!head)
		return -EMSGSIZE;
	spin_lock(&bus->lock);
	err = fill_bus_rest(skb, bus) || put_stats(skb, bus);
	spin_unlock(&bus->lock);
	return end(skb, head, err);
}

static int show_bus_new(struct sk_buff *skb, struct netlink_callback *cb,
			struct dbus_bus *bus)
{
	return show_bus(skb, cb, bus, DBUS_CMD_BUS_NEW);
}

static int show_stats(struct sk_buff *skb, struct netlink_callback *cb,
		      struct dbus_bus *bus)
{
	return show_bus(skb, cb, bus, DBUS_CMD_STATS_GET);
}

/* --- peers ----------------------------------------------------------------------- */

static int put_groups(struct sk_buff *skb, const struct cred *cred)
{
	const struct group_info *groups = cred->group_info;
	struct nlattr *nla;
	u32 *to;
	int i;

	nla = nla_reserve(skb, DBUS_A_GROUPS, groups->ngroups * sizeof(*to));
	if (!nla)
		return -EMSGSIZE;
	to = nla_data(nla);
	for (i = 0; i < groups->ngroups; i++)
		to[i] = from_kgid_munged(current_user_ns(), groups->gid[i]);
	return 0;
}

static int put_peer_creds(struct sk_buff *skb, struct dbus_peer *peer)
{
	struct user_namespace *ns = current_user_ns();
	const struct cred *cred = peer->cred;

	return nla_put_u32(skb, DBUS_A_UID,
			   from_kuid_munged(ns, cred->euid)) ||
	       nla_put_u32(skb, DBUS_A_GID,
			   from_kgid_munged(ns, cred->egid)) ||
	       nla_put_u32(skb, DBUS_A_PID, pid_vnr(peer->pid)) ||
	       put_str(skb, DBUS_A_COMM, peer->comm,
		       strnlen(peer->comm, sizeof(peer->comm))) ||
	       put_groups(skb, cred) ||
	       (peer->label &&
		nla_put_string(skb, DBUS_A_LABEL, peer->label)) ?
	       -EMSGSIZE : 0;
}

/* Its number is not given to another before the last reference to it goes. */
static bool is_running(struct pid *pid)
{
	bool running;

	rcu_read_lock();
	running = pid && pid_has_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return running;
}

static int put_peer_flags(struct sk_buff *skb, struct dbus_peer *peer)
{
	return (is_running(peer->pid) && nla_put_flag(skb, DBUS_A_RUNNING)) ||
	       (dbus_peer_is(peer, PEER_HELLO) &&
		nla_put_flag(skb, DBUS_A_HELLO)) ||
	       (dbus_peer_is(peer, PEER_UNIX_FDS) &&
		nla_put_flag(skb, DBUS_A_UNIX_FDS)) ||
	       (dbus_peer_is(peer, PEER_MONITOR) &&
		nla_put_flag(skb, DBUS_A_MONITOR)) ||
	       (dbus_peer_is(peer, PEER_DRIVER) &&
		nla_put_flag(skb, DBUS_A_DRIVER)) ? -EMSGSIZE : 0;
}

static int put_peer_counts(struct sk_buff *skb, struct dbus_peer *peer)
{
	return put_u64(skb, DBUS_A_QUEUED_BYTES, peer->tx.bytes) ||
	       put_u64(skb, DBUS_A_QUEUED_MESSAGES, peer->tx.n) ||
	       put_u64(skb, DBUS_A_RX_MESSAGES, peer->rx.messages) ||
	       put_u64(skb, DBUS_A_TX_MESSAGES, peer->tx.sent) ||
	       put_u64(skb, DBUS_A_RX_BYTES, peer->rx.bytes) ||
	       put_u64(skb, DBUS_A_TX_BYTES, peer->tx.sent_bytes) ||
	       nla_put_u32(skb, DBUS_A_N_MATCHES, peer->n_matches) ||
	       nla_put_u32(skb, DBUS_A_N_NAMES, peer->n_names) ||
	       nla_put_u32(skb, DBUS_A_N_REPLIES, peer->n_calls) ?
	       -EMSGSIZE : 0;
}

static int put_peer(struct sk_buff *skb, struct dbus_peer *peer)
{
	return put_u64(skb, DBUS_A_PEER_ID, peer->id) ||
	       (peer->turn && nla_put_u32(skb, DBUS_A_TURN, peer->turn)) ||
	       put_peer_flags(skb, peer) || put_peer_creds(skb, peer) ||
	       put_peer_counts(skb, peer) ? -EMSGSIZE : 0;
}

/**
 * dbus_fill_peer() - attributes of a peer
 * @skb: where to
 * @peer: the peer, its bus locked
 * Return: 0 or -EMSGSIZE
 */
int dbus_fill_peer(struct sk_buff *skb, struct dbus_peer *peer)
{
	return nla_put_u32(skb, DBUS_A_BUS, peer->bus->id) ||
	       nla_put_string(skb, DBUS_A_BUS_NAME, peer->bus->name) ||
	       put_peer(skb, peer) ? -EMSGSIZE : 0;
}

/* The next peer that the dump shows; the bus is locked. */
static struct dbus_peer *next_peer(struct dump *d, struct dbus_bus *bus)
{
	unsigned long id = d->at ? d->at - 1 : 0;

	if (d->only_peer != DBUSMON_ID_NONE) {
		if (d->at)
			return NULL;
		return d->only_peer == DBUSMON_ID_BUS ?
		       bus->driver : xa_load(&bus->peers, d->only_peer);
	}
	if (!d->at && bus->driver)
		return bus->driver;
	return xa_find(&bus->peers, &id, ULONG_MAX, XA_PRESENT);
}

/* The driver comes first, at 0; then :1.0, at 1, and so on. */
static void next_at(struct dump *d, const struct dbus_peer *peer)
{
	d->at = dbus_peer_is(peer, PEER_DRIVER) ? 1 : peer->id + 2;
}

static int show_peers(struct sk_buff *skb, struct netlink_callback *cb,
		      struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	struct dbus_peer *peer;
	void *head;
	int err = 0;

	spin_lock(&bus->lock);
	while (!err && (peer = next_peer(d, bus))) {
		head = begin(skb, cb, DBUS_CMD_PEER_NEW, bus);
		if (!head) {
			err = -EMSGSIZE;
			break;
		}
		err = end(skb, head, put_peer(skb, peer));
		if (!err)
			next_at(d, peer);
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- names ----------------------------------------------------------------------- */

static int show_owner(struct sk_buff *skb, struct netlink_callback *cb,
		      struct dbus_bus *bus, struct dbus_owner *o, u32 pos)
{
	void *head = begin(skb, cb, DBUS_CMD_NAME_GET, bus);
	int err;

	if (!head)
		return -EMSGSIZE;
	err = put_str(skb, DBUS_A_NAME, o->name->name, o->name->len) ||
	      put_u64(skb, DBUS_A_PEER_ID, o->peer->id) ||
	      nla_put_u32(skb, DBUS_A_NAME_FLAGS, o->flags) ||
	      nla_put_u32(skb, DBUS_A_QUEUE_POS, pos);
	return end(skb, head, err);
}

static int show_bucket(struct sk_buff *skb, struct netlink_callback *cb,
		       struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	struct dbus_name *n;
	struct dbus_owner *o;
	unsigned long i = 0;
	u32 pos;
	int err;

	hlist_for_each_entry(n, &bus->names[d->at], node) {
		pos = 0;
		list_for_each_entry(o, &n->owners, of_name) {
			if (i++ >= d->skip &&
			    (d->only_peer == DBUSMON_ID_NONE ||
			     o->peer->id == d->only_peer)) {
				err = show_owner(skb, cb, bus, o, pos);
				if (err)
					return err;
				d->skip = i;
			}
			pos++;
		}
	}
	return 0;
}

static int show_names(struct sk_buff *skb, struct netlink_callback *cb,
		      struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	int err = 0;

	spin_lock(&bus->lock);
	while (d->at < ARRAY_SIZE(bus->names)) {
		err = show_bucket(skb, cb, bus);
		if (err)
			break;
		d->at++;
		d->skip = 0;
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- match rules ------------------------------------------------------------------ */

static int show_rule(struct sk_buff *skb, struct netlink_callback *cb,
		     struct dbus_bus *bus, struct dbus_match *m)
{
	void *head = begin(skb, cb, DBUS_CMD_MATCH_GET, bus);
	int err;

	if (!head)
		return -EMSGSIZE;
	err = put_u64(skb, DBUS_A_PEER_ID, m->peer->id) ||
	      put_str(skb, DBUS_A_MATCH, m->text, m->len) ||
	      nla_put_u32(skb, DBUS_A_COUNT, m->count);
	return end(skb, head, err);
}

static int show_rules_of(struct sk_buff *skb, struct netlink_callback *cb,
			 struct dbus_bus *bus, struct dbus_peer *peer)
{
	struct dump *d = dump_of(cb);
	struct dbus_match *m;
	unsigned long i = 0;
	int err;

	list_for_each_entry(m, &peer->matches, of_peer) {
		if (i++ < d->skip)
			continue;
		err = show_rule(skb, cb, bus, m);
		if (err)
			return err;
		d->skip = i;
	}
	return 0;
}

static int show_matches(struct sk_buff *skb, struct netlink_callback *cb,
			struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	struct dbus_peer *peer;
	int err = 0;

	spin_lock(&bus->lock);
	while ((peer = next_peer(d, bus))) {
		err = show_rules_of(skb, cb, bus, peer);
		if (err)
			break;
		next_at(d, peer);
		d->skip = 0;
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- policy ----------------------------------------------------------------------- */

static int put_text(struct sk_buff *skb, int type, struct wire_str s)
{
	return s.s ? put_str(skb, type, s.s, s.len) : 0;
}

static int put_number(struct sk_buff *skb, int type, u32 value, u32 standard)
{
	return value == standard ? 0 : nla_put_u32(skb, type, value);
}

static int put_rule(struct sk_buff *skb, const struct dbus_policy_rule *r,
		    const struct dbus_policy_set *set)
{
	struct nlattr *nest = nla_nest_start(skb, DBUS_A_RULE);

	if (!nest ||
	    nla_put_u32(skb, DBUS_RULE_NUMBER, r->number) ||
	    nla_put_u32(skb, DBUS_RULE_SUBJECT, set->subject) ||
	    nla_put_u32(skb, DBUS_RULE_ID, set->id) ||
	    nla_put_u32(skb, DBUS_RULE_KIND, r->kind) ||
	    nla_put_u32(skb, DBUS_RULE_FLAGS, r->flags) ||
	    put_number(skb, DBUS_RULE_TYPE, r->type, 0) ||
	    put_text(skb, DBUS_RULE_NAME, r->name) ||
	    put_text(skb, DBUS_RULE_INTERFACE, r->interface) ||
	    put_text(skb, DBUS_RULE_MEMBER, r->member) ||
	    put_text(skb, DBUS_RULE_ERROR, r->error) ||
	    put_text(skb, DBUS_RULE_PATH, r->path) ||
	    put_number(skb, DBUS_RULE_MIN_FDS, r->min_fds, 0) ||
	    put_number(skb, DBUS_RULE_MAX_FDS, r->max_fds, U32_MAX) ||
	    put_text(skb, DBUS_RULE_LABEL, r->label))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int show_policy(struct sk_buff *skb, struct netlink_callback *cb,
		       struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	const struct dbus_policy_rule *r;
	struct dbus_policy *policy;
	void *head;
	int err = 0;
	u32 i;

	spin_lock(&bus->lock);
	policy = bus->policy;
	for (i = d->skip; policy && !err && i < policy->n_rules; i++) {
		r = policy->rules[i];
		head = begin(skb, cb, DBUS_CMD_POLICY_GET, bus);
		if (!head) {
			err = -EMSGSIZE;
			break;
		}
		err = end(skb, head,
			  nla_put_u32(skb, DBUS_A_GENERATION,
				      policy->generation) ||
			  put_rule(skb, r, &policy->sets[r->set]));
		if (!err)
			d->skip = i + 1;
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- names that can be started ------------------------------------------------------ */

/* The process that the daemon has begun, while there is one. */
static int put_begun(struct sk_buff *skb, const struct dbus_service *s)
{
	u32 nr = is_running(s->begun) ? pid_vnr(s->begun) : 0;

	return nr ? nla_put_u32(skb, DBUS_A_PID, nr) : 0;
}

static int show_service(struct sk_buff *skb, struct netlink_callback *cb,
			struct dbus_bus *bus, const struct dbus_service *s)
{
	void *head = begin(skb, cb, DBUS_CMD_SERVICE_GET, bus);
	int err;

	if (!head)
		return -EMSGSIZE;
	err = put_str(skb, DBUS_A_NAME, s->name, s->len) ||
	      nla_put_u32(skb, DBUS_A_WAITING, s->n_waiting) ||
	      (s->startable && nla_put_flag(skb, DBUS_A_STARTABLE)) ||
	      (s->starting && nla_put_flag(skb, DBUS_A_STARTING)) ||
	      put_begun(skb, s);
	return end(skb, head, err);
}

static int show_services(struct sk_buff *skb, struct netlink_callback *cb,
			 struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	struct dbus_service *s;
	unsigned long i;
	int err = 0;

	spin_lock(&bus->lock);
	for (; d->at < ARRAY_SIZE(bus->services); d->at++) {
		i = 0;
		hlist_for_each_entry(s, &bus->services[d->at], node) {
			if (i++ < d->skip)
				continue;
			err = show_service(skb, cb, bus, s);
			if (err)
				break;
			d->skip = i;
		}
		if (err)
			break;
		d->skip = 0;
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- listening sockets --------------------------------------------------------------- */

static int put_driver(struct sk_buff *skb, struct dbus_bus *bus)
{
	struct dbus_peer *driver = bus->driver;

	if (!driver || !dbus_peer_is_open(driver))
		return 0;
	return nla_put_flag(skb, DBUS_A_DRIVER) ||
	       nla_put_u32(skb, DBUS_A_PID, pid_vnr(driver->pid));
}

static int show_listener(struct sk_buff *skb, struct netlink_callback *cb,
			 struct dbus_bus *bus, const struct dbus_listener *l)
{
	void *head = begin(skb, cb, DBUS_CMD_LISTENER_GET, bus);
	int err;

	if (!head)
		return -EMSGSIZE;
	err = put_u64(skb, DBUS_A_INODE, l->inode) ||
	      (l->len && nla_put(skb, DBUS_A_ADDRESS, l->len, l->name)) ||
	      (l->file_ino &&
	       (nla_put_u32(skb, DBUS_A_FILE_DEV, l->file_dev) ||
		put_u64(skb, DBUS_A_FILE_INO, l->file_ino))) ||
	      put_driver(skb, bus);
	return end(skb, head, err);
}

static int show_listeners(struct sk_buff *skb, struct netlink_callback *cb,
			  struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	struct dbus_listener *l;
	unsigned long i = 0;
	int err = 0;

	spin_lock(&bus->lock);
	list_for_each_entry(l, &bus->listeners, node) {
		if (i++ < d->skip)
			continue;
		err = show_listener(skb, cb, bus, l);
		if (err)
			break;
		d->skip = i;
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- users ---------------------------------------------------------------------------- */

static int put_held(struct sk_buff *skb, kuid_t uid, const struct dbus_held *held)
{
	return nla_put_u32(skb, DBUS_A_UID,
			   from_kuid_munged(current_user_ns(), uid)) ||
	       put_u64(skb, DBUS_A_QUEUED_BYTES, atomic64_read(&held->bytes)) ||
	       nla_put_u32(skb, DBUS_A_QUEUED_FDS, atomic_read(&held->n_fds)) ?
	       -EMSGSIZE : 0;
}

static int put_shares(struct sk_buff *skb, const struct dbus_user *user)
{
	struct nlattr *nest = nla_nest_start(skb, DBUS_A_SHARES);
	const struct dbus_share *share;
	struct nlattr *one;

	if (!nest)
		return -EMSGSIZE;
	list_for_each_entry(share, &user->shares, node) {
		if (!atomic64_read(&share->held.bytes))
			continue;
		one = nla_nest_start(skb, 1);
		if (!one || put_held(skb, share->actor, &share->held))
			return -EMSGSIZE;
		nla_nest_end(skb, one);
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int show_user(struct sk_buff *skb, struct netlink_callback *cb,
		     struct dbus_bus *bus, const struct dbus_user *user)
{
	void *head = begin(skb, cb, DBUS_CMD_USER_GET, bus);
	int err;

	if (!head)
		return -EMSGSIZE;
	err = put_held(skb, user->uid, &user->held) ||
	      nla_put_u32(skb, DBUS_A_N_PEERS, user->n_peers) ||
	      nla_put_u32(skb, DBUS_A_N_NAMES, user->n[DBUS_HELD_NAMES]) ||
	      nla_put_u32(skb, DBUS_A_N_MATCHES, user->n[DBUS_HELD_MATCHES]) ||
	      nla_put_u32(skb, DBUS_A_N_REPLIES, user->n[DBUS_HELD_REPLIES]) ||
	      nla_put_u32(skb, DBUS_A_WAITING, user->n[DBUS_HELD_WAITING]) ||
	      put_shares(skb, user);
	return end(skb, head, err);
}

static int show_users(struct sk_buff *skb, struct netlink_callback *cb,
		      struct dbus_bus *bus)
{
	struct dump *d = dump_of(cb);
	struct dbus_user *user;
	unsigned long i = 0;
	int err = 0;

	spin_lock(&bus->lock);
	list_for_each_entry(user, &bus->users, node) {
		if (i++ < d->skip)
			continue;
		err = show_user(skb, cb, bus, user);
		if (err)
			break;
		d->skip = i;
	}
	spin_unlock(&bus->lock);
	return err;
}

/* --- entry points ------------------------------------------------------------------ */

int dbus_dump_buses(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_bus_new);
}

int dbus_dump_peers(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_peers);
}

int dbus_dump_names(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_names);
}

int dbus_dump_matches(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_matches);
}

int dbus_dump_policy(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_policy);
}

int dbus_dump_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_stats);
}

int dbus_dump_listeners(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_listeners);
}

int dbus_dump_users(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_users);
}

int dbus_dump_services(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, show_services);
}
