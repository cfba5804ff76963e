/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet as a file or a device gave it, not yet looked at. */
#ifndef DBUSDUMP_PACKET_H
#define DBUSDUMP_PACKET_H

#include "wire/message.h"

/* numbers of link types in files */
#define LINKTYPE_NULL		0
#define LINKTYPE_LINUX_SLL	113
#define LINKTYPE_USER13		160
#define LINKTYPE_DBUS		231
#define LINKTYPE_LINUX_SLL2	276

/* octets of a cooked socket's headers */
#define SLL_LEN			16
#define SLL2_LEN		20

/* our custom option in pcapng files: the tap's record header */
#define PCAPNG_OPT_CUSTOM	2989
#define PCAPNG_PEN		32473

/* No record of any form is larger: a message, its header, its link header. */
#define PACKET_MAX		(WIRE_MESSAGE_MAX + (64u << 10))

/**
 * struct packet - what was captured
 * @time: ns since the epoch
 * @data: the octets; not aligned
 * @caplen: how many there are
 * @len: how many there were
 * @linktype: LINKTYPE_*
 * @iface: number of the interface, counted through all sections of a file
 * @iface_name: its name; .s NULL if not known
 * @meta: content of our custom option; NULL if there is none
 * @meta_len: octets of it
 * @comment: the file's remark on this packet; .s NULL if there is none
 * @filtered: it passed a filter before it came here: others may not have
 */
struct packet {
	uint64_t time;
	const uint8_t *data;
	uint32_t caplen;
	uint32_t len;
	uint32_t linktype;
	uint32_t iface;
	struct wire_str iface_name;
	const uint8_t *meta;
	uint32_t meta_len;
	struct wire_str comment;
	bool filtered;
};

/* Does this link type hold, or may it hold, D-Bus messages? */
static inline bool packet_linktype_ok(uint32_t linktype)
{
	return linktype == LINKTYPE_DBUS || linktype == LINKTYPE_USER13 ||
	       linktype == LINKTYPE_LINUX_SLL ||
	       linktype == LINKTYPE_LINUX_SLL2 || linktype == LINKTYPE_NULL;
}

#endif /* DBUSDUMP_PACKET_H */
