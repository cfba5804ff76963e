/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --redact: what was said to whom, and how much, but not the words. */
#ifndef DBUSDUMP_REDACT_H
#define DBUSDUMP_REDACT_H

#include "record.h"

/*
 * Take the body away, as if the message had been cut behind its header; of what
 * is no valid message, everything. The sizes stay.
 */
static inline void redact(struct record *rec)
{
	uint32_t keep = 0;

	if (rec->what == RECORD_MESSAGE && record_has_header(rec))
		keep = rec->m.body < rec->have ? rec->m.body : rec->have;
	rec->redacted = rec->have - keep;
	rec->have = keep;
	rec->comment.s = NULL;
	if (rec->m.have > keep)
		rec->m.have = keep;
	if (rec->what == RECORD_MESSAGE && rec->status == WIRE_OK &&
	    rec->redacted)
		rec->status = WIRE_E_SHORT;
}

#endif /* DBUSDUMP_REDACT_H */
