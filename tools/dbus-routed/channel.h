/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own connection to the bus: one end of a socket pair, whose other
 * end the kernel has adopted as the driver peer. No handshake, no Hello.
 */
#ifndef ROUTED_CHANNEL_H
#define ROUTED_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dbus/dbus.h>

#include "tools/dbus-routed/loop.h"

struct driver;

/**
 * struct channel - a stream of messages
 * @source: our end
 * @loop: to wait with
 * @driver: answers what comes
 * @in: octets received, @in_len of them in @in_room
 * @in_need: octets of the message that they begin, as far as that is known
 * @out: octets to send, from @out_pos to @out_len, in @out_room
 * @fds: descriptors to send, each with the octet at @at of @out
 * @n_fds: how many
 * @serial: of the last message sent
 * @lost: what ended the stream, a static text; NULL while it lasts
 */
struct channel {
	struct source source;
	int loop;
	struct driver *driver;
	char *in;
	size_t in_len;
	size_t in_need;
	size_t in_room;
	char *out;
	size_t out_pos;
	size_t out_len;
	size_t out_room;
	struct channel_fd {
		size_t at;
		int fd;
	} *fds;
	size_t n_fds;
	uint32_t serial;
	const char *lost;
};

/* Begin on @fd, which is taken over. 0 or a negative error number. */
int channel_init(struct channel *c, int loop, int fd, struct driver *d);
void channel_deinit(struct channel *c);

/* Send a message of the bus. False: no memory. What can't be sent now waits. */
bool channel_send(struct channel *c, DBusMessage *m);

#endif /* ROUTED_CHANNEL_H */
