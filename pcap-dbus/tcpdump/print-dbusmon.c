/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */

/* \summary: D-Bus tap printer */

/*
 * Linux taps of D-Bus buses (hardware type 827) deliver, as DLT_USER13, a
 * record header, type-length-value attributes and then the message. All numbers
 * are little-endian. hdr_len is the offset of the message; there may be more in
 * the header than is known here.
 */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "netdissect-stdinc.h"

#define ND_LONGJMP_FROM_TCHECK
#include "netdissect.h"
#include "extract.h"

struct dbusmon_header {
	nd_uint32_t	magic;
	nd_uint8_t	version;
	nd_uint8_t	kind;
	nd_uint16_t	hdr_len;
	nd_uint64_t	time;		/* of routing, ns since the epoch */
	nd_uint64_t	seq;		/* on its bus, counting from 1 */
	nd_uint32_t	bus;
	nd_uint32_t	flags;
	nd_uint8_t	verdict;
	nd_uint8_t	reason;
	nd_uint16_t	n_fds;
	nd_uint32_t	n_recipients;
	nd_uint64_t	sender;
	nd_uint64_t	receiver;
	nd_uint32_t	length;		/* of the message, captured or not */
	nd_uint32_t	rule;		/* of the policy, that denied it */
	nd_uint32_t	pid;		/* of the sender */
	nd_uint32_t	uid;
	nd_uint32_t	lost;		/* records before this one */
	nd_uint32_t	pad;
	nd_byte		comm[16];	/* of the sender, padded with NUL */
};

struct dbusmon_tlv {
	nd_uint16_t	type;
	nd_uint16_t	len;
};

#define DBUSMON_MAGIC		0xd54d4244U
#define DBUSMON_TLV_BUS_NAME	1
#define DBUSMON_OBSERVED	0x00000001
#define DBUSMON_ID_BUS		UINT64_C(0xfffffffffffffffe)
#define DBUSMON_ID_BUS_1	UINT64_C(0)	/* in version 1 */
#define DBUSMON_ID_NONE		UINT64_C(0xffffffffffffffff)
#define DBUSMON_NO_UID		0xffffffffU

#define DBUSMON_MESSAGE		1
#define DBUSMON_LOSS		5
static const struct tok dbusmon_kind[] = {
	{ DBUSMON_MESSAGE,	"message" },
	{ 2,			"handshake" },
	{ 3,			"peer" },
	{ 4,			"name" },
	{ DBUSMON_LOSS,		"loss" },
	{ 0, NULL }
};

#define DBUSMON_DELIVERED	1
static const struct tok dbusmon_verdict[] = {
	{ DBUSMON_DELIVERED,	"delivered" },
	{ 2,			"queued" },
	{ 3,			"denied" },
	{ 4,			"undelivered" },
	{ 5,			"invalid" },
	{ 0, NULL }
};

static const struct tok dbusmon_reason[] = {
	{ 1,	"no such name" },
	{ 2,	"no taker" },
	{ 3,	"unexpected reply" },
	{ 4,	"policy" },
	{ 5,	"quota" },
	{ 6,	"takes no descriptors" },
	{ 7,	"not registered" },
	{ 8,	"no memory" },
	{ 9,	"malformed" },
	{ 10,	"too long" },
	{ 11,	"wrong descriptors" },
	{ 12,	"receiver gone" },
	{ 13,	"no driver" },
	{ 14,	"unknown message type" },
	{ 0, NULL }
};

/*
 * The name of the bus is an attribute, its number is not.
 */
static void
dbusmon_bus_print(netdissect_options *ndo, const struct dbusmon_header *hdr,
		  u_int hdr_len)
{
	u_int at = sizeof(*hdr), len;
	const struct dbusmon_tlv *tlv;

	while (at + sizeof(*tlv) <= hdr_len) {
		tlv = (const struct dbusmon_tlv *)((const u_char *)hdr + at);
		len = GET_LE_U_2(tlv->len);
		if (len > hdr_len - at - sizeof(*tlv))
			break;
		if (GET_LE_U_2(tlv->type) == DBUSMON_TLV_BUS_NAME && len > 0) {
			ND_PRINT(" ");
			nd_printjnp(ndo, (const u_char *)(tlv + 1), len);
			return;
		}
		at = roundup2(at + sizeof(*tlv) + len, 8);
	}
	ND_PRINT(" bus %u", GET_LE_U_4(hdr->bus));
}

/*
 * What is remarkable.
 */
static void
dbusmon_verdict_print(netdissect_options *ndo, const struct dbusmon_header *hdr)
{
	u_int verdict = GET_U_1(hdr->verdict);
	u_int reason = GET_U_1(hdr->reason);

	if (GET_LE_U_4(hdr->lost) != 0)
		ND_PRINT(" [%u lost]", GET_LE_U_4(hdr->lost));
	if (GET_U_1(hdr->kind) != DBUSMON_MESSAGE ||
	    verdict == DBUSMON_DELIVERED)
		return;
	ND_PRINT(" [%s", tok2str(dbusmon_verdict, "verdict %u", verdict));
	if (reason != 0)
		ND_PRINT(": %s", tok2str(dbusmon_reason, "reason %u", reason));
	if (GET_LE_U_4(hdr->rule) != 0)
		ND_PRINT(", rule %u", GET_LE_U_4(hdr->rule));
	ND_PRINT("]");
}

static void
dbusmon_id_print(netdissect_options *ndo, const char *what,
		 const struct dbusmon_header *hdr, uint64_t id)
{
	if (id == DBUSMON_ID_BUS ||
	    (id == DBUSMON_ID_BUS_1 && GET_U_1(hdr->version) < 2))
		ND_PRINT("%sthe bus", what);
	else if (id != DBUSMON_ID_NONE)
		ND_PRINT("%s:1.%" PRIu64, what, id);
}

/*
 * Everything else that the header has.
 */
static void
dbusmon_header_print(netdissect_options *ndo, const struct dbusmon_header *hdr)
{
	ND_PRINT(" (bus %u%s, seq %" PRIu64, GET_LE_U_4(hdr->bus),
	    GET_LE_U_4(hdr->flags) & DBUSMON_OBSERVED ? " observed" : "",
	    GET_LE_U_8(hdr->seq));
	dbusmon_id_print(ndo, ", from ", hdr, GET_LE_U_8(hdr->sender));
	if (GET_LE_U_4(hdr->pid) != 0)
		ND_PRINT(", pid %u", GET_LE_U_4(hdr->pid));
	if (GET_U_1(hdr->comm) != 0) {
		ND_PRINT(" ");
		nd_printjnp(ndo, hdr->comm, sizeof(hdr->comm));
	}
	if (GET_LE_U_4(hdr->uid) != DBUSMON_NO_UID)
		ND_PRINT(", uid %u", GET_LE_U_4(hdr->uid));
	dbusmon_id_print(ndo, ", to ", hdr, GET_LE_U_8(hdr->receiver));
	ND_PRINT(", recipients %u", GET_LE_U_4(hdr->n_recipients));
	if (GET_LE_U_2(hdr->n_fds) != 0)
		ND_PRINT(", descriptors %u", GET_LE_U_2(hdr->n_fds));
	ND_PRINT(")");
}

/*
 * A record that holds something else, which is text if it's anything.
 */
static void
dbusmon_event_print(netdissect_options *ndo, const struct dbusmon_header *hdr,
		    const u_char *p, u_int length)
{
	u_int n = ND_BYTES_AVAILABLE_AFTER(p);

	ND_PRINT(" %s", tok2str(dbusmon_kind, "kind %u", GET_U_1(hdr->kind)));
	dbusmon_id_print(ndo, " ", hdr, GET_LE_U_8(hdr->sender));
	if (length > 0)
		ND_PRINT(": ");
	n = ND_MIN(n, length);
	for (; n > 0; n--, p++, length--)
		fn_print_char(ndo, GET_U_1(p));
	if (length > 0)
		nd_print_trunc(ndo);
}

static int
dbusmon_print(netdissect_options *ndo, const struct pcap_pkthdr *h,
	      const u_char *p)
{
	const struct dbusmon_header *hdr = (const struct dbusmon_header *)p;
	u_int hdr_len, length;

	ND_PRINT("DBus");
	ndo->ndo_ll_hdr_len = h->caplen;	/* if it's cut there */
	hdr_len = GET_LE_U_2(hdr->hdr_len);
	length = GET_LE_U_4(hdr->length);
	if (hdr_len < sizeof(*hdr) || hdr_len > h->len)
		return -1;
	ND_TCHECK_LEN(p, hdr_len);
	ndo->ndo_ll_hdr_len = hdr_len;
	p += hdr_len;

	dbusmon_bus_print(ndo, hdr, hdr_len);
	dbusmon_verdict_print(ndo, hdr);
	if (ndo->ndo_eflag || ndo->ndo_vflag)
		dbusmon_header_print(ndo, hdr);
	if (GET_U_1(hdr->kind) == DBUSMON_MESSAGE)
		dbus_print(ndo, p, length);
	else
		dbusmon_event_print(ndo, hdr, p, length);
	return 0;
}

/*
 * DLT_USER13 is for private use: there are other packets of that type.
 */
void
dbusmon_if_print(netdissect_options *ndo, const struct pcap_pkthdr *h,
		 const u_char *p)
{
	const struct dbusmon_header *hdr = (const struct dbusmon_header *)p;

	if (h->caplen < sizeof(hdr->magic) ||
	    GET_LE_U_4(hdr->magic) != DBUSMON_MAGIC) {
		unsupported_if_print(ndo, h, p);
		return;
	}
	ndo->ndo_protocol = "dbusmon";
	if (dbusmon_print(ndo, h, p) < 0)
		nd_print_invalid(ndo);
}
