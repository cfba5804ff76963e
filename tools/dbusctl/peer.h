/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers: the connections to a bus. */
#ifndef DBUSCTL_PEER_H
#define DBUSCTL_PEER_H

#include "tools/dbusctl/ctl.h"

/**
 * struct peer - a connection
 * @bus: number of its bus
 * @id: N of its unique name :1.N
 * @uid: its user
 * @gid: its group
 * @pid: its process; 0 if not visible
 * @unix_fds: it takes file descriptors
 * @driver: it answers for org.freedesktop.DBus what the kernel does not
 * @hello: it has said Hello
 * @monitor: it is a monitor
 * @comm: name of its process, or NULL
 * @label: its security label, or NULL
 * @groups: its supplementary groups
 * @n_groups: how many
 * @n_matches: match rules that it holds
 * @n_names: names that it owns
 * @n_replies: replies that it waits for
 * @rx_messages: received from it
 * @rx_bytes: likewise
 * @tx_messages: sent to it
 * @tx_bytes: likewise
 * @queued_messages: waiting until it reads them
 * @queued_bytes: likewise
 */
struct peer {
	uint32_t bus;
	uint64_t id;
	uint32_t uid;
	uint32_t gid;
	uint32_t pid;
	bool unix_fds;
	bool driver;
	bool hello;
	bool monitor;
	char *comm;
	char *label;
	uint32_t *groups;
	size_t n_groups;
	uint32_t n_matches;
	uint32_t n_names;
	uint32_t n_replies;
	uint64_t rx_messages;
	uint64_t rx_bytes;
	uint64_t tx_messages;
	uint64_t tx_bytes;
	uint64_t queued_messages;
	uint64_t queued_bytes;
};

/**
 * struct peer_list - peers
 * @v: they, by bus and id
 * @n: how many
 */
struct peer_list {
	struct peer *v;
	size_t n;
};

void peer_decode(struct peer *peer, const struct nlattr *const *tb);
void peer_free(struct peer *peer);
int peer_list_read(struct ctl *ctl, struct peer_list *list, uint32_t bus);
void peer_list_free(struct peer_list *list);
const struct peer *peer_find(const struct peer_list *list, uint32_t bus,
			     uint64_t id);

#endif
