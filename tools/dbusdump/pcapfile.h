/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing plain pcap: what every reader of captures knows. */
#ifndef DBUSDUMP_PCAPFILE_H
#define DBUSDUMP_PCAPFILE_H

#include "out.h"
#include "record.h"

struct pcapfile;

/**
 * pcapfile_create() - begin a file
 * @fd: where to; closed in the end, unless it is the standard output
 * @linktype: LINKTYPE_DBUS: bare messages, what is not one is left out;
 *	LINKTYPE_USER13: records as the tap made them, what is none is left out
 * @nano: times in nanoseconds, not microseconds
 * @snaplen: octets kept of a message; 0: all
 * Return: the writer, to be closed by pcapfile_close(); NULL with errno set
 */
struct pcapfile *pcapfile_create(int fd, uint32_t linktype, bool nano,
				 uint32_t snaplen);
/* false with errno set: see pcapng_write() */
bool pcapfile_write(struct pcapfile *w, const struct record *rec);
bool pcapfile_flush(struct pcapfile *w);
bool pcapfile_close(struct pcapfile *w);
/* octets that the file has so far, those not yet written out included */
uint64_t pcapfile_octets(const struct pcapfile *w);

/* records that its link type can't hold, see pcapfile_create() */
uint64_t pcapfile_left_out(const struct pcapfile *w);

#endif /* DBUSDUMP_PCAPFILE_H */
