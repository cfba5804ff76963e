/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing pcapng: LINKTYPE_DBUS, an interface for each bus, the tap's record
 * header in a custom option. Any reader of LINKTYPE_DBUS understands it.
 */
#ifndef DBUSDUMP_PCAPNG_H
#define DBUSDUMP_PCAPNG_H

#include "out.h"
#include "sight.h"

/**
 * struct pcapng_counts - what the statistics at the end say
 * @received: seen by the tap
 * @dropped: lost for want of room
 * @os_dropped: lost before that, by the router
 */
struct pcapng_counts {
	uint64_t received;
	uint64_t dropped;
	uint64_t os_dropped;
};

struct pcapng;

/**
 * pcapng_create() - begin a file
 * @fd: where to; closed in the end, unless it is the standard output
 * @filter: text of the match rules, for the file; NULL without
 * @snaplen: octets kept of a message; 0: all
 * Return: the writer, to be closed by pcapng_close(); NULL with errno set
 */
struct pcapng *pcapng_create(int fd, const char *filter, uint32_t snaplen);
/* false, with errno set, if the file could not be written to; it then ends with
 * the last packet that fitted, and only pcapng_close() may follow. */
bool pcapng_write(struct pcapng *w, const struct sight *s);
/* What was written is now in the file; false as above. */
bool pcapng_flush(struct pcapng *w);
/* End the file. @counts: NULL if not known */
bool pcapng_close(struct pcapng *w, const struct pcapng_counts *counts);

/* octets that the file has so far, those not yet written out included */
uint64_t pcapng_octets(const struct pcapng *w);

#endif /* DBUSDUMP_PCAPNG_H */
