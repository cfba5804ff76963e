// SPDX-License-Identifier: GPL-2.0
/*
 * A message on its way as the buffer that it came in: taken from the queue of
 * one AF_UNIX stream socket, and put into another's, as a network stack forwards
 * a packet. No operation of a socket is gone through, and what is not in pages is
 * not even copied.
 *
 * That is for what most messages are: not long, sent by one call, without
 * descriptors. All else is received and sent by the socket's own operations.
 */
#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <net/af_unix.h>
#include <net/sock.h>

#include "buffer.h"
#include "compat.h"
#include "wire/message.h"

#define LONGEST		(16 * 1024)	/* message that a copy is made of */

static bool is_out_of_band(const struct sock *sk, const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_AF_UNIX_OOB)
	return skb == unix_sk(sk)->oob_skb;
#else
	return false;
#endif
}

/*
 * Is this one message, all of it and nothing else? The last of many in a buffer would
 * keep all of that, and be charged for itself alone.
 */
static bool is_message(struct sock *sk, struct sk_buff *skb, u32 max)
{
	u8 buf[WIRE_FIXED_LEN];
	const u8 *head;
	u32 len;

	if (UNIXCB(skb).fp || UNIXCB(skb).consumed || is_out_of_band(sk, skb))
		return false;
	head = skb_header_pointer(skb, 0, sizeof(buf), buf);
	return head && !wire_frame(head, sizeof(buf), &len) &&
	       len == skb->len && len <= min_t(u32, max, LONGEST);
}

/*
 * May the message stay where it is? Not in pages: splice() may have brought them,
 * and others can still write to them.
 */
static bool can_stay(const struct sk_buff *skb, u32 room)
{
	return !skb_is_nonlinear(skb) && !skb_cloned(skb) && !skb_shared(skb) &&
	       skb_tailroom(skb) >= room;
}

/*
 * A copy with @room octets before the message, in what the task has of a page:
 * that is given out piece by piece, not allocated and cleared for each. NULL if
 * there is no memory.
 */
static struct sk_buff *copy(const struct sk_buff *skb, u32 room)
{
	u32 size = SKB_DATA_ALIGN(room + skb->len) +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct page_frag *frag = &current->task_frag;
	struct sk_buff *to;

	/* what was given out before may end anywhere */
	if (!skb_page_frag_refill(size + SMP_CACHE_BYTES, frag,
				  GFP_KERNEL_ACCOUNT | __GFP_NOWARN))
		return NULL;
	frag->offset = ALIGN(frag->offset, SMP_CACHE_BYTES);
	if (frag->offset + size > frag->size)
		return NULL;
	to = build_skb(page_address(frag->page) + frag->offset, size);
	if (!to)
		return NULL;
	get_page(frag->page);
	frag->offset += size;
	skb_reserve(to, room);
	skb_copy_bits(skb, 0, skb_put(to, skb->len), skb->len);
	return to;
}

/**
 * dbus_buffer_take() - take the first buffer from a socket, if it is a message
 * @sk: an adopted AF_UNIX stream socket
 * @max: octets of the longest message that is wanted
 * @room: octets that must be free before or behind it
 * Return: the buffer, the caller's alone, whose data are one whole message, not
 *	validated; NULL if what comes first is anything else, and stays
 *
 * Waits for memory at most. Whoever else may have the socket, and be reading from
 * it, has its iolock while it looks at a buffer.
 */
struct sk_buff *dbus_buffer_take(struct sock *sk, u32 max, u32 room)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *skb, *copied = NULL;

	if (!DBUS_UNIX_QUEUE_IS_PLAIN || skb_queue_empty_lockless(queue) ||
	    !mutex_trylock(&unix_sk(sk)->iolock))
		return NULL;
	spin_lock(&queue->lock);
	skb = skb_peek(queue);
	if (skb && !is_message(sk, skb, max))
		skb = NULL;
	if (skb && !can_stay(skb, room)) {
		/* it stands first until the iolock is given up */
		spin_unlock(&queue->lock);
		copied = copy(skb, room);
		spin_lock(&queue->lock);
		if (!copied)
			skb = NULL;
	}
	if (skb)
		__skb_unlink(skb, queue);
	spin_unlock(&queue->lock);
	mutex_unlock(&unix_sk(sk)->iolock);
	if (copied) {
		consume_skb(skb);
		return copied;
	}
	/* the sender may send as much again */
	if (skb)
		skb_orphan(skb);
	return skb;
}

/**
 * dbus_buffer_may_send() - does a socket take another buffer?
 * @sk: a connected AF_UNIX stream socket
 * Return: 0; -EAGAIN if its own buffer is full; another negative errno if the
 *	other end is gone
 */
int dbus_buffer_may_send(struct sock *sk)
{
	if (READ_ONCE(sk->sk_err))
		return sock_error(sk) ?: -EPIPE;
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return -EPIPE;
	return sk_wmem_alloc_get(sk) < READ_ONCE(sk->sk_sndbuf) ? 0 : -EAGAIN;
}

/**
 * dbus_buffer_send() - put a buffer into the queue of a socket's other end
 * @sk: a connected AF_UNIX stream socket, for which dbus_buffer_may_send()
 * @skb: all of its data are sent; taken over
 * @cred: who sends, for a receiver that asks for SCM_CREDENTIALS
 * Return: 0; -EPIPE if the other end is gone
 *
 * Context: process; calls the other end's data_ready callback
 */
int dbus_buffer_send(struct sock *sk, struct sk_buff *skb,
		     const struct cred *cred)
{
	struct sock *other = unix_peer(sk);

	UNIXCB(skb) = (struct unix_skb_parms){
		.uid = cred->uid, .gid = cred->gid,
	};
	if (!other) {
		kfree_skb(skb);
		return -EPIPE;
	}
	skb_set_owner_w(skb, sk);
	unix_state_lock(other);
	if (sock_flag(other, SOCK_DEAD) ||
	    (READ_ONCE(other->sk_shutdown) & RCV_SHUTDOWN)) {
		unix_state_unlock(other);
		kfree_skb(skb);
		return -EPIPE;
	}
	skb_queue_tail(&other->sk_receive_queue, skb);
	unix_state_unlock(other);
	READ_ONCE(other->sk_data_ready)(other);
	return 0;
}
