/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What -v puts below a line: the record's details and all arguments. */
#ifndef DBUSDUMP_BODY_H
#define DBUSDUMP_BODY_H

#include "out.h"
#include "sight.h"

/* @fields: the header fields one by one too */
void body_print(struct out *o, const struct sight *s, bool fields);
/* @ascii: the characters beside the octets; @header: the tap's header first */
void body_hex(struct out *o, const struct record *rec, bool ascii, bool header);
/* lines of 16 octets; @addr: number of the first */
void body_hex_lines(struct out *o, const uint8_t *p, size_t n, size_t indent,
		    bool ascii);

#endif /* DBUSDUMP_BODY_H */
