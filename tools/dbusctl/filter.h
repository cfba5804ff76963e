/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which entries of the tables to show: the words after "show". */
#ifndef DBUSCTL_FILTER_H
#define DBUSCTL_FILTER_H

#include "tools/dbusctl/bus.h"
#include "tools/dbusctl/ctl.h"

enum filter_key {
	FILTER_BUS = 1 << 0,	/* bus NAME|NUMBER, or dev dbusN */
	FILTER_PEER = 1 << 1,	/* peer :1.N */
	FILTER_NAME = 1 << 2,	/* name NAME */
	FILTER_UID = 1 << 3,	/* user NAME|UID */
	FILTER_PID = 1 << 4,	/* pid PID */
	FILTER_COMM = 1 << 5,	/* comm NAME */
	FILTER_RULE = 1 << 6,	/* rule NUMBER */
	FILTER_SORT = 1 << 7,	/* sort received|sent|queued|matches|calls */
};

enum sort_key {
	SORT_RECEIVED,		/* who floods the bus */
	SORT_SENT,
	SORT_QUEUED,		/* who doesn't read */
	SORT_MATCHES,
	SORT_CALLS,
};

/**
 * struct filter - the entries wanted
 * @keys: enum filter_key: which of the following were given
 * @bus: number of the bus
 * @peer: id of the peer
 * @name: well-known name
 * @uid: user
 * @pid: process
 * @comm: name of the process
 * @rule: number of a rule of policy
 * @sort: what of, the most first
 */
struct filter {
	unsigned int keys;
	uint32_t bus;
	uint64_t peer;
	const char *name;
	uint32_t uid;
	uint32_t pid;
	const char *comm;
	uint32_t rule;
	enum sort_key sort;
};

int filter_parse(struct ctl *ctl, struct filter *filter, struct args *args,
		 unsigned int keys, enum filter_key bare,
		 const struct bus_list *buses);
bool parse_peer_id(const char *text, uint64_t *id);

#endif
