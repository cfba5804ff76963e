// SPDX-License-Identifier: GPL-2.0
/*
 * A peer: a connection to a bus, from its adoption to its departure.
 */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "activation.h"
#include "bus_message.h"
#include "event.h"
#include "kept.h"
#include "match.h"
#include "message.h"
#include "monitor.h"
#include "name.h"
#include "peer.h"
#include "policy.h"
#include "quota.h"
#include "reply.h"
#include "socket.h"
#include "tap.h"
#include "txn.h"

#define MEMORY_RETRY_MS	20

/**
 * dbus_peer_name() - what a peer's messages carry as SENDER
 * @peer: the peer
 * Return: its unique name, or the bus's own for its driver
 */
struct wire_str dbus_peer_name(const struct dbus_peer *peer)
{
	if (dbus_peer_is(peer, PEER_DRIVER))
		return (struct wire_str){ DBUS_NAME, strlen(DBUS_NAME) };
	return (struct wire_str){ peer->unique, peer->unique_len };
}

/**
 * dbus_peer_is_open() - is somebody at the other end of the connection?
 * @peer: the peer
 *
 * Known before its departure begins: that takes a while.
 */
bool dbus_peer_is_open(const struct dbus_peer *peer)
{
	const struct sock *sk = peer->socket.sock->sk;

	return !dbus_peer_is(peer, PEER_DEAD) &&
	       !(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN);
}

/**
 * dbus_peer_by_unique() - look a unique name up
 * @bus: the bus, locked
 * @name: a name that begins with ':'
 * Return: the peer, if it has said Hello; no reference is taken
 */
struct dbus_peer *dbus_peer_by_unique(struct dbus_bus *bus,
				      struct wire_str name)
{
	struct dbus_peer *peer;
	u64 id = 0;
	u32 i;

	lockdep_assert_held(&bus->lock);
	if (name.len < 4 || name.len >= DBUS_UNIQUE_MAX)
		return NULL;
	for (i = 3; i < name.len; i++)
		id = 10 * id + (u8)(name.s[i] - '0');
	peer = xa_load(&bus->peers, id);
	/* nor ":1.007", ":2.7" or ":1.7x" */
	if (!peer || !dbus_peer_is(peer, PEER_HELLO) ||
	    peer->unique_len != name.len ||
	    memcmp(peer->unique, name.s, name.len))
		return NULL;
	return peer;
}

/**
 * dbus_peer_find() - look a peer up by its id
 * @bus: the bus, not locked
 * @id: its id
 * Return: the peer with a reference, or NULL
 */
struct dbus_peer *dbus_peer_find(struct dbus_bus *bus, u64 id)
{
	struct dbus_peer *peer;

	spin_lock(&bus->lock);
	peer = id == DBUSMON_ID_BUS ? bus->driver : xa_load(&bus->peers, id);
	if (peer)
		dbus_peer_get(peer);
	spin_unlock(&bus->lock);
	return peer;
}

/* --- departure ------------------------------------------------------------------ */

/* Run a step of a departure, which can't fail: wait for memory if need be. */
static void run(struct dbus_peer *peer,
		int (*step)(struct dbus_txn *txn, void *ctx))
{
	struct dbus_txn txn;
	int ret;

	do {
		dbus_txn_init(&txn, peer->bus);
		ret = dbus_txn_run(&txn, step, peer);
		dbus_txn_free(&txn);
		if (ret == -ENOMEM)
			msleep(MEMORY_RETRY_MS);
	} while (ret);
}

/* Drop one match rule. Returns 1 while there are more. */
static int drop_match(struct dbus_txn *txn, void *ctx)
{
	struct dbus_peer *peer = ctx;

	txn->match = list_first_entry_or_null(&peer->matches,
					      struct dbus_match, of_peer);
	if (!txn->match)
		return 0;
	dbus_match_del(txn->match);
	return 1;
}

/* Give the name up that was requested last. Returns 1 while there are more. */
static int drop_name(struct dbus_txn *txn, void *ctx)
{
	struct dbus_peer *peer = ctx;
	struct dbus_name_change change;
	struct dbus_owner *owner;
	struct wire_str name;

	if (list_empty(&peer->names))
		return 0;
	owner = list_last_entry(&peer->names, struct dbus_owner, of_peer);
	name = (struct wire_str){ owner->name->name, owner->name->len };
	dbus_name_release(peer, name, &change);
	if (change.changed)
		dbus_announce_change(txn, name, peer, change.new_owner,
				     dbus_peer_is(peer, PEER_MONITOR));
	if (!dbus_monitor_planned(txn, NULL, peer))
		return -EAGAIN;
	if (change.changed)
		dbus_event_name(txn->bus, name, peer, change.new_owner);
	dbus_name_release_commit(peer, name);
	dbus_txn_commit(txn);
	dbus_bus_message_note(txn);
	return 1;
}

/*
 * Give the unique name up: from here on the peer is nowhere to be found. A
 * monitor goes on without it.
 */
static int drop_unique(struct dbus_txn *txn, void *ctx)
{
	struct dbus_peer *peer = ctx;
	struct dbus_bus *bus = txn->bus;

	if (dbus_peer_is(peer, PEER_HELLO))
		dbus_announce_change(txn, dbus_peer_name(peer), peer, NULL,
				     dbus_peer_is(peer, PEER_MONITOR));
	if (!dbus_monitor_planned(txn, NULL, peer))
		return -EAGAIN;
	if (dbus_peer_is(peer, PEER_DEAD))
		set_bit(PEER_GONE, &peer->flags);
	if (test_and_clear_bit(PEER_HELLO, &peer->flags))
		bus->n_hello--;
	if (bus->driver == peer)
		bus->driver = NULL;
	dbus_bus_changed(bus);
	dbus_txn_commit(txn);
	dbus_bus_message_note(txn);
	return 0;
}

/* Tell one caller that no reply will come. Returns 1 while there are more. */
static int fail_call(struct dbus_txn *txn, void *ctx)
{
	struct dbus_peer *peer = ctx;
	struct dbus_reply *reply;

	reply = list_first_entry_or_null(&peer->serves, struct dbus_reply,
					 of_replier);
	if (!reply)
		return 0;
	if (reply->caller != peer)
		dbus_no_reply(txn, reply->caller, reply->serial,
			      "Message recipient disconnected from message bus without replying");
	if (!dbus_monitor_planned(txn, NULL, peer))
		return -EAGAIN;
	dbus_reply_del(reply);
	txn->reply = reply;
	dbus_txn_commit(txn);
	dbus_bus_message_note(txn);
	return 1;
}

/* Forget one call that the peer made. Returns 1 while there are more. */
static int forget_call(struct dbus_txn *txn, void *ctx)
{
	struct dbus_peer *peer = ctx;
	struct rb_node *first = rb_first(&peer->calls);

	if (!first)
		return 0;
	txn->reply = rb_entry(first, struct dbus_reply, by_serial);
	dbus_reply_del(txn->reply);
	return 1;
}

/* Let nothing that the peer sent wait for a service. */
static void forget_waiting(struct dbus_peer *peer)
{
	LIST_HEAD(waiting);

	spin_lock(&peer->bus->lock);
	dbus_waiting_forget(peer, &waiting);
	spin_unlock(&peer->bus->lock);
	dbus_waiting_free_list(&waiting);
}

/* Take the peer out of the last table. */
static void unlist(struct dbus_peer *peer)
{
	struct dbus_bus *bus = peer->bus;
	LIST_HEAD(rules);
	LIST_HEAD(kept);
	LIST_HEAD(idle);

	spin_lock(&bus->lock);
	dbus_user_leave(bus, peer->user, &idle);
	dbus_kept_forget(peer, &kept);
	dbus_monitor_stop(peer, &rules);
	if ((dbus_peer_is(peer, PEER_DRIVER) ||
	     xa_erase(&bus->peers, peer->id) == peer) && !--bus->n_peers)
		wake_up(&bus->empty);
	spin_unlock(&bus->lock);
	dbus_kept_free_list(&kept);
	dbus_monitor_free_rules(&rules);
	dbus_share_put_list(&idle);
}

/**
 * dbus_peer_give_up() - give up all that a peer has on its bus
 * @peer: is a monitor from now on, or leaves
 *
 * Its match rules, its names, the unique one last, the calls that it was to
 * answer, those that it made, and what waits for services.
 */
void dbus_peer_give_up(struct dbus_peer *peer)
{
	run(peer, drop_match);
	run(peer, drop_name);
	run(peer, drop_unique);
	run(peer, fail_call);
	run(peer, forget_call);
	forget_waiting(peer);
}

static void bye_work(struct work_struct *work)
{
	struct dbus_peer *peer = container_of(work, struct dbus_peer, bye);
	struct dbus_bus *bus = peer->bus;

	dbus_socket_release(peer);
	dbus_receive_stop(peer);
	dbus_queue_close(peer);
	dbus_peer_give_up(peer);
	dbus_event_peer(peer, DBUS_CMD_PEER_DEL);
	dbus_bus_get(bus);
	unlist(peer);
	dbus_peer_put(peer);
	dbus_bus_maybe_reap(bus);
	dbus_bus_put(bus);
}

/**
 * dbus_peer_kill() - disconnect a peer
 * @peer: the peer
 *
 * Only begins to: a worker does it.
 * Context: any; the caller holds a reference, or the bus's lock
 */
void dbus_peer_kill(struct dbus_peer *peer)
{
	if (!test_and_set_bit(PEER_DEAD, &peer->flags))
		queue_work(dbus_wq, &peer->bye);
}

static void free_peer(struct dbus_peer *peer)
{
	struct dbus_bus *bus = peer->bus;

	dbus_receive_free(peer);
	sockfd_put(peer->socket.sock);
	put_pid(peer->pid);
	put_cred(peer->cred);
	kfree(peer->label);
	dbus_user_put(peer->user);
	kfree_rcu(peer, rcu);
	dbus_bus_put(bus);
}

static void free_work(struct work_struct *work)
{
	free_peer(container_of(work, struct dbus_peer, bye));
}

/**
 * dbus_peer_put() - give up a reference
 * @peer: the peer
 *
 * Context: any
 */
void dbus_peer_put(struct dbus_peer *peer)
{
	if (!refcount_dec_and_test(&peer->ref))
		return;
	INIT_WORK(&peer->bye, free_work);
	queue_work(dbus_wq, &peer->bye);
}

/* --- arrival -------------------------------------------------------------------- */

static void get_credentials(struct dbus_peer *peer, struct sock *sk)
{
	struct task_struct *task;

	spin_lock(&sk->sk_peer_lock);
	peer->pid = get_pid(sk->sk_peer_pid);
	peer->cred = get_cred(sk->sk_peer_cred);
	spin_unlock(&sk->sk_peer_lock);
	task = get_pid_task(peer->pid, PIDTYPE_TGID);
	if (task) {
		get_task_comm(peer->comm, task);
		put_task_struct(task);
	}
}

/* Lock the bus, the peer having its view of the policy that is in force then. */
static int lock_with_view(struct dbus_peer *peer)
{
	struct dbus_bus *bus = peer->bus;
	int err;

	for (;;) {
		spin_lock(&bus->lock);
		peer->view = dbus_policy_view(peer);
		if (!IS_ERR(peer->view))
			return 0;
		spin_unlock(&bus->lock);
		err = dbus_policy_view_new(peer);
		if (err)
			return err;
	}
}

/* Give the peer a unique name, and reserve its place in the bus's table. */
static int reserve_name(struct dbus_peer *peer)
{
	struct dbus_bus *bus = peer->bus;

	spin_lock(&bus->lock);
	peer->id = bus->next_id++;
	spin_unlock(&bus->lock);
	peer->unique_len = snprintf(peer->unique, sizeof(peer->unique),
				    ":1.%llu", peer->id);
	return xa_reserve(&bus->peers, peer->id, GFP_KERNEL_ACCOUNT);
}

/* Enter the peer into the bus's tables. */
static int enlist(struct dbus_peer *peer, struct netlink_ext_ack *extack)
{
	struct dbus_bus *bus = peer->bus;
	bool driver = dbus_peer_is(peer, PEER_DRIVER);
	struct dbus_user *fresh;
	int err;

	fresh = dbus_user_new(peer->cred->euid);
	if (!fresh)
		return -ENOMEM;
	peer->id = DBUSMON_ID_BUS;
	err = driver ? 0 : reserve_name(peer);
	if (err)
		goto out;
	err = lock_with_view(peer);
	if (!err && bus->dead) {
		spin_unlock(&bus->lock);
		NL_SET_ERR_MSG(extack, "the bus is being deleted");
		err = -ENODEV;
	}
	if (err) {
		if (!driver)
			xa_release(&bus->peers, peer->id);
		goto out;
	}
	peer->user = dbus_user_enter(bus, peer->cred->euid, &fresh);
	/* the driver is the bus itself: its place is &dbus_bus.driver */
	if (!driver)
		xa_store(&bus->peers, peer->id, peer, GFP_ATOMIC);
	bus->n_peers++;
	bus->count.peers_ever++;
	dbus_bus_changed(bus);
	spin_unlock(&bus->lock);
out:
	dbus_user_put(fresh);
	return err;
}

static int become_driver(struct dbus_peer *peer, bool vacant,
			 struct netlink_ext_ack *extack)
{
	int err = dbus_kept_hand_over(peer, vacant);

	if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "the bus has a driver");
	return err;
}

static struct dbus_peer *alloc_peer(struct dbus_bus *bus, struct socket *sock,
				    unsigned long flags, const char *label)
{
	struct dbus_peer *peer;

	peer = kzalloc(sizeof(*peer), GFP_KERNEL_ACCOUNT);
	if (!peer)
		return NULL;
	if (label) {
		peer->label = kstrdup(label, GFP_KERNEL_ACCOUNT);
		if (!peer->label) {
			kfree(peer);
			return NULL;
		}
	}
	/* the table's, and the caller's */
	refcount_set(&peer->ref, 2);
	peer->flags = flags;
	peer->bus = dbus_bus_get(bus);
	peer->socket.sock = sock;
	peer->calls = RB_ROOT;
	INIT_LIST_HEAD(&peer->node);
	INIT_LIST_HEAD(&peer->watch);
	INIT_LIST_HEAD(&peer->names);
	INIT_LIST_HEAD(&peer->matches);
	INIT_LIST_HEAD(&peer->serves);
	INIT_LIST_HEAD(&peer->waiting);
	INIT_WORK(&peer->bye, bye_work);
	dbus_receive_start(peer);
	dbus_queue_start(peer);
	get_credentials(peer, sock->sk);
	return peer;
}

/**
 * dbus_peer_new() - adopt a connection
 * @bus: the bus
 * @sock: its server's end; the reference on its file becomes the peer's
 * @flags: PEER_UNIX_FDS, PEER_DRIVER and PEER_CONSOLE, as bits
 * @label: security label, or NULL
 * @vacant: of PEER_DRIVER: only if the bus has no driver
 * @extack: told what is wrong
 * Return: the peer with a reference for the caller, or an ERR_PTR with @sock
 *	still the caller's
 */
struct dbus_peer *dbus_peer_new(struct dbus_bus *bus, struct socket *sock,
				unsigned long flags, const char *label,
				bool vacant, struct netlink_ext_ack *extack)
{
	struct dbus_peer *peer;
	int err;

	err = dbus_socket_check(sock, extack);
	if (err)
		return ERR_PTR(err);
	peer = alloc_peer(bus, sock, flags, label);
	if (!peer)
		return ERR_PTR(-ENOMEM);
	err = dbus_socket_adopt(peer, extack);
	if (err)
		goto free;
	err = enlist(peer, extack);
	if (err)
		goto release;
	dbus_event_peer(peer, DBUS_CMD_PEER_NEW);
	if (dbus_peer_is(peer, PEER_DRIVER)) {
		err = become_driver(peer, vacant, extack);
		if (err)
			goto kill;
	}
	dbus_receive_begin(peer);
	return peer;

kill:
	get_file(sock->file);
	dbus_peer_kill(peer);
	dbus_peer_put(peer);
	return ERR_PTR(err);
release:
	dbus_socket_abandon(peer);
	/* callbacks may be running: the last of them frees the peer */
	get_file(sock->file);
	set_bit(PEER_DEAD, &peer->flags);
	refcount_dec(&peer->ref);
	dbus_peer_put(peer);
	return ERR_PTR(err);
free:
	get_file(sock->file);
	refcount_dec(&peer->ref);
	dbus_peer_put(peer);
	return ERR_PTR(err);
}
