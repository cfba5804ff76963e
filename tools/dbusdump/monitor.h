/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching a bus without a tap: a connection that becomes a monitor. It sees
 * what the bus hands on to it, neither verdicts nor what was lost.
 */
#ifndef DBUSDUMP_MONITOR_H
#define DBUSDUMP_MONITOR_H

#include "bus.h"
#include "live.h"

struct monitor;

/* Does -i name a bus ("system", "session", an address), not a device? */
bool monitor_is_bus(const char *device);

/**
 * monitor_open() - become a monitor of a bus
 * @config: what to watch
 * @buses: learns who is there already; NULL: don't ask
 * Return: the monitor; NULL after a message to the standard error
 */
struct monitor *monitor_open(const struct live_config *config,
			     struct buses *buses);
void monitor_close(struct monitor *m);
/* As live_read(), live_break(), live_stats() and live_announce(). */
int monitor_read(struct monitor *m, live_packet_fn *fn, void *ctx);
void monitor_break(struct monitor *m);
void monitor_stats(const struct monitor *m, struct live_stats *stats);
void monitor_announce(const struct monitor *m);

#endif /* DBUSDUMP_MONITOR_H */
