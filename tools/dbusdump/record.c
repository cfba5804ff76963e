// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <endian.h>

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

enum tap_found {
	TAP_NONE,	/* no tap's record begins here */
	TAP_TORN,	/* it ends inside its header */
	TAP_WHOLE,
};

static uint64_t peer_id(const struct dbusmon_hdr *h, uint64_t id)
{
	return h->version < 2 && id == DBUSMON_ID_BUS_1 ? DBUSMON_ID_BUS : id;
}

static void tap_fields(struct tap_header *t, const struct dbusmon_hdr *h)
{
	memset(t, 0, sizeof(*t));
	t->hdr_len = le16toh(h->hdr_len);
	t->kind = h->kind;
	t->verdict = h->verdict;
	t->reason = h->reason;
	t->n_fds = le16toh(h->n_fds);
	t->time = le64toh(h->time);
	t->seq = le64toh(h->seq);
	t->sender = peer_id(h, le64toh(h->sender));
	t->receiver = peer_id(h, le64toh(h->receiver));
	t->bus = le32toh(h->bus);
	t->flags = le32toh(h->flags);
	t->n_recipients = le32toh(h->n_recipients);
	t->length = le32toh(h->length);
	t->rule = le32toh(h->rule);
	t->pid = le32toh(h->pid);
	t->uid = le32toh(h->uid);
	t->lost = le32toh(h->lost);
}

static enum tap_found tap_decode(struct tap_header *t, const uint8_t *p,
				 size_t n)
{
	static const uint8_t magic[4] = { 'D', 'B', 'M', 0xd5 };
	struct dbusmon_hdr h = { 0 };

	/* of no octets there need not be a place */
	if (n && memcmp(p, magic, n < sizeof(magic) ? n : sizeof(magic)))
		return TAP_NONE;
	if (n)
		memcpy(&h, p, n < sizeof(h) ? n : sizeof(h));
	tap_fields(t, &h);
	if (n < sizeof(h))
		return TAP_TORN;
	if (t->hdr_len < sizeof(h))
		return TAP_NONE;
	t->comm.s = (const char *)p + offsetof(struct dbusmon_hdr, comm);
	t->comm.len = (uint32_t)strnlen(t->comm.s, DBUSMON_COMM_LEN);
	if (t->hdr_len > n)
		return TAP_TORN;
	tlv_walk(t, p + sizeof(h), p + t->hdr_len);
	return TAP_WHOLE;
}

/* What is left of a record whose header is not all there. */
static void torn_decode(struct record *rec, const uint8_t *p, uint32_t n,
			uint32_t len)
{
	uint32_t whole = rec->tap.hdr_len > sizeof(struct dbusmon_hdr) ?
				 rec->tap.hdr_len : sizeof(struct dbusmon_hdr);

	rec->what = RECORD_TORN;
	rec->tap_data = p;
	rec->tap.hdr_len = (uint16_t)n;
	rec->have = 0;
	rec->data = p;
	rec->length = len > whole ? len : whole;
	rec->has_tap = n >= offsetof(struct dbusmon_hdr, flags);
	if (rec->has_tap && rec->tap.time)
		rec->time = rec->tap.time;
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
	enum tap_found found = tap_decode(&rec->tap, p->data, p->caplen);

	if (!p->len)	/* nothing was there, so nothing was cut */
		return;
	if (found == TAP_TORN)
		torn_decode(rec, p->data, p->caplen, p->len);
	if (found != TAP_WHOLE)
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
	enum tap_found found = tap_decode(&rec->tap, p->meta, p->meta_len);

	if (found == TAP_TORN) {
		torn_decode(rec, p->meta, p->meta_len, p->meta_len);
		return;
	}
	bare_decode(rec, p);
	if (found == TAP_NONE)
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
	if (inner.caplen)	/* a tap that leaves it there */
		tap_record_decode(rec, &inner);
	if (rec->what != RECORD_FOREIGN)
		return;
	bare_decode(rec, &inner);
	if (protocol == DBUSMON_ETH_P_MESSAGE || record_has_header(rec))
		return;
	/* an invalid message or no message at all: nothing tells which */
	rec->what = RECORD_EVENT;
	rec->cooked.s = (const char *)p->data;
	rec->cooked.len = (uint32_t)skip;
	rec->linktype = p->linktype;
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
	rec->filtered = p->filtered;
	rec->redacted = 0;
	rec->cooked.s = NULL;
	rec->cooked.len = 0;
	rec->rule_where = NULL;
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

/* The words are those that Wireshark shows with our dissector. */
static const struct {
	const char *name;
	const char *text;
} reasons[] = {
	[DBUSMON_REASON_NONE] = { "none", "no reason given" },
	[DBUSMON_REASON_NO_SUCH_NAME] = { "no-such-name", "no such name" },
	[DBUSMON_REASON_NO_TAKER] = { "no-taker", "no taker" },
	[DBUSMON_REASON_UNEXPECTED_REPLY] = { "unexpected-reply", "unexpected reply" },
	[DBUSMON_REASON_POLICY] = { "policy", "policy" },
	[DBUSMON_REASON_QUOTA] = { "quota", "quota" },
	[DBUSMON_REASON_NO_FDS] = { "no-fds", "takes no descriptors" },
	[DBUSMON_REASON_NOT_REGISTERED] = { "not-registered", "not registered" },
	[DBUSMON_REASON_NO_MEMORY] = { "no-memory", "no memory" },
	[DBUSMON_REASON_MALFORMED] = { "malformed", "malformed" },
	[DBUSMON_REASON_TOO_LONG] = { "too-long", "too long" },
	[DBUSMON_REASON_FDS] = { "fds", "wrong descriptors" },
	[DBUSMON_REASON_GONE] = { "gone", "receiver gone" },
	[DBUSMON_REASON_NO_DRIVER] = { "no-driver", "no driver" },
	[DBUSMON_REASON_BAD_TYPE] = { "bad-type", "unknown message type" },
	[DBUSMON_REASON_STARTING] = { "starting", "service is starting" },
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
