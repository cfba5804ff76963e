// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapread FILE prints a line for each packet of a pcap file from a tap and checks
 * each against include/uapi/linux/dbus.h and the specification. Link types:
 * USER13 (record and message), LINUX_SLL (the same behind a cooked header) and
 * DBUS (the bare message). Ends with 1 at the first fault.
 *
 * Columns, of a record: seq kind verdict reason sender receiver recipients fds
 * length pid uid comm bus lost type member; of a bare message: type member.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/dbus.h>

#include "wire/message.h"

#define LINK_SLL	113
#define LINK_USER13	160
#define LINK_DBUS	231

static unsigned long packet;

__attribute__((format(printf, 1, 2), noreturn))
static void bad(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "packet %lu: ", packet);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static const char *text(struct wire_str s)
{
	return s.s ? s.s : "-";
}

/* @len: of the message, of which @have octets are there */
static void message(const uint8_t *p, size_t have, size_t len, bool valid,
		    uint64_t sender)
{
	static const char *const type[] = { "?", "call", "return", "error",
					    "signal" };
	enum wire_status st;
	struct wire_msg m;
	char name[32];

	st = wire_parse(&m, p, have);
	if (st == WIRE_OK && have == len)
		st = wire_validate_body(&m);
	if (!valid) {
		printf("%s -\n", m.type <= 4 ? type[m.type] : "?");
		return;
	}
	if (st != WIRE_OK && !(st == WIRE_E_SHORT && have < len))
		bad("not a valid message: %s", wire_strerror(st));
	if (m.len != len)
		bad("message of %u octets, the record says %zu", m.len, len);
	if (sender == DBUSMON_ID_BUS)
		strcpy(name, "org.freedesktop.DBus");
	else
		snprintf(name, sizeof(name), ":1.%" PRIu64, sender);
	if (sender != DBUSMON_ID_NONE && !wire_str_is(m.sender, name))
		bad("SENDER is %s, not %s", text(m.sender), name);
	printf("%s %s\n", m.type <= 4 ? type[m.type] : "?",
	       m.member.s ? text(m.member) : text(m.error_name));
}

static void tlvs(const uint8_t *p, size_t len)
{
	struct dbusmon_tlv t;
	size_t at = 0, end;

	while (at < len) {
		if (len - at < sizeof(t))
			bad("attribute cut off");
		memcpy(&t, p + at, sizeof(t));
		end = at + sizeof(t) + le16toh(t.len);
		if (end > len)
			bad("attribute longer than the header");
		for (; end % 8; end++)
			if (p[end])
				bad("padding of an attribute is not 0");
		at = end;
	}
}

static void record(const uint8_t *p, size_t have, size_t on_wire)
{
	struct dbusmon_hdr h;
	size_t len;
	bool valid;

	if (have < sizeof(h))
		bad("%zu octets are no record", have);
	memcpy(&h, p, sizeof(h));
	if (le32toh(h.magic) != DBUSMON_MAGIC || h.version != DBUSMON_VERSION)
		bad("magic %#x, version %u", le32toh(h.magic), h.version);
	if (le16toh(h.hdr_len) < sizeof(h) || le16toh(h.hdr_len) % 8)
		bad("hdr_len is %u", le16toh(h.hdr_len));
	if (h.kind < 1 || h.kind > DBUSMON_KIND_LOSS || h.pad ||
	    !le64toh(h.seq) || !le32toh(h.bus) || !le64toh(h.time))
		bad("kind %u, pad %u, seq %" PRIu64 ", bus %u", h.kind, h.pad,
		    le64toh(h.seq), le32toh(h.bus));
	if (h.kind == DBUSMON_KIND_MESSAGE &&
	    (h.verdict < 1 || h.verdict > DBUSMON_INVALID ||
	     h.reason > DBUSMON_REASON_BAD_TYPE))
		bad("verdict %u, reason %u", h.verdict, h.reason);
	if (h.verdict == DBUSMON_DELIVERED && h.reason)
		bad("delivered, but for the reason %u", h.reason);
	if ((h.verdict == DBUSMON_DENIED || h.verdict == DBUSMON_INVALID ||
	     h.verdict == DBUSMON_UNDELIVERED) && !h.reason)
		bad("verdict %u without a reason", h.verdict);
	if (have > le16toh(h.hdr_len))
		tlvs(p + sizeof(h), le16toh(h.hdr_len) - sizeof(h));
	printf("%" PRIu64 " %u %u %u %" PRId64 " %" PRId64
	       " %u %u %u %u %u %.16s %u %u ",
	       le64toh(h.seq), h.kind, h.verdict, h.reason,
	       (int64_t)le64toh(h.sender), (int64_t)le64toh(h.receiver),
	       le32toh(h.n_recipients), le16toh(h.n_fds), le32toh(h.length),
	       le32toh(h.pid), le32toh(h.uid), h.comm[0] ? h.comm : "-",
	       le32toh(h.bus), le32toh(h.lost));
	if (h.kind != DBUSMON_KIND_MESSAGE) {
		puts("- -");
		return;
	}
	len = le32toh(h.length);
	valid = h.verdict != DBUSMON_INVALID;
	if (valid && on_wire != len + le16toh(h.hdr_len))
		bad("packet of %zu octets for a message of %zu", on_wire, len);
	if (have <= le16toh(h.hdr_len))
		puts("- -");
	else
		message(p + le16toh(h.hdr_len), have - le16toh(h.hdr_len), len,
			valid, le64toh(h.sender));
}

/* Stock libpcap's cooked header: hatype 827, the sender's id as the address. */
static void cooked(const uint8_t *p, size_t have, size_t on_wire)
{
	unsigned int hatype, proto;

	if (have < 16)
		bad("no cooked header");
	hatype = p[2] << 8 | p[3];
	proto = p[14] << 8 | p[15];
	if (hatype != DBUSMON_ARPHRD)
		bad("hatype %u", hatype);
	if (proto != DBUSMON_ETH_P_MESSAGE && proto != DBUSMON_ETH_P_EVENT)
		bad("protocol %#x", proto);
	printf("%#x ", proto);
	/* cooked sockets are SOCK_DGRAM: the record header is stripped */
	if (proto == DBUSMON_ETH_P_MESSAGE)
		message(p + 16, have - 16, on_wire - 16, true,
			DBUSMON_ID_NONE);
	else
		puts("- -");
}

static void file(FILE *f)
{
	struct { uint32_t magic, v, z, s, snap, link; } head;
	struct { uint32_t sec, frac, have, len; } ph;
	uint8_t *buf = NULL;

	if (fread(&head, sizeof(head), 1, f) != 1 ||
	    (head.magic != 0xa1b2c3d4 && head.magic != 0xa1b23c4d))
		bad("not a pcap file of this machine");
	while (fread(&ph, sizeof(ph), 1, f) == 1) {
		packet++;
		buf = realloc(buf, ph.have + 1);
		if (!buf || fread(buf, 1, ph.have, f) != ph.have)
			bad("cut off");
		if (head.link == LINK_USER13)
			record(buf, ph.have, ph.len);
		else if (head.link == LINK_SLL)
			cooked(buf, ph.have, ph.len);
		else if (head.link == LINK_DBUS)
			message(buf, ph.have, ph.len, true, DBUSMON_ID_NONE);
		else
			bad("link type %u", head.link);
	}
	free(buf);
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;

	if (!f) {
		perror(argc == 2 ? argv[1] : "usage: tapread FILE");
		return 2;
	}
	file(f);
	fclose(f);
	return 0;
}
