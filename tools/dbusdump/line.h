/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as text: one line, and what -v, -x and -X put below it. */
#ifndef DBUSDUMP_LINE_H
#define DBUSDUMP_LINE_H

#include "sight.h"
#include "stamp.h"

enum line_hex {
	LINE_HEX_NONE,
	LINE_HEX,		/* -x */
	LINE_HEX_ASCII,		/* -X */
};

/**
 * struct line_style - how to write
 * @stamp: the time
 * @numeric: names as in the message only
 * @quiet: neither path nor arguments
 * @verbose: 1: everything that is known, all arguments; 2: the header fields too
 * @number: begin with the record's number
 * @hex: the message's octets below
 * @hex_header: and those of the record header
 */
struct line_style {
	struct stamp stamp;
	bool numeric;
	bool quiet;
	unsigned int verbose;
	bool number;
	enum line_hex hex;
	bool hex_header;
};

void line_print(struct out *o, struct line_style *style,
		const struct sight *s);

/* the name of a connection as a user would call it: @who is SENDER or
 * DESTINATION; @both: with its unique name */
void line_peer(struct out *o, const struct bus *bus, struct wire_str who,
	       bool numeric, bool both);

/* What is known of a connection beside its unique name: "org.foo org.bar
 * [gimp 4711]"; nothing if nothing is. */
void line_who(struct out *o, const struct bus *bus, struct wire_str unique);

/* What a connection is counted by: its bus and unique name. Well-known names come
 * and go, and each bus has a :1.5. @who: becomes the unique name, if known. */
void line_peer_key(struct out *o, const struct bus *bus, struct wire_str *who);

/* A call that nobody answered: as one line, with how long it waited until @now. */
void line_waiting(struct out *o, struct line_style *style,
		  const struct bus *bus, const struct call *call, uint64_t now);

/* "call", "reply", "error", "signal"; NULL for another type */
const char *line_kind(uint8_t type);

/* The arguments, in the short form of their message. */
void line_args(struct out *o, const struct record *rec, size_t width);

#endif /* DBUSDUMP_LINE_H */
