/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_BUS_H
#define _DBUS_BUS_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <linux/dbus.h>

struct cred;
struct dbus_observer;
struct dbus_peer;
struct dbus_policy;
struct dbus_txn;
struct net;
struct net_device;
struct netlink_ext_ack;
struct pid_namespace;
struct user_namespace;

#define DBUS_NAME_BITS	10	/* log2 of buckets for well-known names */
#define DBUS_SERVICE_BITS	8	/* likewise for names that can be started */
#define DBUS_MATCH_BITS	14	/* log2 of buckets for match rules */
#define DBUS_MATCH_SELECTORS	5	/* keys of a rule that select it */

/**
 * struct dbus_counters - what a bus has done; under its lock
 */
struct dbus_counters {
	u64 routed;
	u64 delivered;
	u64 denied;
	u64 undelivered;
	u64 invalid;
	u64 driver_calls;
	u64 tap_records;
	u64 tap_lost;
	u64 peers_ever;
};

/**
 * struct dbus_bus - a bus: who is on it, and where messages go
 * @id: its number in its network namespace
 * @name: its name there
 * @guid: what GetId answers; NUL-terminated
 * @net: network namespace of its creator; the bus goes before it does
 * @owner: user who may configure it
 * @cred: credentials that messages are sent with
 * @user_ns: in which user numbers are told to clients
 * @pid_ns: in which process numbers are told to clients
 * @ref: the table's reference, and one for each peer and each user of it
 * @gone: completed when the last reference goes; who unmakes it waits
 * @empty: woken when the last peer goes
 * @dead: being unmade: takes no new peers
 * @driven: has had a driver, or is to have one: it is reaped once it has neither
 *	that nor peers
 * @policy_mutex: protects @next_policy, and that @policy stays what it is
 * @next_policy: a policy that is being loaded, or NULL
 * @limits: by enum dbus_limit; changed under @lock, read anywhere
 * @lock: protects all that follows; nothing is allocated or waited for under it,
 *	and no message or file let go. Never taken in interrupts
 * @users: &dbus_user.node: who has connections
 * @peers: by id
 * @n_peers: how many
 * @n_hello: how many of them have said Hello
 * @next_id: id of the next peer; never goes back
 * @driver: the peer that answers for the bus what the kernel does not
 * @n_drivers: how many there have been
 * @kept: calls that wait for the driver's answer
 * @n_kept: how many
 * @listeners: listening sockets: &dbus_listener.node
 * @n_listeners: how many
 * @names: well-known names, by hash
 * @n_names: how many
 * @services: names that can be started, by hash (activation.c)
 * @n_services: how many
 * @n_waiting: messages that wait for services, @max_waiting at most
 * @max_waiting: as user space has set it
 * @matches: match rules by hash of all that selects them (match.c)
 * @rules: the same, by whose they are and all that they say
 * @n_selected: match rules by which of their keys select them
 * @wild: match rules that nothing selects
 * @eavesdrop: match rules that see messages for others
 * @n_matches: how many
 * @n_arg_matches: those that look at arguments
 * @monitors: peers that see everything
 * @stamp: number of the last search for receivers
 * @n_name_matches: match rules whose sender is a well-known name
 * @serial: of the last message of the bus itself
 * @n_replies: calls that wait for their reply
 * @waiting: &dbus_reply.by_time: those that won't for ever, oldest first
 * @spare_replies: &dbus_reply.by_time: slots for calls to come
 * @n_spare_replies: how many
 * @expire: tells the callers of those that have waited too long
 * @seq: number of the last record
 * @count: counters
 * @policy: the policy in force; NULL: there has never been one
 * @generation: how many there have been
 * @log_port: netlink socket that is told what the policy refuses; 0: none
 * @log_limit: how often it is
 * @tap_queue: messages whose records are to be built, in order of @seq
 * @tap_queued: how many
 * @tap_octets: of those messages
 * @tap_busy: somebody is building them
 * @tap_page: where the octets of short records are: for who is building them
 * @tap_lost: records lost since the last that was built
 * @tap_work: builds them when those who route have done their turn, or a name has
 *	been waited for long enough
 * @tap: devices that show this bus alone: &dbus_tap.node, under RCU
 * @dev: the device dbusN made with the bus; under RTNL
 * @observer: what makes it an observed bus, or NULL; set once, before anything
 *	is observed
 * @reap: unmakes a bus that nobody is left on
 */
struct dbus_bus {
	u32 id;
	char name[DBUS_NAME_MAX];
	char guid[DBUS_GUID_LEN + 1];
	struct net *net;
	kuid_t owner;
	const struct cred *cred;
	struct user_namespace *user_ns;
	struct pid_namespace *pid_ns;
	refcount_t ref;
	struct completion gone;
	wait_queue_head_t empty;
	bool dead;
	bool driven;

	struct mutex policy_mutex;
	struct dbus_policy *next_policy;
	u32 limits[DBUS_LIMIT_MAX + 1];

	spinlock_t lock;
	struct list_head users;
	struct xarray peers;
	u32 n_peers;
	u32 n_hello;
	u64 next_id;
	struct dbus_peer *driver;
	u32 n_drivers;
	struct list_head kept;
	u32 n_kept;
	struct list_head listeners;
	u32 n_listeners;
	DECLARE_HASHTABLE(names, DBUS_NAME_BITS);
	u32 n_names;
	DECLARE_HASHTABLE(services, DBUS_SERVICE_BITS);
	u32 n_services;
	u32 n_waiting;
	u32 max_waiting;
	struct hlist_head *matches;
	struct hlist_head *rules;
	u32 n_selected[1 << DBUS_MATCH_SELECTORS];
	struct hlist_head wild;
	struct hlist_head eavesdrop;
	u32 n_matches;
	u32 n_arg_matches;
	struct list_head monitors;
	u64 stamp;
	u32 n_name_matches;
	u32 serial;
	u32 n_replies;
	struct list_head waiting;
	struct list_head spare_replies;
	u32 n_spare_replies;
	struct delayed_work expire;
	u64 seq;
	struct dbus_counters count;

	struct dbus_policy *policy;
	u32 generation;
	u32 log_port;
	struct ratelimit_state log_limit;

	struct list_head tap_queue;
	u32 tap_queued;
	u64 tap_octets;
	bool tap_busy;
	struct page_frag_cache tap_page;
	u32 tap_lost;
	struct delayed_work tap_work;
	struct list_head tap;
	struct net_device *dev;

	struct dbus_observer *observer;
	struct delayed_work reap;
};

/**
 * struct dbus_net - the buses of a network namespace
 * @lock: protects @buses; buses are made and unmade under it
 * @buses: by number
 * @taps: devices that show every bus: &dbus_tap.node, under RCU
 * @gen: changes whenever any table does, for consistent dumps
 */
struct dbus_net {
	struct mutex lock;
	struct xarray buses;
	struct list_head taps;
	atomic_t gen;
};

extern struct workqueue_struct *dbus_wq;

struct dbus_net *dbus_net(const struct net *net);

struct dbus_bus *dbus_bus_new(struct net *net, const char *name,
			      const char *guid, bool driven, bool admin,
			      struct netlink_ext_ack *extack);
void dbus_bus_del(struct dbus_bus *bus);
struct dbus_bus *dbus_bus_find(struct net *net, u32 id);
struct dbus_bus *dbus_bus_get(struct dbus_bus *bus);
void dbus_bus_put(struct dbus_bus *bus);
void dbus_bus_maybe_reap(struct dbus_bus *bus);
void dbus_bus_changed(struct dbus_bus *bus);

int dbus_bus_init(void);
void dbus_bus_exit(void);

#endif /* _DBUS_BUS_H */
