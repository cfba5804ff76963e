/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record with what was known of its bus when it came by. */
#ifndef DBUSDUMP_SIGHT_H
#define DBUSDUMP_SIGHT_H

#include "bus.h"
#include "calls.h"
#include "record.h"

/**
 * struct sight - one record, seen
 * @rec: the record
 * @bus: its bus
 * @call: the call that it replies to; NULL if it is no reply, or the call was
 *	not seen
 * @made: the call that it is, if a reply may come; the output may set its .mark
 * @missing: records that are missing before this one, since the last one shown
 *	of its bus
 * @number: of the record among those that passed the filter, from 1
 */
struct sight {
	const struct record *rec;
	const struct bus *bus;
	const struct call *call;
	struct call *made;
	uint64_t missing;
	uint64_t number;
};

#endif /* DBUSDUMP_SIGHT_H */
