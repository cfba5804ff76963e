// SPDX-License-Identifier: GPL-2.0
/*
 * Buses, and the network namespaces that they belong to.
 */
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "activation.h"
#include "bus.h"
#include "event.h"
#include "observe.h"
#include "limit.h"
#include "listener.h"
#include "peer.h"
#include "policy.h"
#include "reply.h"
#include "tap.h"

static bool user_buses = true;
module_param(user_buses, bool, 0644);
MODULE_PARM_DESC(user_buses, "Let ordinary users have buses of their own");

static unsigned int grace = 30;
module_param(grace, uint, 0644);
MODULE_PARM_DESC(grace, "Seconds that a bus with listening sockets waits for its daemon when it has no clients");

#define GRACE_MAX	86400u	/* s */
#define BUSES_MAX	9999	/* in a network namespace */
#define USER_BUSES_MAX	16	/* of an ordinary user there */

static unsigned int net_id __read_mostly;

struct workqueue_struct *dbus_wq;

/**
 * dbus_net() - the buses of a network namespace
 * @net: the namespace
 */
struct dbus_net *dbus_net(const struct net *net)
{
	return net_generic(net, net_id);
}

/**
 * dbus_bus_get() - take another reference
 * @bus: the bus; the caller has one, or what has one can't go
 */
struct dbus_bus *dbus_bus_get(struct dbus_bus *bus)
{
	refcount_inc(&bus->ref);
	return bus;
}

/**
 * dbus_bus_put() - give up a reference
 * @bus: the bus
 *
 * Who unmakes the bus waits for the last one and frees it.
 */
void dbus_bus_put(struct dbus_bus *bus)
{
	if (refcount_dec_and_test(&bus->ref))
		complete(&bus->gone);
}

/**
 * dbus_bus_changed() - a table has changed: dumps that have begun say so
 * @bus: whose table
 */
void dbus_bus_changed(struct dbus_bus *bus)
{
	atomic_inc(&dbus_net(bus->net)->gen);
}

/**
 * dbus_bus_find() - look a bus up
 * @net: its network namespace
 * @id: its number
 * Return: the bus with a reference, or NULL
 */
struct dbus_bus *dbus_bus_find(struct net *net, u32 id)
{
	struct dbus_net *dn = dbus_net(net);
	struct dbus_bus *bus;

	mutex_lock(&dn->lock);
	bus = xa_load(&dn->buses, id);
	if (bus)
		dbus_bus_get(bus);
	mutex_unlock(&dn->lock);
	return bus;
}

static void free_bus(struct dbus_bus *bus)
{
	dbus_tap_stop(bus);
	dbus_observe_free(bus);
	dbus_policy_free(bus->policy);
	dbus_policy_free(bus->next_policy);
	dbus_service_free_all(bus);
	xa_destroy(&bus->peers);
	kvfree(bus->matches);
	kvfree(bus->rules);
	put_cred(bus->cred);
	put_user_ns(bus->user_ns);
	put_pid_ns(bus->pid_ns);
	kfree(bus);
}

static bool is_abandoned(const struct dbus_bus *bus)
{
	lockdep_assert_held(&bus->lock);
	return bus->driven && !bus->driver && !bus->n_peers && !bus->dead;
}

/* Unmake a bus, if @abandoned only one that nobody is left on. */
static void unmake(struct dbus_bus *bus, bool abandoned)
{
	struct dbus_net *dn = dbus_net(bus->net);
	struct dbus_peer *peer;
	unsigned long id;
	bool was_dead;

	mutex_lock(&dn->lock);
	spin_lock(&bus->lock);
	if (abandoned && !is_abandoned(bus)) {
		spin_unlock(&bus->lock);
		mutex_unlock(&dn->lock);
		dbus_bus_put(bus);
		return;
	}
	was_dead = bus->dead;
	bus->dead = true;
	xa_for_each(&bus->peers, id, peer)
		dbus_peer_kill(peer);
	if (bus->driver)
		dbus_peer_kill(bus->driver);
	spin_unlock(&bus->lock);
	if (!was_dead)
		xa_erase(&dn->buses, bus->id);
	mutex_unlock(&dn->lock);
	if (was_dead) {
		dbus_bus_put(bus);
		return;
	}

	if (cancel_delayed_work(&bus->reap))
		dbus_bus_put(bus);
	dbus_listener_free_all(bus);
	dbus_observe_end(bus);
	wait_event(bus->empty, !READ_ONCE(bus->n_peers));
	dbus_reply_stop(bus);
	dbus_tap_bus_del(bus);
	atomic_inc(&dn->gen);
	dbus_event_bus(bus, DBUS_CMD_BUS_DEL);
	dbus_bus_put(bus);		/* the caller's */
	dbus_bus_put(bus);		/* the table's */
	wait_for_completion(&bus->gone);
	free_bus(bus);
	module_put(THIS_MODULE);
}

/**
 * dbus_bus_del() - unmake a bus
 * @bus: the bus; the caller's reference is given up
 *
 * When this returns, its peers are disconnected and it is gone; but not if
 * somebody else is unmaking it already.
 * Context: may sleep; not on dbus_wq, whose work it waits for
 */
void dbus_bus_del(struct dbus_bus *bus)
{
	unmake(bus, false);
}

static void reap_work(struct work_struct *work)
{
	struct dbus_bus *bus = container_of(work, struct dbus_bus, reap.work);

	/* nobody comes back to one whose observed sockets are closed */
	unmake(bus, !bus->observer);
}

/**
 * dbus_bus_maybe_reap() - unmake a bus that nobody is left on
 * @bus: the bus; a peer has just left it, or it is new
 *
 * One that can still be reached, or has had no time to get a driver, waits for
 * that.
 */
void dbus_bus_maybe_reap(struct dbus_bus *bus)
{
	unsigned long delay = 0;

	spin_lock(&bus->lock);
	if (is_abandoned(bus)) {
		if (bus->n_listeners || !bus->count.peers_ever)
			delay = min(READ_ONCE(grace), GRACE_MAX) * HZ;
		dbus_bus_get(bus);
		if (mod_delayed_work(system_unbound_wq, &bus->reap, delay))
			refcount_dec(&bus->ref);
	}
	spin_unlock(&bus->lock);
}

static struct dbus_bus *alloc_bus(struct net *net, const char *name,
				  const char *guid)
{
	struct dbus_bus *bus;
	u8 random[DBUS_GUID_LEN / 2];

	bus = kzalloc(sizeof(*bus), GFP_KERNEL_ACCOUNT);
	if (!bus)
		return NULL;
	bus->matches = kvcalloc(1u << DBUS_MATCH_BITS, sizeof(*bus->matches),
				GFP_KERNEL_ACCOUNT);
	bus->rules = kvcalloc(1u << DBUS_MATCH_BITS, sizeof(*bus->rules),
			      GFP_KERNEL_ACCOUNT);
	if (!bus->matches || !bus->rules) {
		kvfree(bus->matches);
		kvfree(bus->rules);
		kfree(bus);
		return NULL;
	}
	strscpy(bus->name, name, sizeof(bus->name));
	if (guid) {
		strscpy(bus->guid, guid, sizeof(bus->guid));
	} else {
		get_random_bytes(random, sizeof(random));
		bin2hex(bus->guid, random, sizeof(random));
	}
	bus->net = net;
	bus->owner = current_euid();
	bus->cred = get_current_cred();
	bus->user_ns = get_user_ns(current_user_ns());
	bus->pid_ns = get_pid_ns(task_active_pid_ns(current));
	/* the table's, and the caller's */
	refcount_set(&bus->ref, 2);
	init_completion(&bus->gone);
	init_waitqueue_head(&bus->empty);
	mutex_init(&bus->policy_mutex);
	memcpy(bus->limits, dbus_limit_standard, sizeof(bus->limits));
	dbus_reply_start(bus);
	spin_lock_init(&bus->lock);
	ratelimit_state_init(&bus->log_limit, 5 * HZ, 50);
	ratelimit_set_flags(&bus->log_limit, RATELIMIT_MSG_ON_RELEASE);
	INIT_LIST_HEAD(&bus->users);
	xa_init(&bus->peers);
	INIT_LIST_HEAD(&bus->kept);
	hash_init(bus->names);
	hash_init(bus->services);
	bus->max_waiting = DBUS_WAITING_MAX;
	INIT_LIST_HEAD(&bus->monitors);
	INIT_LIST_HEAD(&bus->listeners);
	INIT_DELAYED_WORK(&bus->reap, reap_work);
	dbus_tap_start(bus);
	return bus;
}

/* An ordinary user's bus has -UID in its name, as in "session-1000". */
static bool name_has_uid(const char *name, kuid_t uid)
{
	char want[16];
	size_t len = snprintf(want, sizeof(want), "-%u",
			      from_kuid_munged(current_user_ns(), uid));
	const char *at = name;

	while ((at = strstr(at, want))) {
		at += len;
		if (*at == '\0' || *at == '-')
			return true;
	}
	return false;
}

static int check_name(struct dbus_net *dn, const char *name, bool admin,
		      struct netlink_ext_ack *extack)
{
	struct dbus_bus *other;
	unsigned int mine = 0;
	unsigned long id;
	const char *c;

	if (!*name) {
		NL_SET_ERR_MSG(extack, "name of the bus is empty");
		return -EINVAL;
	}
	for (c = name; *c; c++) {
		if (!isalnum(*c) && !strchr("-_.:@+", *c)) {
			NL_SET_ERR_MSG(extack,
				       "name of a bus is made of letters, digits and - _ . : @ +");
			return -EINVAL;
		}
	}
	xa_for_each(&dn->buses, id, other) {
		if (!strcmp(other->name, name)) {
			NL_SET_ERR_MSG(extack, "there is a bus of that name");
			return -EEXIST;
		}
		mine += uid_eq(other->owner, current_euid());
	}
	if (admin)
		return 0;
	if (!user_buses) {
		NL_SET_ERR_MSG(extack,
			       "only the administrator may make a bus (module parameter user_buses is off)");
		return -EPERM;
	}
	if (!name_has_uid(name, current_euid())) {
		NL_SET_ERR_MSG(extack,
			       "an ordinary user's bus must have -UID in its name, as in session-1000");
		return -EPERM;
	}
	if (mine >= USER_BUSES_MAX) {
		NL_SET_ERR_MSG(extack, "you have as many buses as you may");
		return -EDQUOT;
	}
	return 0;
}

/* Enter the bus into the table, under the first number whose tap is free. */
static int enlist(struct dbus_net *dn, struct dbus_bus *bus)
{
	u32 first = 1;
	int err;

	do {
		err = xa_alloc(&dn->buses, &bus->id, bus,
			       XA_LIMIT(first, BUSES_MAX), GFP_KERNEL_ACCOUNT);
		if (err)
			return err;
		err = dbus_tap_bus_add(bus);
		if (err)
			xa_erase(&dn->buses, bus->id);
		first = bus->id + 1;
	} while (err == -EEXIST);
	return err;
}

/**
 * dbus_bus_new() - make a bus
 * @net: network namespace that it will belong to
 * @name: its name there
 * @guid: what its GetId answers; NULL: a random one
 * @driven: it is to have a driver, and goes if it gets none
 * @admin: the caller may do everything
 * @extack: told what is wrong
 * Return: the bus with a reference for the caller, or an ERR_PTR
 */
struct dbus_bus *dbus_bus_new(struct net *net, const char *name,
			      const char *guid, bool driven, bool admin,
			      struct netlink_ext_ack *extack)
{
	struct dbus_net *dn = dbus_net(net);
	struct dbus_bus *bus;
	int err;

	if (!try_module_get(THIS_MODULE))
		return ERR_PTR(-ENODEV);
	mutex_lock(&dn->lock);
	err = check_name(dn, name, admin, extack);
	if (err)
		goto unlock;
	bus = alloc_bus(net, name, guid);
	if (!bus) {
		err = -ENOMEM;
		goto unlock;
	}
	bus->driven = driven;
	err = enlist(dn, bus);
	if (err) {
		free_bus(bus);
		goto unlock;
	}
	atomic_inc(&dn->gen);
	mutex_unlock(&dn->lock);
	dbus_event_bus(bus, DBUS_CMD_BUS_NEW);
	dbus_bus_maybe_reap(bus);
	return bus;

unlock:
	mutex_unlock(&dn->lock);
	module_put(THIS_MODULE);
	return ERR_PTR(err);
}

/* --- network namespaces ---------------------------------------------------------- */

static int __net_init net_init(struct net *net)
{
	struct dbus_net *dn = dbus_net(net);

	mutex_init(&dn->lock);
	xa_init_flags(&dn->buses, XA_FLAGS_ALLOC1);
	INIT_LIST_HEAD(&dn->taps);
	atomic_set(&dn->gen, 1);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct dbus_net *dn = dbus_net(net);
	struct dbus_bus *bus;
	unsigned long id = 0;

	for (;;) {
		mutex_lock(&dn->lock);
		bus = xa_find(&dn->buses, &id, ULONG_MAX, XA_PRESENT);
		if (bus)
			dbus_bus_get(bus);
		mutex_unlock(&dn->lock);
		if (!bus)
			break;
		dbus_bus_del(bus);
		id = 0;
	}
	xa_destroy(&dn->buses);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct dbus_net),
};

int dbus_bus_init(void)
{
	int err;

	dbus_wq = alloc_workqueue("dbus", WQ_UNBOUND, 0);
	if (!dbus_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&net_ops);
	if (err)
		destroy_workqueue(dbus_wq);
	return err;
}

void dbus_bus_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	destroy_workqueue(dbus_wq);
}
