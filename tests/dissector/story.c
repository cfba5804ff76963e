// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens in the captures. The number of a record in the comments is its
 * frame number in the USER13 file, where all of them are; tests refer to it.
 */
#include <endian.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <linux/dbus.h>

#include "tests/dissector/story.h"
#include "wire/build.h"

#define EPOCH 1700000000123456789ull

/* Who is who: :1.5 calls, :1.3 serves org.foo.Bar, :1.9 is somebody else. */
enum { CALLER = 5, SERVER = 3, OTHER = 9 };

struct draft {
	struct dbusmon_hdr hdr;
	uint8_t tlvs[64];
	size_t tlvs_len;
	uint8_t payload[1024] __attribute__((aligned(8)));
	size_t payload_len;
	bool valid;
	size_t keep;
};

static void (*teller)(const struct tale *t);
static uint64_t now;

/* --- messages ------------------------------------------------------------- */

static void str_field(struct wire_builder *b, enum wire_field code,
		      const char *s)
{
	wire_build_field(b, code, s, strlen(s));
}

static void finish(struct draft *d, struct wire_builder *b)
{
	if (wire_build_end(b) != WIRE_OK)
		errx(1, "message too long for its buffer");
	d->payload_len = b->len;
	d->hdr.length = htole32((uint32_t)b->len);
	d->valid = true;
}

static void call(struct draft *d, const char *destination, uint32_t n_fds)
{
	struct wire_builder b;

	wire_build(&b, d->payload, sizeof(d->payload), WIRE_METHOD_CALL, 0, 7);
	str_field(&b, WIRE_F_PATH, "/org/foo");
	str_field(&b, WIRE_F_INTERFACE, "org.foo.Bar");
	str_field(&b, WIRE_F_MEMBER, "Frob");
	str_field(&b, WIRE_F_DESTINATION, destination);
	str_field(&b, WIRE_F_SENDER, ":1.5");
	str_field(&b, WIRE_F_SIGNATURE, n_fds ? "suh" : "su");
	if (n_fds)
		wire_build_field_u32(&b, WIRE_F_UNIX_FDS, n_fds);
	wire_build_body(&b);
	wire_put_str(&b, "hello", 5);
	wire_put_u32(&b, 42);
	if (n_fds)
		wire_put_u32(&b, n_fds - 1);
	finish(d, &b);
}

static void reply(struct draft *d)
{
	struct wire_builder b;

	wire_build(&b, d->payload, sizeof(d->payload), WIRE_METHOD_RETURN,
		   WIRE_NO_REPLY_EXPECTED, 8);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 7);
	str_field(&b, WIRE_F_DESTINATION, ":1.5");
	str_field(&b, WIRE_F_SENDER, ":1.3");
	wire_build_body(&b);
	finish(d, &b);
}

static void error(struct draft *d, const char *name)
{
	struct wire_builder b;

	wire_build(&b, d->payload, sizeof(d->payload), WIRE_ERROR,
		   WIRE_NO_REPLY_EXPECTED, 1);
	str_field(&b, WIRE_F_ERROR_NAME, name);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 7);
	str_field(&b, WIRE_F_DESTINATION, ":1.5");
	str_field(&b, WIRE_F_SENDER, "org.freedesktop.DBus");
	str_field(&b, WIRE_F_SIGNATURE, "s");
	wire_build_body(&b);
	wire_put_str(&b, "no", 2);
	finish(d, &b);
}

static void signal(struct draft *d)
{
	struct wire_builder b;

	wire_build(&b, d->payload, sizeof(d->payload), WIRE_SIGNAL,
		   WIRE_NO_REPLY_EXPECTED, 9);
	str_field(&b, WIRE_F_PATH, "/org/foo");
	str_field(&b, WIRE_F_INTERFACE, "org.foo.Bar");
	str_field(&b, WIRE_F_MEMBER, "Changed");
	str_field(&b, WIRE_F_SENDER, ":1.3");
	wire_build_body(&b);
	finish(d, &b);
}

/* Ping of a big-endian client; written out, as the builder is little-endian. */
static void big_endian(struct draft *d)
{
	static const uint8_t ping[64] =
		"B\1\0\1" "\0\0\0\0" "\0\0\0\13" "\0\0\0\55"
		"\1\1o\0" "\0\0\0\4" "/foo\0" "\0\0\0"
		"\3\1s\0" "\0\0\0\4" "Ping\0" "\0\0\0"
		"\7\1s\0" "\0\0\0\4" ":1.5\0" "\0\0";

	memcpy(d->payload, ping, sizeof(ping));
	d->payload_len = sizeof(ping);
	d->hdr.length = htole32(sizeof(ping));
	d->valid = true;
}

static void octets(struct draft *d, const void *p, size_t n)
{
	if (n)
		memcpy(d->payload, p, n);
	d->payload_len = n;
	d->hdr.length = htole32((uint32_t)n);
	d->valid = false;
}

/* --- records -------------------------------------------------------------- */

static void tlv(struct draft *d, uint16_t type, const void *value, uint16_t len)
{
	struct dbusmon_tlv head = { htole16(type), htole16(len) };

	memcpy(d->tlvs + d->tlvs_len, &head, 4);
	memcpy(d->tlvs + d->tlvs_len + 4, value, len);
	d->tlvs_len += (4u + len + 7) & ~7u;
}

/* A record of bus 1 that tells of nothing yet. */
static struct draft *draft(uint64_t seq)
{
	static struct draft d;

	memset(&d, 0, sizeof(d));
	d.hdr.magic = htole32(DBUSMON_MAGIC);
	d.hdr.version = DBUSMON_VERSION;
	d.hdr.kind = DBUSMON_KIND_MESSAGE;
	d.hdr.time = htole64(EPOCH + now);
	d.hdr.seq = htole64(seq);
	d.hdr.bus = htole32(1);
	d.hdr.verdict = DBUSMON_DELIVERED;
	d.hdr.n_recipients = htole32(1);
	d.hdr.sender = htole64(CALLER);
	d.hdr.receiver = htole64(SERVER);
	d.hdr.pid = htole32(1234);
	d.hdr.uid = htole32(1000);
	strcpy(d.hdr.comm, "dbus-send");
	tlv(&d, DBUSMON_TLV_BUS_NAME, "session-1000", 12);
	now += 1000000;
	return &d;
}

static struct draft *from_server(struct draft *d)
{
	d->hdr.sender = htole64(SERVER);
	d->hdr.receiver = htole64(CALLER);
	d->hdr.pid = htole32(77);
	strcpy(d->hdr.comm, "foo-service");
	return d;
}

static struct draft *from_bus(struct draft *d)
{
	d->hdr.sender = htole64(DBUSMON_ID_BUS);
	d->hdr.receiver = htole64(CALLER);
	d->hdr.flags = htole32(DBUSMON_F_DRIVER);
	d->hdr.pid = 0;
	d->hdr.uid = htole32(~0u);
	memset(d->hdr.comm, 0, sizeof(d->hdr.comm));
	return d;
}

static void judge(struct draft *d, uint8_t verdict, uint8_t reason)
{
	d->hdr.verdict = verdict;
	d->hdr.reason = reason;
	if (verdict != DBUSMON_QUEUED)
		d->hdr.n_recipients = 0;
}

static void nobody(struct draft *d)
{
	d->hdr.receiver = htole64(DBUSMON_ID_NONE);
	d->hdr.n_recipients = 0;
}

static void pack(struct tale *t, struct draft *d, const void *payload,
		 size_t payload_len)
{
	size_t header_len = sizeof(d->hdr) + d->tlvs_len;

	if (!d->hdr.hdr_len)
		d->hdr.hdr_len = htole16((uint16_t)header_len);
	*t = (struct tale){
		.octets = malloc(header_len + payload_len),
		.header_len = header_len,
		.payload_len = payload_len,
		.keep = d->keep,
		.time = le64toh(d->hdr.time) + 2000,
		.sender = d->hdr.sender,
		.bus = le32toh(d->hdr.bus),
		.valid = d->valid,
		.event = d->hdr.kind != DBUSMON_KIND_MESSAGE,
	};
	if (!t->octets)
		err(1, NULL);
	memcpy(t->octets, &d->hdr, sizeof(d->hdr));
	memcpy(t->octets + sizeof(d->hdr), d->tlvs, d->tlvs_len);
	memcpy(t->octets + header_len, payload, payload_len);
}

void tale_free(struct tale *t)
{
	free(t->octets);
}

static void tell(struct draft *d)
{
	struct tale t;

	pack(&t, d, d->payload, d->payload_len);
	teller(&t);
	tale_free(&t);
}

/* --- the story ------------------------------------------------------------ */

static void verdicts(void)
{
	struct draft *d;

	d = draft(1);					/* 1: a call, */
	call(d, "org.foo.Bar", 0);
	tell(d);
	d = from_server(draft(2));			/* 2: and its reply */
	reply(d);
	tell(d);
	d = draft(3);					/* 3: no such name, */
	call(d, "org.nobody", 0);
	nobody(d);
	judge(d, DBUSMON_UNDELIVERED, DBUSMON_REASON_NO_SUCH_NAME);
	tell(d);
	d = from_bus(draft(4));				/* 4: the bus says so */
	error(d, "org.freedesktop.DBus.Error.ServiceUnknown");
	tell(d);
	d = from_server(draft(5));			/* 5: no taker */
	signal(d);
	nobody(d);
	judge(d, DBUSMON_UNDELIVERED, DBUSMON_REASON_NO_TAKER);
	tell(d);
	d = from_server(draft(6));			/* 6: three takers */
	signal(d);
	nobody(d);
	d->hdr.n_recipients = htole32(3);
	tell(d);
	d = draft(7);					/* 7: denied */
	call(d, "org.foo.Bar", 0);
	judge(d, DBUSMON_DENIED, DBUSMON_REASON_POLICY);
	d->hdr.rule = htole32(17);
	tell(d);
	d = draft(8);					/* 8: over quota */
	call(d, "org.foo.Bar", 0);
	judge(d, DBUSMON_DENIED, DBUSMON_REASON_QUOTA);
	tell(d);
	d = draft(9);					/* 9: kept */
	call(d, "org.freedesktop.DBus", 0);
	d->hdr.receiver = htole64(DBUSMON_ID_BUS);
	judge(d, DBUSMON_QUEUED, DBUSMON_REASON_NO_DRIVER);
	tell(d);
}

static void invalid_ones(void)
{
	struct draft *d;

	d = draft(10);					/* 10: garbage */
	octets(d, "x\1\2\3\200\201\202\203garbage\377\376\375", 18);
	judge(d, DBUSMON_INVALID, DBUSMON_REASON_MALFORMED);
	tell(d);
	d = draft(11);					/* 11: nearly good */
	call(d, "org..foo", 0);
	d->valid = false;
	judge(d, DBUSMON_INVALID, DBUSMON_REASON_MALFORMED);
	tell(d);
}

static void other_kinds(void)
{
	struct draft *d;

	d = draft(12);					/* 12: two fds */
	call(d, "org.foo.Bar", 2);
	d->hdr.n_fds = htole16(2);
	tell(d);
	d = draft(13);					/* 13: handshake */
	octets(d, "\0AUTH EXTERNAL 31303030\r\n", 25);
	d->hdr.kind = DBUSMON_KIND_HANDSHAKE;
	tell(d);
	d = draft(14);					/* 14: peer */
	octets(d, NULL, 0);
	d->hdr.kind = DBUSMON_KIND_PEER;
	tell(d);
	d = draft(15);					/* 15: name */
	octets(d, "org.foo.Bar", 11);
	d->hdr.kind = DBUSMON_KIND_NAME;
	tell(d);
	d = draft(100);					/* 16: another bus */
	signal(d);
	d->hdr.bus = htole32(2);
	d->hdr.flags = htole32(DBUSMON_F_OBSERVED);
	d->tlvs_len = 0;
	tlv(d, DBUSMON_TLV_BUS_NAME, "system", 6);
	tell(d);
}

static void losses(void)
{
	struct draft *d;

	d = draft(20);					/* 17: 4 not built */
	call(d, "org.foo.Bar", 0);
	d->hdr.lost = htole32(4);
	tell(d);
	d = draft(23);					/* 18: 2 missing */
	call(d, "org.foo.Bar", 0);
	tell(d);
	d = draft(101);					/* 19: bus 2, no gap */
	signal(d);
	d->hdr.bus = htole32(2);
	d->tlvs_len = 0;
	tell(d);
	d = draft(23);					/* 20: again */
	call(d, "org.foo.Bar", 0);
	tell(d);
	d = draft(24);					/* 21: told by itself */
	octets(d, NULL, 0);
	d->hdr.kind = DBUSMON_KIND_LOSS;
	d->hdr.lost = htole32(12);
	nobody(d);
	tell(d);
}

static void odd_ones(void)
{
	struct draft *d;

	d = draft(25);					/* 22: unknown type */
	call(d, "org.foo.Bar", 0);
	d->payload[1] = 9;
	judge(d, DBUSMON_UNDELIVERED, DBUSMON_REASON_BAD_TYPE);
	tell(d);
	d = draft(26);					/* 23: big-endian */
	big_endian(d);
	tell(d);
	d = draft(27);					/* 24: later version */
	call(d, "org.foo.Bar", 0);
	d->hdr.version = DBUSMON_VERSION + 1;
	tell(d);
	d = draft(28);					/* 25: other TLVs */
	call(d, "org.foo.Bar", 0);
	tlv(d, DBUSMON_TLV_PAD, "\0\0\0\0", 4);
	tlv(d, 999, "\1\2\3\4\5", 5);
	tell(d);
	d = draft(29);					/* 26: TLV too long */
	call(d, "org.foo.Bar", 0);
	d->tlvs[2] = 200;
	tell(d);
	d = draft(30);					/* 27: header too short */
	call(d, "org.foo.Bar", 0);
	d->tlvs_len = 0;
	d->hdr.hdr_len = htole16(64);
	tell(d);
	d = draft(31);					/* 28: more behind it */
	call(d, "org.foo.Bar", 0);
	memcpy(d->payload + d->payload_len, "surplus", 7);
	d->payload_len += 7;
	tell(d);
	d = draft(32);					/* 29: unknown numbers */
	call(d, "org.foo.Bar", 0);
	judge(d, 77, 99);
	memcpy(d->hdr.comm, "sixteen-letters!", 16);
	tell(d);
	d = draft(33);					/* 30: unknown kind */
	octets(d, "?", 1);
	d->hdr.kind = 55;
	memcpy(d->hdr.comm, "\377\xc3(\t", 5);
	tell(d);
}

static void cut_ones(void)
{
	struct draft *d;

	d = draft(34);					/* 31: in the message */
	call(d, "org.foo.Bar", 0);
	d->keep = 96 + 16 + 64;
	tell(d);
	d = draft(35);					/* 32: in the header */
	call(d, "org.foo.Bar", 0);
	d->keep = 50;
	tell(d);
	d = draft(36);					/* 33: in the TLVs */
	call(d, "org.foo.Bar", 0);
	d->keep = 100;
	tell(d);
	d = draft(37);					/* 34: the tap cut it */
	call(d, "org.foo.Bar", 0);
	d->payload_len -= 24;
	d->valid = false;
	tell(d);
	d = draft(38);					/* 35: nothing is left */
	octets(d, NULL, 0);
	d->hdr.length = htole32(0xffffffff);
	tell(d);
}

void story(void (*to)(const struct tale *t))
{
	teller = to;
	now = 0;
	verdicts();
	invalid_ones();
	other_kinds();
	losses();
	odd_ones();
	cut_ones();
}

void story_message(struct tale *t)
{
	struct draft *d = draft(1);

	call(d, "org.foo.Bar", 0);
	pack(t, d, d->payload, d->payload_len);
}

void story_long(struct tale *t)
{
	size_t n = 1100000, room = n + 256;
	struct draft *d = draft(1);
	uint8_t *p = aligned_alloc(8, room);
	struct wire_builder b;
	size_t mark, i;

	if (!p)
		err(1, NULL);
	wire_build(&b, p, room, WIRE_SIGNAL, WIRE_NO_REPLY_EXPECTED, 9);
	str_field(&b, WIRE_F_PATH, "/org/foo");
	str_field(&b, WIRE_F_INTERFACE, "org.foo.Bar");
	str_field(&b, WIRE_F_MEMBER, "Blob");
	str_field(&b, WIRE_F_SENDER, ":1.3");
	str_field(&b, WIRE_F_SIGNATURE, "ay");
	wire_build_body(&b);
	mark = wire_put_array(&b, 1);
	for (i = 0; i < n; i++)
		wire_put_u8(&b, (uint8_t)i);
	wire_put_array_end(&b, mark, 1);
	if (wire_build_end(&b) != WIRE_OK)
		errx(1, "message too long for its buffer");
	d->hdr.length = htole32((uint32_t)b.len);
	pack(t, d, p, b.len);
	t->valid = true;
	free(p);
}
