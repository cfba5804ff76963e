/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration: dbus-daemon's XML. */
#ifndef ROUTED_CONFIG_H
#define ROUTED_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/dbus.h>

#include "tools/dbus-routed/policy.h"
#include "tools/dbus-routed/rule.h"

/**
 * struct connect_rules - a list of rules, the last that fits decides
 */
struct connect_rules {
	struct connect_rule *rules;
	size_t n;
};

/**
 * struct service_dir - a directory of .service files
 * @path: its path
 * @strict: files in it must have the name of their service
 */
struct service_dir {
	char *path;
	bool strict;
};

/**
 * struct config - what the configuration says
 * @type: "session", "system", or whatever else; NULL if it doesn't say
 * @user: whom to become; NULL: nobody else
 * @pidfile: file for the process id, or NULL
 * @listen: addresses to listen on, @n_listen of them
 * @fork: go into the background
 * @keep_umask: ... without setting the umask
 * @syslog: log there, too
 * @service_dirs: directories of services to start, @n_service_dirs of them
 * @service_helper: program that starts services as other users, or NULL
 * @start_timeout: ms that a service may take to start
 * @max_starts: messages that may wait for services at once
 * @auth_external: EXTERNAL is among the <auth>s, or there is none at all
 * @auth_timeout: ms that a handshake may take
 * @max_incomplete: handshakes under way at once
 * @limits: the kernel's, by enum dbus_limit
 * @policy: who may own, send and receive what, sorted
 * @connect_default: who may connect: context="default"
 * @connect_mandatory: likewise: context="mandatory"
 */
struct config {
	char *type;
	char *user;
	char *pidfile;
	char **listen;
	size_t n_listen;
	bool fork;
	bool keep_umask;
	bool syslog;
	struct service_dir *service_dirs;
	size_t n_service_dirs;
	char *service_helper;
	uint32_t start_timeout;
	uint32_t max_starts;
	bool auth_external;
	bool auth_other;
	uint32_t auth_timeout;
	uint32_t max_incomplete;
	uint32_t limits[DBUS_LIMIT_MAX + 1];
	struct policy policy;
	struct connect_rules connect_default;
	struct connect_rules connect_mandatory;
};

/* Read @file and what it includes. False: *why says why, allocated. */
bool config_read(struct config *c, const char *file, char **why);
void config_deinit(struct config *c);

/*
 * May this user connect? Without a rule about it only the user that the daemon
 * runs as may, not even root.
 */
bool config_may_connect(const struct config *c, uid_t uid, const gid_t *groups,
			size_t n_groups);

/*
 * Is this user at the console, as far as the configuration wants to know? As for
 * dbus-daemon, that is to have a session at a seat.
 */
bool config_at_console(const struct config *c, uid_t uid);

#endif /* ROUTED_CONFIG_H */
