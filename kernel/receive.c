// SPDX-License-Identifier: GPL-2.0
/*
 * From a peer's stream of octets to messages: framing, the descriptors that
 * belong to each, validation. Runs in the context of the client that sends.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/af_unix.h>
#include <net/sock.h>

#include "buffer.h"
#include "limit.h"
#include "message.h"
#include "peer.h"
#include "route.h"
#include "wire/fields.h"

#define MEMORY_RETRY	(HZ / 50)

/*
 * How much one call receives before a worker goes on: the sender's own
 * messages should be its own work, but its system call has to end.
 */
#define TURN_MESSAGES	64
#define TURN_BYTES	(4u << 20)

/**
 * struct rx_look - what stands at the head of a socket's queue
 * @unread: octets of the first skb that has any
 * @n_fds: descriptors that come with its first octet
 * @head: its first octets, if there are at least WIRE_FIXED_LEN
 */
struct rx_look {
	u32 unread;
	u32 n_fds;
	u8 head[WIRE_FIXED_LEN];
};

/* First skb with unread octets; one without may be left behind by MSG_OOB. */
static struct sk_buff *first_unread(struct sock *sk)
{
	struct sk_buff *skb;

	lockdep_assert_held(&sk->sk_receive_queue.lock);
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		if (skb->len > UNIXCB(skb).consumed)
			return skb;
	}
	return NULL;
}

static void look(struct sock *sk, struct rx_look *l)
{
	struct sk_buff *skb;

	l->unread = 0;
	l->n_fds = 0;
	/* what comes in from now on is signalled */
	if (skb_queue_empty_lockless(&sk->sk_receive_queue))
		return;
	spin_lock(&sk->sk_receive_queue.lock);
	skb = first_unread(sk);
	if (skb) {
		l->unread = skb->len - UNIXCB(skb).consumed;
		if (UNIXCB(skb).fp)
			l->n_fds = UNIXCB(skb).fp->count;
		if (l->unread >= WIRE_FIXED_LEN)
			skb_copy_bits(skb, UNIXCB(skb).consumed, l->head,
				      WIRE_FIXED_LEN);
	}
	spin_unlock(&sk->sk_receive_queue.lock);
}

/* Put a work off; it holds a reference on the peer while it is queued. */
static void put_off(struct dbus_peer *peer, struct delayed_work *work,
		    unsigned long delay)
{
	dbus_peer_get(peer);
	if (!queue_delayed_work(dbus_wq, work, delay))
		dbus_peer_put(peer);
}

static void cancel(struct dbus_peer *peer, struct delayed_work *work)
{
	if (cancel_delayed_work(work))
		dbus_peer_put(peer);
}

/* The stream is broken: tell the tap, and disconnect. */
static int broken(struct dbus_peer *peer, const void *data, u32 len,
		  enum dbusmon_reason reason)
{
	dbus_route_invalid(peer, data, len, reason);
	return -EBADMSG;
}

/* How long the rest of a message with descriptors may take. */
static unsigned long late_after(const struct dbus_peer *peer)
{
	return msecs_to_jiffies(min_t(u32, INT_MAX,
				      dbus_limit(peer->bus,
						 DBUS_LIMIT_FDS_TIMEOUT)));
}

/*
 * Take references on the descriptors that come with the next octet, before that
 * is read: recvmsg() into the kernel would close them. The skb stays at the head
 * since nobody else reads.
 */
static int take_files(struct dbus_peer *peer, u32 n)
{
	struct sock *sk = peer->socket.sock->sk;
	struct dbus_rx *rx = &peer->rx;
	u32 had = rx->files ? rx->files->n : 0;
	u32 max = dbus_limit(peer->bus, DBUS_LIMIT_MESSAGE_FDS);
	struct dbus_files *files;
	struct scm_fp_list *fp;
	struct sk_buff *skb;
	u32 i;

	if (dbus_peer_is(peer, PEER_DRIVER))
		max = SCM_MAX_FD;	/* the limit is for clients */
	if (!dbus_peer_is(peer, PEER_UNIX_FDS) || had + n > max)
		return broken(peer, rx->head, rx->head_len,
			      DBUSMON_REASON_FDS);
	files = kmalloc(struct_size(files, file, had + n), GFP_KERNEL_ACCOUNT);
	if (!files)
		return -ENOMEM;
	files->n = had;
	if (had)
		memcpy(files->file, rx->files->file,
		       had * sizeof(files->file[0]));

	spin_lock(&sk->sk_receive_queue.lock);
	skb = first_unread(sk);
	fp = skb ? UNIXCB(skb).fp : NULL;
	if (fp && fp->count == n) {
		for (i = 0; i < n; i++)
			files->file[files->n++] = get_file(fp->fp[i]);
	}
	spin_unlock(&sk->sk_receive_queue.lock);
	kfree(rx->files);
	rx->files = files;
	if (!had)
		put_off(peer, &rx->late, late_after(peer));
	return 0;
}

static int read_octets(struct dbus_peer *peer, void *to, u32 n)
{
	struct kvec vec = { .iov_base = to, .iov_len = n };
	struct msghdr mh = {};
	const struct cred *old;
	int got;

	/* security modules should see the bus, not who happens to send */
	old = override_creds(peer->bus->cred);
	got = kernel_recvmsg(peer->socket.sock, &mh, &vec, 1, n, MSG_DONTWAIT);
	revert_creds(old);
	if (got > 0)
		peer->rx.bytes += got;
	return got;
}

/* All octets of the message are there: it is the router's, if it is valid. */
static int pass_on(struct dbus_peer *peer)
{
	struct dbus_rx *rx = &peer->rx;
	struct dbus_msg *msg = rx->msg;
	u32 len = msg->wire.len;

	rx->msg = NULL;
	rx->got = 0;
	rx->messages++;
	msg->files = rx->files;
	rx->files = NULL;
	if (msg->files)
		cancel(peer, &rx->late);

	/* what was read, not what was looked at, says what it is */
	if (wire_parse(&msg->wire, dbus_msg_data(msg), len) ||
	    msg->wire.len != len || wire_validate_body(&msg->wire)) {
		broken(peer, dbus_msg_data(msg), len, DBUSMON_REASON_MALFORMED);
		goto bad;
	}
	if (msg->wire.unix_fds != dbus_msg_n_fds(msg)) {
		broken(peer, dbus_msg_data(msg), msg->wire.len,
		       DBUSMON_REASON_FDS);
		goto bad;
	}
	wire_drop_fields(&msg->wire);
	if (dbus_msg_set_sender(msg, dbus_peer_name(peer))) {
		broken(peer, dbus_msg_data(msg), msg->wire.len,
		       DBUSMON_REASON_TOO_LONG);
		goto bad;
	}
	dbus_route(peer, msg);
	if (!rx->spare && dbus_msg_reuse(msg))
		rx->spare = msg;
	else
		dbus_msg_put(msg);
	return 1;
bad:
	dbus_msg_put(msg);
	return -EBADMSG;
}

/* Octets of the message whose first octets are at @head. */
static int begin(struct dbus_peer *peer, const u8 *head, u32 n)
{
	struct dbus_rx *rx = &peer->rx;
	u32 len;

	if (wire_frame(head, n, &len))
		return broken(peer, head, n, DBUSMON_REASON_MALFORMED);
	if (!len)
		return 0;
	if (len > dbus_limit(peer->bus, DBUS_LIMIT_MESSAGE_SIZE))
		return broken(peer, head, n, DBUSMON_REASON_TOO_LONG);
	rx->msg = dbus_msg_new(len, GFP_KERNEL_ACCOUNT);
	return rx->msg ? 0 : -ENOMEM;
}

/* The first octets are there: begin the message with them. */
static int begin_with_head(struct dbus_peer *peer)
{
	struct dbus_rx *rx = &peer->rx;
	int err = begin(peer, rx->head, rx->head_len);

	if (err)
		return err;
	memcpy(dbus_msg_data(rx->msg), rx->head, rx->head_len);
	rx->got = rx->head_len;
	rx->head_len = 0;
	return rx->got == rx->msg->wire.len ? pass_on(peer) : 1;
}

/* Receive first octets of a message, of which the skb holds too few. */
static int receive_head(struct dbus_peer *peer, u32 unread)
{
	struct dbus_rx *rx = &peer->rx;
	u32 want = min(unread, WIRE_FIXED_LEN - rx->head_len);
	int got, err;

	got = read_octets(peer, rx->head + rx->head_len, want);
	if (got <= 0)
		return got == -EAGAIN ? 0 : got ?: -EPIPE;
	rx->head_len += got;
	if (rx->head_len == WIRE_FIXED_LEN)
		return begin_with_head(peer);
	err = begin(peer, rx->head, rx->head_len);
	return err ?: 1;
}

/* Receive octets of a message that has begun. */
static int receive_rest(struct dbus_peer *peer, u32 unread)
{
	struct dbus_rx *rx = &peer->rx;
	u32 want = min(unread, rx->msg->size - rx->got);
	int got;

	got = read_octets(peer, dbus_msg_data(rx->msg) + rx->got, want);
	if (got <= 0)
		return got == -EAGAIN ? 0 : got ?: -EPIPE;
	rx->got += got;
	return rx->got == rx->msg->wire.len ? pass_on(peer) : 1;
}

/* What SENDER takes at most: code, signature, length, name and end, padded. */
static u32 sender_room(const struct dbus_peer *peer)
{
	return ALIGN(8 + dbus_peer_name(peer).len + 1, 8);
}

/*
 * Take a message as the buffer that it lies in.
 * Return: 1 if so, 0 if it must be received by octets, or a negative errno
 */
static int receive_buffer(struct dbus_peer *peer)
{
	struct sock *sk = peer->socket.sock->sk;
	struct dbus_rx *rx = &peer->rx;
	struct sk_buff *skb;

	if (skb_queue_empty_lockless(&sk->sk_receive_queue))
		return 0;
	if (!rx->spare)
		rx->spare = dbus_msg_new_empty(GFP_KERNEL_ACCOUNT);
	if (!rx->spare)
		return -ENOMEM;
	skb = dbus_buffer_take(sk, dbus_limit(peer->bus, DBUS_LIMIT_MESSAGE_SIZE),
			       sender_room(peer));
	if (!skb)
		return 0;
	rx->bytes += skb->len;
	rx->msg = rx->spare;
	rx->spare = NULL;
	dbus_msg_set_skb(rx->msg, skb);
	return pass_on(peer);
}

/*
 * Receive up to the end of the message or of the skb. What needs memory comes
 * before what can't be done again.
 * Return: 1 if something was received, 0 if there is nothing, or a negative
 * errno: -ENOMEM to try again later, anything else to disconnect.
 */
static int receive_some(struct dbus_peer *peer)
{
	struct sock *sk = peer->socket.sock->sk;
	struct dbus_rx *rx = &peer->rx;
	struct rx_look l;
	int err = 0;

	if (rx->head_len == WIRE_FIXED_LEN)
		return begin_with_head(peer);	/* there was no memory */
	if (!rx->msg && !rx->head_len && !rx->files) {
		err = receive_buffer(peer);
		if (err)
			return err;
	}
	look(sk, &l);
	if (!l.unread) {
		if (!(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN))
			return 0;
		/* octets sent before the shutdown may have come since */
		smp_rmb();
		look(sk, &l);
		if (!l.unread)
			return -EPIPE;
	}
	if (!rx->msg && !rx->head_len && l.unread >= WIRE_FIXED_LEN)
		err = begin(peer, l.head, WIRE_FIXED_LEN);
	else if (rx->msg && rx->got == rx->msg->size)
		err = dbus_msg_grow(rx->msg, rx->got, rx->msg->wire.len,
				    GFP_KERNEL_ACCOUNT);
	if (!err && l.n_fds)
		err = take_files(peer, l.n_fds);
	if (err)
		return err;
	return rx->msg ? receive_rest(peer, l.unread)
		       : receive_head(peer, l.unread);
}

/* Receive for a turn. Return: as receive_some(), 1 if there may be more. */
static int receive_turn(struct dbus_peer *peer)
{
	u64 messages = peer->rx.messages + TURN_MESSAGES;
	u64 bytes = peer->rx.bytes + TURN_BYTES;
	int ret;

	do {
		if (dbus_peer_is(peer, PEER_DEAD))
			return 0;
		cond_resched();
		ret = receive_some(peer);
	} while (ret > 0 && peer->rx.messages < messages &&
		 peer->rx.bytes < bytes);
	return ret;
}

/* Receive, being the one who does; @pending is what was seen to come in. */
static void receive(struct dbus_peer *peer, int pending)
{
	struct dbus_rx *rx = &peer->rx;
	int ret;

	do {
		ret = receive_turn(peer);
		if (ret > 0) {
			put_off(peer, &rx->work, 0);
			return;
		}
		if (ret == -ENOMEM) {
			put_off(peer, &rx->work, MEMORY_RETRY);
			return;
		}
		if (ret < 0)
			dbus_peer_kill(peer);
		pending = atomic_sub_return(pending, &rx->pending);
	} while (pending);
}

/**
 * dbus_receive() - receive what a peer has sent
 * @peer: there may be something in its socket; the caller holds a reference
 *
 * Never waits for another thread: if one is receiving already, it goes on.
 * Context: process, may sleep
 */
void dbus_receive(struct dbus_peer *peer)
{
	if (atomic_inc_return(&peer->rx.pending) == 1)
		receive(peer, 1);
}

/**
 * dbus_receive_later() - receive in a worker
 * @peer: as for dbus_receive()
 *
 * Context: any
 */
void dbus_receive_later(struct dbus_peer *peer)
{
	if (atomic_inc_return(&peer->rx.pending) == 1)
		put_off(peer, &peer->rx.work, 0);
}

static void receive_work(struct work_struct *work)
{
	struct dbus_peer *peer = container_of(to_delayed_work(work),
					      struct dbus_peer, rx.work);

	receive(peer, atomic_read(&peer->rx.pending));
	dbus_peer_put(peer);
}

static void late_work(struct work_struct *work)
{
	struct dbus_peer *peer = container_of(to_delayed_work(work),
					      struct dbus_peer, rx.late);

	dbus_peer_kill(peer);
	dbus_peer_put(peer);
}

/**
 * dbus_receive_start() - a new peer: nothing received yet
 * @peer: the peer
 *
 * Callbacks may come, but nothing is received before dbus_receive_begin().
 */
void dbus_receive_start(struct dbus_peer *peer)
{
	/* as if somebody were receiving */
	atomic_set(&peer->rx.pending, 1);
	INIT_DELAYED_WORK(&peer->rx.work, receive_work);
	INIT_DELAYED_WORK(&peer->rx.late, late_work);
}

/**
 * dbus_receive_begin() - receive what has come so far, and what comes from now on
 * @peer: the peer, in all tables
 */
void dbus_receive_begin(struct dbus_peer *peer)
{
	put_off(peer, &peer->rx.work, 0);
}

/**
 * dbus_receive_stop() - end the receiving of a peer that is dead
 * @peer: its socket is released
 *
 * Whoever is receiving at this time sees that the peer is dead, and leaves.
 */
void dbus_receive_stop(struct dbus_peer *peer)
{
	cancel(peer, &peer->rx.work);
	cancel(peer, &peer->rx.late);
}

/**
 * dbus_receive_free() - let go of what was not received completely
 * @peer: nobody uses it any more
 */
void dbus_receive_free(struct dbus_peer *peer)
{
	dbus_msg_put(peer->rx.msg);
	dbus_msg_put(peer->rx.spare);
	dbus_files_free(peer->rx.files);
}
