/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is who on one bus, learnt from what passes: which connection owns which
 * well-known names, and which process is behind it.
 */
#ifndef DBUSDUMP_NAMES_H
#define DBUSDUMP_NAMES_H

#include "calls.h"
#include "record.h"
#include "table.h"

#define DRIVER_NAME "org.freedesktop.DBus"

struct peer;

/* a well-known name and its owner */
struct name {
	struct table_entry entry;
	struct name *next;	/* of the same owner, in the order learnt */
	struct peer *owner;
	uint8_t len;
	char text[];
};

/**
 * struct peer - a connection
 * @entry: in struct names, by unique name
 * @names: well-known names that it owns, as far as seen
 * @pid: its process; 0 if not known
 * @uid: its user; ~0 if not known
 * @comm: name of its process, NUL-terminated; "" if not known
 * @len: octets of @id
 * @id: unique name
 */
struct peer {
	struct table_entry entry;
	struct name *names;
	uint32_t pid;
	uint32_t uid;
	char comm[DBUSMON_COMM_LEN + 1];
	uint8_t len;
	char id[];
};

struct names {
	struct table peers;
	struct table names;
	uint64_t changed;	/* when the bus last told of a change; ns */
	uint32_t hand;		/* slot of the peer to be forgotten next */
};

/* Learn what a message and its record header tell. @call: see calls_take() */
void names_learn(struct names *n, const struct record *rec,
		 const struct call *call);
/* What the kernel's tables say: see kernel.h */
void names_add_peer(struct names *n, struct wire_str id, uint32_t pid,
		    uint32_t uid, const char *comm);
void names_add_owner(struct names *n, struct wire_str name, struct wire_str id);
/* The connection with this unique name; NULL if nothing is known of it. */
const struct peer *names_peer(const struct names *n, struct wire_str unique);
/* The owner of a well-known name; NULL if not known. */
const struct peer *names_owner(const struct names *n, struct wire_str name);
/* Is it the same connection, by whichever of its names? wire_owns_fn. */
bool names_owns(void *names, struct wire_str who, struct wire_str name);
void names_free(struct names *n);

static inline bool is_unique(struct wire_str s)
{
	return s.len && s.s[0] == ':';
}

#endif /* DBUSDUMP_NAMES_H */
