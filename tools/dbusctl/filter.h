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
};

int filter_parse(struct ctl *ctl, struct filter *filter, struct args *args,
		 unsigned int keys, enum filter_key bare,
		 const struct bus_list *buses);
bool parse_peer_id(const char *text, uint64_t *id);

#endif
