/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capturing from a tap device, by libpcap, or watching a bus: see monitor.h. */
#ifndef DBUSDUMP_LIVE_H
#define DBUSDUMP_LIVE_H

#include "packet.h"

struct buses;
struct filter;

#define LIVE_DEVICE	"dbus0"		/* the tap of all buses */
#define LIVE_SNAPLEN	262144		/* most that a record header's link
					 * type can hold */

/**
 * struct live_config - what to capture, how
 * @device: its name; or "system", "session", or the address of a bus
 * @linktype: "DBUS", "USER13", ...; NULL: the one that tells most
 * @snaplen: octets of a record; 0: LIVE_SNAPLEN
 * @buffer: of the device, KiB; 0: libpcap's choice
 * @immediate: deliver packets at once
 * @filter: what no rule of it can match need not be delivered; NULL: deliver all
 * @names: but deliver what tells who owns which name
 */
struct live_config {
	const char *device;
	const char *linktype;
	uint32_t snaplen;
	uint32_t buffer;
	bool immediate;
	const struct filter *filter;
	bool names;
};

struct live;

/* what a capture is told of each packet; false: that was enough */
typedef bool live_packet_fn(void *ctx, const struct packet *p);

/**
 * struct live_stats - the counts, as tcpdump reports them
 * @received: by the filter
 * @dropped: by the kernel, for want of room
 * @interface_dropped: by the device
 */
struct live_stats {
	uint64_t received;
	uint64_t dropped;
	uint64_t interface_dropped;
};

/**
 * live_open() - begin to capture
 * @config: what
 * @buses: learns who is there already; NULL: don't ask
 * Return: the capture; NULL after a message to the standard error, which says
 *	what to do
 */
struct live *live_open(const struct live_config *config, struct buses *buses);
void live_close(struct live *l);
/* Is it a connection of a bus, and no tap? */
bool live_is_monitor(const struct live *l);

/**
 * live_read() - wait for packets, and deliver those that are there
 * @l: the capture
 * @fn: called for each
 * @ctx: for @fn
 * Return: 1: go on; 0: it was broken off; -1: error, reported
 *
 * Returns after a tenth of a second even without a packet.
 */
int live_read(struct live *l, live_packet_fn *fn, void *ctx);
/* Do packets say of which bus they are? */
bool live_tells_bus(const struct live *l);
/* From a signal handler: let live_read() return. */
void live_break(struct live *l);
bool live_stats(struct live *l, struct live_stats *stats);
/* Write what is captured to the standard error, as tcpdump does. */
void live_announce(const struct live *l);

/* -D: list the taps; false, after a message, if that failed or there is none */
bool live_list(void);
/* -L: list the link types of a device */
bool live_list_linktypes(const struct live_config *config);

#endif /* DBUSDUMP_LIVE_H */
