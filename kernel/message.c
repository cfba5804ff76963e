// SPDX-License-Identifier: GPL-2.0
/*
 * A message in the kernel: its octets, what the parser found in them, and the
 * file descriptors that came with it.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

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

	msg = kmalloc(sizeof(*msg) + (is_inline ? WIRE_SENDER_ROOM + len : 0),
		      gfp);
	if (!msg)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	refcount_set(&msg->ref, 1);
	INIT_LIST_HEAD(&msg->verdict.node);
	msg->room = WIRE_SENDER_ROOM;
	msg->wire.len = len;
	if (is_inline) {
		msg->size = len;
		msg->buf = msg->inline_buf;
		return msg;
	}
	msg->size = min_t(u32, len, GROW_FIRST);
	msg->buf = kvmalloc(msg->room + msg->size, gfp);
	if (!msg->buf) {
		kfree(msg);
		return NULL;
	}
	return msg;
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
	u32 size = min_t(u64, (u64)msg->size * GROW_BY, want);
	u8 *buf;

	buf = kvmalloc(msg->room + size, gfp);
	if (!buf)
		return -ENOMEM;
	memcpy(buf + msg->room, dbus_msg_data(msg), have);
	kvfree(msg->buf);	/* only buffers of their own grow */
	msg->buf = buf;
	msg->size = size;
	return 0;
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
	dbus_files_free(msg->files);
	if (msg->buf != msg->inline_buf)
		kvfree(msg->buf);
	kfree(msg);
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
