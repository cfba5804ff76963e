/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -w: the file, or the series of files, that messages are written to. When one
 * is full (-C) or its time is over (-G), the next is begun.
 */
#ifndef DBUSDUMP_SAVE_H
#define DBUSDUMP_SAVE_H

#include "pcapng.h"

/**
 * struct save_config - where to, how
 * @file: -w: name, or "-"; with @seconds a form for strftime()
 * @size: -C: begin a new file beyond so many octets; 0: don't
 * @seconds: -G: begin a new file every so many; 0: don't
 * @files: -W: so many in turn (-C), or in all (-G); 0: any number
 * @command: -z: run with the name of each file that is complete; or NULL
 * @filter: text of the match rules; NULL without
 * @snaplen: octets kept of a message; 0: all
 * @linktype: of a plain pcap file: LINKTYPE_DBUS or LINKTYPE_USER13
 * @nano: a plain pcap file has nanoseconds
 */
struct save_config {
	const char *file;
	uint64_t size;
	uint64_t seconds;
	unsigned int files;
	const char *command;
	const char *filter;
	uint32_t snaplen;
	uint32_t linktype;
	bool nano;
};

struct save;

enum save_result {
	SAVE_OK,
	SAVE_ENOUGH,	/* -W files are full */
	SAVE_FAILED,	/* reported; what was written before is a valid file */
};

/* Begin; NULL after a message to the standard error. */
struct save *save_open(const struct save_config *config);
enum save_result save_write(struct save *s, const struct sight *sight);
/* What was written is now in the file. */
enum save_result save_flush(struct save *s);
/* End the file; false, after a message, if something is missing in it.
 * @counts: NULL if not known */
bool save_close(struct save *s, const struct pcapng_counts *counts);

#endif /* DBUSDUMP_SAVE_H */
