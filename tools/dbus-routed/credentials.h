/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who a peer is, as the kernel keeps it since the peer was attached. */
#ifndef ROUTED_CREDENTIALS_H
#define ROUTED_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dbus/dbus.h>

/**
 * struct credentials - of a peer
 * @uid: its user
 * @pid: its process, 0 if not visible from here
 * @running: that process is still there, its number its own
 * @unix_fds: the peer takes descriptors
 * @comm: name of that process, may be empty
 * @has_groups: @groups is there, and complete
 * @groups: its groups, sorted, each once; allocated
 * @n_groups: how many
 * @label: its security label, allocated; NULL if it has none
 */
struct credentials {
	uint32_t uid;
	uint32_t pid;
	bool running;
	bool unix_fds;
	char comm[17];
	bool has_groups;
	uint32_t *groups;
	size_t n_groups;
	char *label;
};

void credentials_deinit(struct credentials *c);

/* Sort @c->groups, and leave each there once. */
void credentials_sort_groups(struct credentials *c);

/* Those of this process, without groups, as dbus-daemon shows its own. */
void credentials_own(struct credentials *c);

/*
 * Append the a{sv} that GetConnectionCredentials answers with. @process: a
 * descriptor of the process, the caller's; or -1
 */
bool credentials_append(const struct credentials *c, int process,
			DBusMessage *reply);

#endif /* ROUTED_CREDENTIALS_H */
