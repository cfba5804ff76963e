// SPDX-License-Identifier: GPL-2.0
/*
 * What waits to be sent to a peer, in order. Routing links messages into queues;
 * sending happens outside of the bus's lock, by whoever holds the receiver.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/scm.h>
#include <net/sock.h>

#include "buffer.h"
#include "compat.h"
#include "limit.h"
#include "message.h"
#include "peer.h"
#include "quota.h"

/* How much one turn sends, so that nobody's send() is kept busy for others. */
#define TURN_MESSAGES	16
#define TURN_BYTES	(256u << 10)
#define WORK_TURNS	8
#define MEMORY_RETRY	(HZ / 50)

static struct kmem_cache *entry_cache;

/**
 * dbus_entry_new() - an entry for a receiver's queue
 * @gfp: how to allocate
 * Return: the entry, owned by the caller, or NULL
 */
struct dbus_entry *dbus_entry_new(gfp_t gfp)
{
	return kmem_cache_zalloc(entry_cache, gfp);
}

/**
 * dbus_entry_of() - the entry that is a part of a message
 * @msg: the message, which nobody has asked before
 * Return: the entry, owned by the caller
 *
 * What is sent to one receiver needs no other.
 */
struct dbus_entry *dbus_entry_of(struct dbus_msg *msg)
{
	msg->entry = (struct dbus_entry){ .home = dbus_msg_get(msg) };
	return &msg->entry;
}

/**
 * dbus_entry_free() - free an entry and let its message go
 * @entry: the entry, in no list
 */
void dbus_entry_free(struct dbus_entry *entry)
{
	struct dbus_msg *home = entry->home;

	if (entry->share)
		dbus_quota_uncharge(entry->share, entry->msg);
	dbus_msg_put(entry->msg);
	if (home)
		dbus_msg_put(home);
	else
		kmem_cache_free(entry_cache, entry);
}

/*
 * Does nobody else need the octets of the entry's message, nor may come to? Whoever
 * has yielded gives its reference up only after saying that it has none that was
 * yielded: if it hasn't said so yet, it was counted.
 */
static bool is_last(const struct dbus_entry *entry)
{
	const struct dbus_msg *msg = entry->msg;
	unsigned int refs = refcount_read(&msg->ref);

	/* those who gave theirs up have read what they wanted */
	smp_rmb();
	return refs == 1 + (entry->home == msg) +
		       smp_load_acquire(&msg->yielded);
}

/*
 * Does the socket have enough room to be worth another try? As AF_UNIX's own
 * test for POLLOUT.
 */
static bool writable(const struct sock *sk)
{
	return (refcount_read(&sk->sk_wmem_alloc) << 2) <= sk->sk_sndbuf;
}

/* Put @tx.work off; it holds a reference on the peer while it is queued. */
static void put_off(struct dbus_peer *peer, unsigned long delay)
{
	dbus_peer_get(peer);
	if (!queue_delayed_work(dbus_wq, &peer->tx.work, delay))
		dbus_peer_put(peer);
}

/* Octets of a message from @sent on, without descriptors. */
static int send_octets(struct dbus_peer *peer, const struct dbus_msg *msg,
		       u32 sent)
{
	struct msghdr mh = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = {
		.iov_base = (void *)msg->wire.data + sent,
		.iov_len = msg->wire.len - sent,
	};
	const struct cred *old;
	int ret;

	/* security modules should see the bus, not who happens to be sending */
	old = override_creds(peer->bus->cred);
	ret = kernel_sendmsg(peer->socket.sock, &mh, &vec, 1, vec.iov_len);
	revert_creds(old);
	return ret;
}

/* The buffer that a message came in. */
static int send_skb(struct dbus_peer *peer, struct dbus_entry *entry)
{
	struct sock *sk = peer->socket.sock->sk;
	struct sk_buff *skb;
	int err;

	err = dbus_buffer_may_send(sk);
	if (err)
		return err;
	skb = dbus_msg_get_skb(entry->msg, is_last(entry), GFP_KERNEL_ACCOUNT);
	if (!skb)
		return -ENOMEM;
	err = dbus_buffer_send(sk, skb, peer->bus->cred);
	return err ?: entry->msg->wire.len;
}

/*
 * The first octets of a message with its descriptors. SCM_RIGHTS takes numbers
 * from the table of the current process, so they are given numbers for that
 * time: in a kernel thread's table, which all kernel threads share, never in a
 * client's. Its own credentials are those that no limit stops.
 */
static int send_with_files(struct dbus_peer *peer, const struct dbus_msg *msg)
{
	const struct dbus_files *files = msg->files;
	size_t control_len = CMSG_SPACE(files->n * sizeof(int));
	struct msghdr mh = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = {
		.iov_base = (void *)msg->wire.data,
		.iov_len = msg->wire.len,
	};
	struct cmsghdr *cmsg;
	struct file *file;
	unsigned int n;
	int ret = 0;
	int *fds;

	cmsg = kzalloc(control_len, GFP_KERNEL);
	if (!cmsg)
		return -ENOMEM;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(files->n * sizeof(int));
	fds = CMSG_DATA(cmsg);
	for (n = 0; n < files->n; n++) {
		ret = get_unused_fd_flags(O_CLOEXEC);
		if (ret < 0)
			break;
		fds[n] = ret;
		fd_install(ret, get_file(files->file[n]));
	}
	if (n == files->n) {
		mh.msg_control = cmsg;
		mh.msg_controllen = control_len;
		ret = kernel_sendmsg(peer->socket.sock, &mh, &vec, 1,
				     vec.iov_len);
	} else if (ret == -EMFILE) {
		/* other workers have them at the moment */
		ret = -ENOMEM;
	}
	while (n--) {
		/* not close(): its flush could wait for a file system */
		file = dbus_take_back_fd(fds[n]);
		if (file)
			fput(file);
	}
	kfree(cmsg);
	return ret;
}

enum sent {
	SENT,		/* all of it */
	SENT_FULL,	/* the socket takes no more now */
	SENT_MEMORY,	/* try again later */
	SENT_WORKER,	/* only a worker can send this */
	SENT_GONE,	/* the client is gone */
};

static enum sent send_entry(struct dbus_peer *peer, struct dbus_entry *entry,
			    bool in_worker)
{
	const struct dbus_msg *msg = entry->msg;
	int ret;

	while (entry->sent < msg->wire.len) {
		if (msg->files && !entry->sent) {
			if (!in_worker)
				return SENT_WORKER;
			ret = send_with_files(peer, msg);
		} else if (msg->skb) {
			ret = send_skb(peer, entry);
		} else {
			ret = send_octets(peer, msg, entry->sent);
		}
		if (ret == -EAGAIN)
			return SENT_FULL;
		if (ret == -ENOMEM || ret == -ENOBUFS || ret == -ETOOMANYREFS)
			return SENT_MEMORY;
		if (ret <= 0)
			return SENT_GONE;
		entry->sent += ret;
	}
	return SENT;
}

static struct dbus_entry *take_first(struct dbus_tx *tx)
{
	struct dbus_entry *entry;

	lockdep_assert_held(&tx->lock);
	entry = list_first_entry_or_null(&tx->queue, struct dbus_entry, node);
	if (entry)
		list_del_init(&entry->node);
	return entry;
}

/* Account for what was sent and either free the entry or put it back. */
static void put_entry(struct dbus_tx *tx, struct dbus_entry *entry, bool all)
{
	bool ended;

	spin_lock(&tx->lock);
	ended = all || tx->closed;
	if (ended) {
		tx->bytes -= entry->msg->wire.len;
		tx->n--;
		tx->n_fds -= dbus_msg_n_fds(entry->msg);
	} else {
		list_add(&entry->node, &tx->queue);
	}
	if (all) {
		tx->sent++;
		tx->sent_bytes += entry->msg->wire.len;
	}
	spin_unlock(&tx->lock);
	if (ended)
		dbus_entry_free(entry);
}

/* Stop sending; somebody else, or @tx.work after @delay, goes on. */
static void hand_over(struct dbus_peer *peer, unsigned long delay)
{
	spin_lock(&peer->tx.lock);
	peer->tx.handed = true;
	spin_unlock(&peer->tx.lock);
	put_off(peer, delay);
}

static void wait_writable(struct dbus_peer *peer)
{
	spin_lock(&peer->tx.lock);
	peer->tx.blocked = true;
	peer->tx.busy = false;
	spin_unlock(&peer->tx.lock);
	/* the client may have read everything just before that */
	smp_mb();
	if (writable(peer->socket.sock->sk))
		dbus_queue_writable(peer);
}

/* Send a turn's worth, being the one who does (@tx.busy is set). */
static void send_turn(struct dbus_peer *peer, bool in_worker)
{
	u32 n = TURN_MESSAGES * (in_worker ? WORK_TURNS : 1);
	u64 bytes = TURN_BYTES * (in_worker ? WORK_TURNS : 1);
	struct dbus_tx *tx = &peer->tx;
	struct dbus_entry *entry;
	enum sent result;

	for (;;) {
		spin_lock(&tx->lock);
		entry = take_first(tx);
		if (!entry)
			tx->busy = false;
		spin_unlock(&tx->lock);
		if (!entry)
			return;

		result = send_entry(peer, entry, in_worker);
		bytes -= min_t(u64, bytes, entry->sent);
		put_entry(tx, entry, result == SENT);
		switch (result) {
		case SENT:
			if (--n && bytes)
				continue;
			fallthrough;
		case SENT_WORKER:
			hand_over(peer, 0);
			return;
		case SENT_MEMORY:
			hand_over(peer, MEMORY_RETRY);
			return;
		case SENT_FULL:
			wait_writable(peer);
			return;
		case SENT_GONE:
			dbus_queue_close(peer);
			dbus_peer_kill(peer);
			return;
		}
	}
}

static void send_work(struct work_struct *work)
{
	struct dbus_peer *peer = container_of(to_delayed_work(work),
					      struct dbus_peer, tx.work);
	struct dbus_tx *tx = &peer->tx;
	bool mine;

	spin_lock(&tx->lock);
	mine = !tx->busy || tx->handed;
	if (mine) {
		tx->busy = true;
		tx->handed = false;
	}
	spin_unlock(&tx->lock);
	if (mine)
		send_turn(peer, true);
	dbus_peer_put(peer);
}

/**
 * dbus_queue_start() - a new peer: nothing waits to be sent
 * @peer: the peer
 */
void dbus_queue_start(struct dbus_peer *peer)
{
	spin_lock_init(&peer->tx.lock);
	INIT_LIST_HEAD(&peer->tx.queue);
	INIT_DELAYED_WORK(&peer->tx.work, send_work);
}

/**
 * dbus_queue_full() - would a message be too much for a receiver?
 * @peer: the receiver
 * @msg: the message
 * Return: true if more waits already than one receiver may let wait
 */
bool dbus_queue_full(struct dbus_peer *peer, const struct dbus_msg *msg)
{
	const struct dbus_bus *bus = peer->bus;
	u64 bytes = READ_ONCE(peer->tx.bytes);
	u32 n_fds = READ_ONCE(peer->tx.n_fds);

	if (bytes && bytes + msg->wire.len >
		     dbus_limit(bus, DBUS_LIMIT_QUEUED_BYTES))
		return true;
	return n_fds && n_fds + dbus_msg_n_fds(msg) >
			dbus_limit(bus, DBUS_LIMIT_QUEUED_FDS);
}

/**
 * dbus_queue_link() - put a message at the end of a receiver's queue
 * @peer: the receiver
 * @entry: with its message
 * Return: true; false if the receiver is gone, then @entry remains the caller's
 *
 * Context: bus lock held, which makes the order the same for all receivers
 */
bool dbus_queue_link(struct dbus_peer *peer, struct dbus_entry *entry)
{
	struct dbus_tx *tx = &peer->tx;
	bool open;

	lockdep_assert_held(&peer->bus->lock);
	spin_lock(&tx->lock);
	open = !tx->closed;
	if (open) {
		list_add_tail(&entry->node, &tx->queue);
		tx->bytes += entry->msg->wire.len;
		tx->n++;
		tx->n_fds += dbus_msg_n_fds(entry->msg);
	}
	spin_unlock(&tx->lock);
	return open;
}

/**
 * dbus_queue_flush() - send what waits, as far as this context can
 * @peer: the receiver; the caller holds a reference, and no lock
 *
 * Context: process, may sleep, but waits for nobody
 */
void dbus_queue_flush(struct dbus_peer *peer)
{
	struct dbus_tx *tx = &peer->tx;
	bool mine, later;

	spin_lock(&tx->lock);
	mine = !tx->busy && !tx->blocked && !list_empty(&tx->queue);
	later = mine && dbus_runs_rarely();
	if (mine) {
		tx->busy = true;
		tx->handed = later;
	}
	spin_unlock(&tx->lock);
	if (later)
		put_off(peer, 0);
	else if (mine)
		send_turn(peer, false);
}

/**
 * dbus_queue_writable() - the client has read something
 * @peer: the receiver
 *
 * Context: any; only schedules work
 */
void dbus_queue_writable(struct dbus_peer *peer)
{
	struct dbus_tx *tx = &peer->tx;

	if (!READ_ONCE(tx->blocked) || !writable(peer->socket.sock->sk))
		return;
	WRITE_ONCE(tx->blocked, false);
	put_off(peer, 0);
}

/**
 * dbus_queue_close() - take no more messages, and let go of those that wait
 * @peer: the receiver
 *
 * Context: process, no lock held
 */
void dbus_queue_close(struct dbus_peer *peer)
{
	struct dbus_entry *entry, *next;
	struct dbus_tx *tx = &peer->tx;
	LIST_HEAD(rest);

	spin_lock(&tx->lock);
	tx->closed = true;
	list_splice_init(&tx->queue, &rest);
	list_for_each_entry(entry, &rest, node) {
		tx->bytes -= entry->msg->wire.len;
		tx->n--;
		tx->n_fds -= dbus_msg_n_fds(entry->msg);
	}
	spin_unlock(&tx->lock);
	list_for_each_entry_safe(entry, next, &rest, node)
		dbus_entry_free(entry);
	if (cancel_delayed_work(&tx->work))
		dbus_peer_put(peer);
}

int dbus_queue_init(void)
{
	entry_cache = KMEM_CACHE(dbus_entry, SLAB_ACCOUNT);
	return entry_cache ? 0 : -ENOMEM;
}

void dbus_queue_exit(void)
{
	kmem_cache_destroy(entry_cache);
}
