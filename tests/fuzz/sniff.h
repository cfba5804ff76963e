/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dbusdump does with a packet, without its command line: decode it, learn
 * from it, and print it in every form; and what must hold of all that.
 */
#ifndef TESTS_FUZZ_SNIFF_H
#define TESTS_FUZZ_SNIFF_H

#include <stddef.h>
#include <stdint.h>

#include "tools/dbusdump/packet.h"

/* Begin anew, with nothing learnt. */
void sniff_begin(void);
void sniff_packet(const struct packet *p);
/* The octets of a file, of any format; what is read there may be cut or wrong. */
void sniff_file(const uint8_t *data, size_t size);
void sniff_end(void);

#endif /* TESTS_FUZZ_SNIFF_H */
