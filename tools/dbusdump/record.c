// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <endian.h>

#define SLL_LEN		16
#define SLL2_LEN	20

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void tlv_walk(struct tap_header *t, const uint8_t *p, const uint8_t *end)
{
	while (end - p >= (ptrdiff_t)sizeof(struct dbusmon_tlv)) {
		uint16_t type = (uint16_t)(p[0] | p[1] << 8);
		uint16_t len = (uint16_t)(p[2] | p[3] << 8);
		size_t whole = (sizeof(struct dbusmon_tlv) + len + 7u) & ~7u;

		if (len > (size_t)(end - p) - sizeof(struct dbusmon_tlv))
			return;
		if (type == DBUSMON_TLV_BUS_NAME && len) {
			t->bus_name.s = (const char *)p + sizeof(struct dbusmon_tlv);
			t->bus_name.len = len;
		}
		if (whole > (size_t)(end - p))
			return;
		p += whole;
	}
}

/* false if no tap's record begins here, or it ends inside its header */
static bool tap_decode(struct tap_header *t, const uint8_t *p, size_t n)
{
	struct dbusmon_hdr h;

	if (n < sizeof(h))
		return false;
	memcpy(&h, p, sizeof(h));
	memset(t, 0, sizeof(*t));
	t->hdr_len = le16toh(h.hdr_len);
	if (le32toh(h.magic) != DBUSMON_MAGIC || t->hdr_len < sizeof(h) ||
	    t->hdr_len > n)
		return false;
	t->kind = h.kind;
	t->verdict = h.verdict;
	t->reason = h.reason;
	t->n_fds = le16toh(h.n_fds);
	t->time = le64toh(h.time);
	t->seq = le64toh(h.seq);
	t->sender = le64toh(h.sender);
	t->receiver = le64toh(h.receiver);
	t->bus = le32toh(h.bus);
	t->flags = le32toh(h.flags);
	t->n_recipients = le32toh(h.n_recipients);
	t->length = le32toh(h.length);
	t->rule = le32toh(h.rule);
	t->pid = le32toh(h.pid);
	t->uid = le32toh(h.uid);
	t->lost = le32toh(h.lost);
	t->comm.s = (const char *)p + offsetof(struct dbusmon_hdr, comm);
	t->comm.len = (uint32_t)strnlen(t->comm.s, DBUSMON_COMM_LEN);
	tlv_walk(t, p + sizeof(h), p + t->hdr_len);
	return true;
}

static void message_decode(struct record *rec)
{
	rec->what = RECORD_MESSAGE;
	rec->status = wire_parse(&rec->m, rec->data, rec->have);
	/* what follows a message in its packet is not part of it */
	if (rec->length == rec->have && rec->m.len > rec->length)
		rec->length = rec->m.len;
}

/* a message and nothing else */
static void bare_decode(struct record *rec, const struct packet *p)
{
	rec->data = p->data;
	rec->have = p->caplen;
	rec->length = p->len;
	message_decode(rec);
}

/* a record of the tap, its header before the message */
static void tap_record_decode(struct record *rec, const struct packet *p)
{
	if (!tap_decode(&rec->tap, p->data, p->caplen))
		return;
	rec->has_tap = true;
	rec->tap_data = p->data;
	if (rec->tap.time)
		rec->time = rec->tap.time;
	if (rec->tap.bus_name.s)
		rec->bus_name = rec->tap.bus_name;
	rec->data = p->data + rec->tap.hdr_len;
	rec->have = p->caplen - rec->tap.hdr_len;
	rec->length = rec->tap.length;
	if (rec->length < rec->have)
		rec->length = rec->have;
	if (rec->tap.kind == DBUSMON_KIND_MESSAGE)
		message_decode(rec);
	else
		rec->what = RECORD_EVENT;
}

/* the message stands in the packet, the header in our custom option */
static void meta_record_decode(struct record *rec, const struct packet *p)
{
	bare_decode(rec, p);
	if (!tap_decode(&rec->tap, p->meta, p->meta_len))
		return;
	rec->has_tap = true;
	rec->tap_data = p->meta;
	if (rec->tap.time)
		rec->time = rec->tap.time;
	if (rec->tap.bus_name.s)
		rec->bus_name = rec->tap.bus_name;
	if (rec->tap.length > rec->length)
		rec->length = rec->tap.length;
	if (rec->tap.kind == DBUSMON_KIND_MESSAGE)
		return;
	/* an event's text follows its header, to stay out of the packet */
	rec->what = RECORD_EVENT;
	rec->data = p->meta + rec->tap.hdr_len;
	rec->have = p->meta_len - rec->tap.hdr_len;
}

/* Cooked sockets get no link-layer header: the tap's header is gone, the
 * EtherType alone tells whether the message is valid. */
static void cooked_decode(struct record *rec, const struct packet *p,
			  size_t skip, uint16_t hatype, uint16_t protocol)
{
	struct packet inner = *p;

	if (hatype != DBUSMON_ARPHRD || (protocol != DBUSMON_ETH_P_MESSAGE &&
					 protocol != DBUSMON_ETH_P_EVENT))
		return;
	inner.data += skip;
	inner.caplen -= (uint32_t)skip;
	inner.len -= (uint32_t)skip;
	tap_record_decode(rec, &inner);	/* a tap that leaves it there */
	if (rec->has_tap)
		return;
	bare_decode(rec, &inner);
	if (protocol == DBUSMON_ETH_P_MESSAGE || record_has_header(rec))
		return;
	/* an invalid message or no message at all: nothing tells which */
	rec->what = RECORD_EVENT;
	memset(&rec->tap, 0, sizeof(rec->tap));
	rec->tap.sender = DBUSMON_ID_NONE;
	rec->tap.receiver = DBUSMON_ID_NONE;
}

void record_decode(struct record *rec, const struct packet *p)
{
	memset(rec, 0, offsetof(struct record, tap));
	rec->what = RECORD_FOREIGN;
	rec->time = p->time;
	rec->bus_name = p->iface_name;
	rec->iface = p->iface;
	rec->comment = p->comment;
	rec->status = WIRE_OK;
	rec->have = 0;
	rec->length = 0;
	switch (p->linktype) {
	case LINKTYPE_DBUS:
		if (p->meta)
			meta_record_decode(rec, p);
		else
			bare_decode(rec, p);
		break;
	case LINKTYPE_NULL:
		if (p->caplen && (p->data[0] == 'l' || p->data[0] == 'B'))
			bare_decode(rec, p);
		break;
	case LINKTYPE_USER13:
		tap_record_decode(rec, p);
		break;
	case LINKTYPE_LINUX_SLL:
		if (p->caplen >= SLL_LEN)
			cooked_decode(rec, p, SLL_LEN, be16(p->data + 2),
				      be16(p->data + 14));
		break;
	case LINKTYPE_LINUX_SLL2:
		if (p->caplen < SLL2_LEN)
			break;
		rec->iface = (uint32_t)be16(p->data + 4) << 16 |
			     be16(p->data + 6);
		cooked_decode(rec, p, SLL2_LEN, be16(p->data + 8),
			      be16(p->data));
		break;
	}
}

#define NAME_OF(table, i) \
	((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : NULL)

const char *record_type_name(uint8_t type)
{
	static const char *const name[] = {
		[WIRE_METHOD_CALL] = "method_call",
		[WIRE_METHOD_RETURN] = "method_return",
		[WIRE_ERROR] = "error",
		[WIRE_SIGNAL] = "signal",
	};

	return NAME_OF(name, type);
}

const char *record_verdict_name(uint8_t verdict)
{
	static const char *const name[] = {
		[DBUSMON_DELIVERED] = "delivered",
		[DBUSMON_QUEUED] = "queued",
		[DBUSMON_DENIED] = "denied",
		[DBUSMON_UNDELIVERED] = "undelivered",
		[DBUSMON_INVALID] = "invalid",
	};

	return NAME_OF(name, verdict);
}

static const struct {
	const char *name;
	const char *text;
} reasons[] = {
	[DBUSMON_REASON_NONE] = { "none", "no reason given" },
	[DBUSMON_REASON_NO_SUCH_NAME] = { "no-such-name",
					  "nobody owns that name" },
	[DBUSMON_REASON_NO_TAKER] = { "no-taker", "no match rule takes it" },
	[DBUSMON_REASON_UNEXPECTED_REPLY] = { "unexpected-reply",
					      "no call waits for this reply" },
	[DBUSMON_REASON_POLICY] = { "policy", "the policy forbids it" },
	[DBUSMON_REASON_QUOTA] = { "quota", "over the quota of its user" },
	[DBUSMON_REASON_NO_FDS] = { "no-fds",
				    "the addressee takes no descriptors" },
	[DBUSMON_REASON_NOT_REGISTERED] = { "not-registered",
					    "sent before Hello" },
	[DBUSMON_REASON_NO_MEMORY] = { "no-memory", "out of memory" },
	[DBUSMON_REASON_MALFORMED] = { "malformed", "not a valid message" },
	[DBUSMON_REASON_TOO_LONG] = { "too-long", "over a limit of the bus" },
	[DBUSMON_REASON_FDS] = { "fds", "descriptors do not fit UNIX_FDS" },
	[DBUSMON_REASON_GONE] = { "gone", "the addressee went meanwhile" },
	[DBUSMON_REASON_NO_DRIVER] = { "no-driver",
				       "waits for the bus's daemon" },
	[DBUSMON_REASON_BAD_TYPE] = { "bad-type",
				      "message type is not relayed" },
};

const char *record_reason_name(uint8_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ?
		       reasons[reason].name : NULL;
}

const char *record_reason_text(uint8_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ?
		       reasons[reason].text : NULL;
}

const char *record_kind_name(uint8_t kind)
{
	static const char *const name[] = {
		[0] = "event",
		[DBUSMON_KIND_MESSAGE] = "message",
		[DBUSMON_KIND_HANDSHAKE] = "handshake",
		[DBUSMON_KIND_PEER] = "peer",
		[DBUSMON_KIND_NAME] = "name",
		[DBUSMON_KIND_LOSS] = "loss",
	};

	return NAME_OF(name, kind);
}
