/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the filter that runs in the kernel. */
#ifndef DBUSDUMP_PROGRAM_H
#define DBUSDUMP_PROGRAM_H

#include <pcap/pcap.h>

#include "filter.h"

/**
 * program_attach() - let the kernel reject what no rule can match
 * @pcap: an active capture, its link type chosen
 * @f: the filter
 * @names: let also pass what tells who owns which name
 * @tap: the device is a tap; false: it may be any
 *
 * A program that can't be attached is no failure: then all is decided here.
 */
void program_attach(pcap_t *pcap, const struct filter *f, bool names, bool tap);

/**
 * program_print() - -d: the program, and what of the rules is not in it
 * @f: the filter
 * @linktype: name of the link type; NULL: USER13
 * @names: as for program_attach()
 * @form: 1: for reading, 2: as a C array, 3: as numbers
 * Return: false, after a message, if there is no such link type
 */
bool program_print(const struct filter *f, const char *linktype, bool names,
		   int form);

#endif /* DBUSDUMP_PROGRAM_H */
