// SPDX-License-Identifier: GPL-2.0
/*
 * A message in the kernel: its octets, what the parser found in them, and the
 * file descriptors that came with it.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "message.h"
#include "wire/build.h"

/*
 * A longer message gets a buffer that grows as its octets come in, so that a
 * header which only announces 128 MiB costs no more than a socket's own buffer.
 * It grows by so much that what is copied hardly counts.
 */
#define INLINE_MAX	(16 * 1024)
#define GROW_FIRST	(256 * 1024)
#define GROW_BY		4
#define KMALLOC_MOST	(32 * 1024)

/* Octets of the longest message in an object of @size, the allocator's pointer left. */
#define FITS(size) \
	((size) - sizeof(void *) - sizeof(struct dbus_msg) - WIRE_SENDER_ROOM)

/**
 * struct dbus_msg_cache - where messages up to some length come from
 * @name: of the cache
 * @len: octets of the longest
 * @cache: the cache
 */
struct dbus_msg_cache {
	const char *name;
	u32 len;
	struct kmem_cache *cache;
};

static struct dbus_msg_cache caches[] = {
	{ .name = "dbus_msg_1k", .len = FITS(1024) },
	{ .name = "dbus_msg_2k", .len = FITS(2048) },
	{ .name = "dbus_msg_5k", .len = FITS(5120) },
	{ .name = "dbus_msg_16k", .len = INLINE_MAX },
};

/* For those whose octets are elsewhere. */
static struct kmem_cache *head_cache;

static struct kmem_cache *cache_for(u32 len)
{
	unsigned int i = 0;

	while (caches[i].len < len)
		i++;
	return caches[i].cache;
}

/*
 * Long buffers of as many pages as are needed: kvmalloc() would try twice that
 * first, for a power of two and SENDER's room, and fill it with zeros.
 */
static u8 *new_buf(u32 size, gfp_t gfp)
{
	return size <= KMALLOC_MOST ? kmalloc(size, gfp) : __vmalloc(size, gfp);
}

static void init_msg(struct dbus_msg *msg)
{
	msg->wire = (struct wire_msg){};
	msg->buf = msg->inline_buf;
	msg->skb = NULL;
	msg->room = 0;
	msg->size = 0;
	msg->files = NULL;
	msg->yielded = false;
	msg->verdict = (struct dbus_verdict){};
	INIT_LIST_HEAD(&msg->verdict.node);
}

static struct dbus_msg *new_msg(struct kmem_cache *cache, gfp_t gfp)
{
	struct dbus_msg *msg = kmem_cache_alloc(cache, gfp);

	if (msg) {
		refcount_set(&msg->ref, 1);
		msg->cache = cache;
		init_msg(msg);
	}
	return msg;
}

/**
 * dbus_msg_new() - make room for a message
 * @len: octets of the message, as its header says
 * @gfp: how to allocate
 * Return: the message with one reference, owned by the caller; NULL
 *
 * The octets go to dbus_msg_data(); before them WIRE_SENDER_ROOM is left for
 * wire_set_sender(). A long message has room for its first part only: see
 * dbus_msg_grow().
 */
struct dbus_msg *dbus_msg_new(u32 len, gfp_t gfp)
{
	bool is_inline = len <= INLINE_MAX;
	struct dbus_msg *msg;

	msg = new_msg(is_inline ? cache_for(len) : head_cache, gfp);
	if (!msg)
		return NULL;
	msg->wire.len = len;
	msg->room = WIRE_SENDER_ROOM;
	if (is_inline) {
		msg->size = len;
		return msg;
	}
	msg->size = min_t(u32, len, GROW_FIRST);
	msg->buf = new_buf(msg->room + msg->size, gfp);
	if (!msg->buf) {
		kmem_cache_free(msg->cache, msg);
		return NULL;
	}
	return msg;
}

/**
 * dbus_msg_new_empty() - a message for dbus_msg_set_skb()
 * @gfp: how to allocate
 * Return: the message with one reference, owned by the caller; NULL
 */
struct dbus_msg *dbus_msg_new_empty(gfp_t gfp)
{
	return new_msg(head_cache, gfp);
}

/**
 * dbus_msg_set_skb() - a message lies in a socket's buffer, where it stays
 * @msg: made by dbus_msg_new_empty()
 * @skb: its data are the message; taken over
 */
void dbus_msg_set_skb(struct dbus_msg *msg, struct sk_buff *skb)
{
	msg->skb = skb;
	msg->buf = skb->data;
	msg->room = 0;
	msg->size = skb->len;
	msg->wire.len = skb->len;
}

/**
 * dbus_msg_set_sender() - say in a message who sends it
 * @msg: parsed, not shared yet; as it will be sent after that
 * @name: the sender's name
 * Return: as wire_set_sender()
 */
enum wire_status dbus_msg_set_sender(struct dbus_msg *msg, struct wire_str name)
{
	struct wire_msg *m = &msg->wire;
	struct sk_buff *skb = msg->skb;
	enum wire_status status = WIRE_E_NO_ROOM;

	if (!skb)
		return wire_set_sender(m, msg->room, name.s, name.len);
	if (skb_headroom(skb))
		status = wire_set_sender(m, skb_headroom(skb), name.s, name.len);
	if (status == WIRE_E_NO_ROOM)
		status = wire_set_sender_behind(m, skb_tailroom(skb), name.s,
						name.len);
	if (status)
		return status;
	if (m->data < skb->data)
		__skb_push(skb, skb->data - m->data);
	else
		__skb_pull(skb, m->data - skb->data);
	if (m->len > skb->len)
		__skb_put(skb, m->len - skb->len);
	return WIRE_OK;
}

/**
 * dbus_msg_get_skb() - the buffer that a message came in, to be sent on
 * @msg: has one, after dbus_msg_set_sender()
 * @last: nobody but the caller has the message, nor needs its octets any more
 * @gfp: how to allocate
 * Return: a buffer with the message as its data, the caller's; NULL
 */
struct sk_buff *dbus_msg_get_skb(struct dbus_msg *msg, bool last, gfp_t gfp)
{
	struct sk_buff *skb = msg->skb;

	if (!last)
		return skb_clone(skb, gfp);
	msg->skb = NULL;
	msg->buf = msg->inline_buf;
	return skb;
}

/**
 * dbus_msg_next_size() - what dbus_msg_grow() is going to make of @msg->size
 * @msg: the message
 * @want: octets of the whole message
 */
u32 dbus_msg_next_size(const struct dbus_msg *msg, u32 want)
{
	return min_t(u64, (u64)msg->size * GROW_BY, want);
}

/**
 * dbus_msg_grow() - make more room for a message that is being received
 * @msg: the message, not shared yet
 * @have: octets of it received so far, kept
 * @want: octets of the whole message
 * @gfp: how to allocate
 * Return: 0, or -ENOMEM with the message unchanged
 */
int dbus_msg_grow(struct dbus_msg *msg, u32 have, u32 want, gfp_t gfp)
{
	u32 size = dbus_msg_next_size(msg, want);
	u8 *buf;

	buf = new_buf(msg->room + size, gfp);
	if (!buf)
		return -ENOMEM;
	memcpy(buf + msg->room, dbus_msg_data(msg), have);
	kvfree(msg->buf);	/* only buffers of their own grow */
	msg->buf = buf;
	msg->size = size;
	return 0;
}

/**
 * dbus_msg_copy() - copy a message's octets, not its descriptors
 * @msg: a valid message
 * @gfp: how to allocate
 * Return: the copy with one reference, owned by the caller; or NULL
 */
struct dbus_msg *dbus_msg_copy(const struct dbus_msg *msg, gfp_t gfp)
{
	u32 len = msg->wire.len;
	struct dbus_msg *copy = dbus_msg_new(len, gfp);

	while (copy && copy->size < len) {
		if (dbus_msg_grow(copy, 0, len, gfp)) {
			dbus_msg_put(copy);
			return NULL;
		}
	}
	if (!copy)
		return NULL;
	memcpy(dbus_msg_data(copy), msg->wire.data, len);
	if (wire_parse(&copy->wire, dbus_msg_data(copy), len)) {
		dbus_msg_put(copy);
		return NULL;
	}
	return copy;
}

/**
 * dbus_files_free() - let go of descriptors that nobody will receive
 * @files: may be NULL
 */
void dbus_files_free(struct dbus_files *files)
{
	unsigned int i;

	if (!files)
		return;
	for (i = 0; i < files->n; i++)
		fput(files->file[i]);
	kfree(files);
}

static void empty(struct dbus_msg *msg)
{
	dbus_files_free(msg->files);
	if (msg->skb)
		consume_skb(msg->skb);
	else if (msg->buf != msg->inline_buf)
		kvfree(msg->buf);
}

/**
 * dbus_msg_put() - give up a reference
 * @msg: may be NULL
 *
 * Must not be called under a lock: files may be closed.
 */
void dbus_msg_put(struct dbus_msg *msg)
{
	if (!msg || !refcount_dec_and_test(&msg->ref))
		return;
	empty(msg);
	kmem_cache_free(msg->cache, msg);
}

/**
 * dbus_msg_reuse() - make an empty message of one that is not needed any more
 * @msg: made by dbus_msg_new() or dbus_msg_new_empty(), with a reference
 * Return: true if it is one now, as by dbus_msg_new_empty(); false if it is of
 *	another kind, or somebody else has it: nothing is changed
 *
 * Must not be called under a lock, as dbus_msg_put().
 */
bool dbus_msg_reuse(struct dbus_msg *msg)
{
	if (msg->cache != head_cache || refcount_read(&msg->ref) != 1)
		return false;
	smp_acquire__after_ctrl_dep();
	empty(msg);
	init_msg(msg);
	return true;
}

/**
 * dbus_msg_build() - begin a message of the bus itself
 * @msg: made by dbus_msg_new() with at most INLINE_MAX octets, not shared yet
 * @b: to be used with the functions of wire/build.h
 * @type: message type
 * @serial: its serial
 *
 * Nobody needs to answer the bus: the flag says so, as dbus-daemon's does.
 */
void dbus_msg_build(struct dbus_msg *msg, struct wire_builder *b,
		    enum wire_type type, u32 serial)
{
	wire_build(b, dbus_msg_data(msg), msg->size, type,
		   WIRE_NO_REPLY_EXPECTED, serial);
}

/**
 * dbus_msg_built() - a message of the bus itself is complete
 * @msg: the message
 * @b: the builder
 * Return: 0 with @msg->wire filled in; -ENOSPC if it did not fit, with
 *	@b->len telling the octets needed; -EINVAL if it breaks the rules
 */
int dbus_msg_built(struct dbus_msg *msg, struct wire_builder *b)
{
	if (wire_build_end(b) != WIRE_OK)
		return -ENOSPC;
	if (WARN_ON_ONCE(wire_parse(&msg->wire, dbus_msg_data(msg), b->len)))
		return -EINVAL;
	return 0;
}

/*
 * Having a constructor, an object isn't filled with zeros at each allocation
 * (init_on_alloc, which Debian turns on), which would cost as much as copying
 * the message: dbus_msg_new() sets the head, and no octet behind it is looked at
 * before it is written.
 */
static void construct(void *msg)
{
}

int dbus_msg_init(void)
{
	const unsigned int buf_at = offsetof(struct dbus_msg, inline_buf);
	unsigned int buf_len, i;

	head_cache = kmem_cache_create("dbus_msg", buf_at,
				       __alignof__(struct dbus_msg), 0,
				       construct);
	if (!head_cache)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		buf_len = WIRE_SENDER_ROOM + caches[i].len;
		/* what an observed bus moves is copied from its own memory */
		caches[i].cache =
			kmem_cache_create_usercopy(caches[i].name,
						   buf_at + buf_len,
						   __alignof__(struct dbus_msg),
						   0, buf_at, buf_len,
						   construct);
		if (!caches[i].cache) {
			dbus_msg_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void dbus_msg_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		kmem_cache_destroy(caches[i].cache);
		caches[i].cache = NULL;
	}
	kmem_cache_destroy(head_cache);
	head_cache = NULL;
}
