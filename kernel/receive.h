/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_RECEIVE_H
#define _DBUS_RECEIVE_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "wire/message.h"

struct dbus_files;
struct dbus_msg;
struct dbus_peer;

/**
 * struct dbus_rx - what is being received from a peer
 * @pending: times that there was something to receive since somebody began to;
 *	whoever takes it from 0 to 1 receives, and the others leave
 * @work: receives when that is not the sender's to do
 * @head: first octets of a message until its length is known
 * @head_len: how many
 * @msg: the message whose octets are coming in, or NULL
 * @got: octets of it received
 * @spare: for the next message that is taken as a buffer, or NULL
 * @files: descriptors that came with it so far
 * @messages: messages received
 * @bytes: octets received
 * @late: disconnects a peer whose descriptors wait for too long
 */
struct dbus_rx {
	atomic_t pending;
	struct delayed_work work;
	u8 head[WIRE_FIXED_LEN];
	u32 head_len;
	struct dbus_msg *msg;
	u32 got;
	struct dbus_msg *spare;
	struct dbus_files *files;
	u64 messages;
	u64 bytes;
	struct delayed_work late;
};

void dbus_receive_start(struct dbus_peer *peer);
void dbus_receive_begin(struct dbus_peer *peer);
void dbus_receive(struct dbus_peer *peer);
void dbus_receive_later(struct dbus_peer *peer);
void dbus_receive_stop(struct dbus_peer *peer);
void dbus_receive_free(struct dbus_peer *peer);

#endif /* _DBUS_RECEIVE_H */
