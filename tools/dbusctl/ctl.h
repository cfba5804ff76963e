/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of dbusctl: what was asked for, and how to show it. */
#ifndef DBUSCTL_CTL_H
#define DBUSCTL_CTL_H

#include <stdbool.h>

#include "tools/dbusctl/genl.h"

/* Exit statuses, as those of ip(8). */
#define CTL_OK		0
#define CTL_USAGE	1	/* the command line is wrong */
#define CTL_FAILED	2	/* the kernel says no */

/**
 * struct ctl - one run
 * @genl: connection to the kernel
 * @json: output is JSON
 * @pretty: ... on many lines
 * @details: show everything
 * @stats: show counters
 * @numeric: show users by number
 * @timestamp: show when an event was seen
 * @follow: observe a bus again when it comes back
 * @pid: process that serves the bus to observe, or 0
 */
struct ctl {
	struct genl genl;
	bool json;
	bool pretty;
	bool details;
	bool stats;
	bool numeric;
	bool timestamp;
	bool follow;
	int pid;
};

/**
 * struct args - words of the command line that are yet to be read
 * @v: they, then NULL
 */
struct args {
	char **v;
};

const char *args_next(struct args *args);
bool args_is(const char *word, const char *full);

int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int ctl_failed(const struct ctl *ctl, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int ctl_dump(struct ctl *ctl, uint8_t command, uint32_t bus,
	     genl_handler *handler, void *data, const char *what);
int ctl_only_shows(const char *noun, const char *verb);

int cmd_bus(struct ctl *ctl, struct args *args);
int cmd_peer(struct ctl *ctl, struct args *args);
int cmd_name(struct ctl *ctl, struct args *args);
int cmd_match(struct ctl *ctl, struct args *args);
int cmd_policy(struct ctl *ctl, struct args *args);
int cmd_service(struct ctl *ctl, struct args *args);
int cmd_listener(struct ctl *ctl, struct args *args);
int cmd_stats(struct ctl *ctl, struct args *args);
int cmd_observe(struct ctl *ctl, struct args *args);
int cmd_unobserve(struct ctl *ctl, struct args *args);
int cmd_user(struct ctl *ctl, struct args *args);
int cmd_monitor(struct ctl *ctl, struct args *args);

#endif
