// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkcap - write the captures that tests/host/dissector.bats reads
 *
 * One small story of two buses, every verdict and every way of being damaged
 * in it, in each form in which records get into files. tests/dissector/story.c
 * tells it; here it is put into files.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/dbus.h>

#include "tests/dissector/story.h"

#define LINKTYPE_NULL		0
#define LINKTYPE_LINUX_SLL	113
#define LINKTYPE_USER13		160
#define LINKTYPE_DBUS		231
#define LINKTYPE_LINUX_SLL2	276
#define RECORD_PEN		32473

static FILE *out;

static void put(const void *p, size_t n)
{
	if (n && fwrite(p, n, 1, out) != 1)
		err(1, "write");
}

static void put32(uint32_t v)
{
	put(&v, 4);
}

static void put16(uint16_t v)
{
	put(&v, 2);
}

static void put_be16(uint16_t v)
{
	put16(__builtin_bswap16(v));
}

/* --- pcap ----------------------------------------------------------------- */

static void pcap_begin(uint32_t linktype)
{
	put32(0xa1b23c4d);	/* stamps in ns */
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(262144);
	put32(linktype);
}

static void pcap_packet(uint64_t ns, uint32_t have, uint32_t len)
{
	put32((uint32_t)(ns / 1000000000));
	put32((uint32_t)(ns % 1000000000));
	put32(have);
	put32(len);
}

static void as_user13(const struct tale *t)
{
	size_t len = t->header_len + t->payload_len;
	size_t have = t->keep && t->keep < len ? t->keep : len;

	pcap_packet(t->time, have, len);
	put(t->octets, have);
}

/* What cooked sockets see: no record header, its EtherType alone. */
static uint16_t ethertype(const struct tale *t)
{
	return t->valid ? DBUSMON_ETH_P_MESSAGE : DBUSMON_ETH_P_EVENT;
}

static void as_sll(const struct tale *t)
{
	pcap_packet(t->time, 16 + t->payload_len, 16 + t->payload_len);
	put_be16(0);
	put_be16(DBUSMON_ARPHRD);
	put_be16(8);
	put(&t->sender, 8);
	put_be16(ethertype(t));
	put(t->octets + t->header_len, t->payload_len);
}

static void as_sll2(const struct tale *t)
{
	pcap_packet(t->time, 20 + t->payload_len, 20 + t->payload_len);
	put_be16(ethertype(t));
	put_be16(0);
	put32(__builtin_bswap32(7));
	put_be16(DBUSMON_ARPHRD);
	put("\0\10", 2);
	put(&t->sender, 8);
	put(t->octets + t->header_len, t->payload_len);
}

static void as_dbus(const struct tale *t)
{
	if (!t->valid)
		return;
	pcap_packet(t->time, t->payload_len, t->payload_len);
	put(t->octets + t->header_len, t->payload_len);
}

/* Old logs of Bustle; before its messages, a packet that is of link type 0. */
static void begin_null(void)
{
	static const char ipv4[] = "\2\0\0\0\105\0\0\24\0\0\0\0\100\375";

	pcap_begin(LINKTYPE_NULL);
	pcap_packet(1700000000000000000ull, sizeof(ipv4), sizeof(ipv4));
	put(ipv4, sizeof(ipv4));
}

/* A record begins like none of these. */
static void foreign_user13(void)
{
	static const char *const packets[] = {
		"DBM", "l\1\0\1 something else", "\1\2\3\4\5\6\7\10", "",
	};
	size_t i;

	pcap_begin(LINKTYPE_USER13);
	for (i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
		size_t n = strlen(packets[i]);

		pcap_packet(1700000000000000000ull + i, n, n);
		put(packets[i], n);
	}
}

/* --- pcapng --------------------------------------------------------------- */

static void block(uint32_t type, const void *body, size_t len)
{
	static const uint32_t zero;
	uint32_t total = 12 + ((len + 3) & ~3u);

	put32(type);
	put32(total);
	put(body, len);
	put(&zero, -len & 3);
	put32(total);
}

static size_t option(uint8_t *p, uint16_t code, const void *value, uint16_t len)
{
	memcpy(p, &code, 2);
	memcpy(p + 2, &len, 2);
	if (len)
		memcpy(p + 4, value, len);
	memset(p + 4 + len, 0, -len & 3);
	return 4 + ((len + 3) & ~3u);
}

static void interface(const char *name)
{
	static const uint8_t ns = 9;
	uint8_t b[128] = { LINKTYPE_DBUS };
	size_t n = 8;

	n += option(b + n, 2, name, strlen(name));
	n += option(b + n, 9, &ns, 1);
	n += option(b + n, 0, NULL, 0);
	block(1, b, n);
}

static void pcapng_begin(void)
{
	uint32_t section[4] = { 0x1a2b3c4d, 1, ~0u, ~0u };

	block(0x0a0d0d0a, section, sizeof(section));
	interface("session-1000");
	interface("system");
}

/* The packet holds the message; of an event all is in the option. */
static void pcapng_packet(const struct tale *t, uint32_t interface_id,
			  const void *header, size_t header_len)
{
	uint32_t len = t->event ? 0 : t->payload_len;
	uint32_t head[5] = { interface_id, (uint32_t)(t->time >> 32),
			     (uint32_t)t->time, len, len };
	size_t room = len + header_len + 64;
	uint8_t *b = calloc(1, room), *custom = calloc(1, header_len + 4);
	uint32_t pen = RECORD_PEN;
	size_t n;

	if (!b || !custom)
		err(1, NULL);
	memcpy(b, head, sizeof(head));
	memcpy(b + sizeof(head), t->octets + t->header_len, len);
	n = sizeof(head) + ((len + 3) & ~3u);
	if (header_len) {
		memcpy(custom, &pen, 4);
		memcpy(custom + 4, header, header_len);
		n += option(b + n, 1, "a comment", 9);
		n += option(b + n, 2989, custom, 4 + header_len);
		n += option(b + n, 0, NULL, 0);
	}
	block(6, b, n);
	free(custom);
	free(b);
}

static void as_pcapng(const struct tale *t)
{
	size_t event_len = t->event ? t->payload_len : 0;

	if (!t->keep)
		pcapng_packet(t, t->bus == 2, t->octets,
			      t->header_len + event_len);
}

/* Options of that number which are not ours, and a packet without any. */
static void foreign_pcapng(void)
{
	static uint8_t other[200];
	struct tale t;

	pcapng_begin();
	story_message(&t);
	memset(other, 'x', sizeof(other));
	pcapng_packet(&t, 0, other, sizeof(other));
	pcapng_packet(&t, 0, "short", 5);
	pcapng_packet(&t, 0, NULL, 0);
	tale_free(&t);
}

/* More values than the packet tree takes. */
static void long_pcapng(void)
{
	struct tale t;

	pcapng_begin();
	story_long(&t);
	pcapng_packet(&t, 0, t.octets, t.header_len);
	tale_free(&t);
}

/* -------------------------------------------------------------------------- */

static void begin_user13(void)
{
	pcap_begin(LINKTYPE_USER13);
}

static void begin_sll(void)
{
	pcap_begin(LINKTYPE_LINUX_SLL);
}

static void begin_sll2(void)
{
	pcap_begin(LINKTYPE_LINUX_SLL2);
}

static void begin_dbus(void)
{
	pcap_begin(LINKTYPE_DBUS);
}

static const struct {
	const char *name;
	void (*begin)(void);
	void (*packet)(const struct tale *t);
} forms[] = {
	{ "user13", begin_user13, as_user13 },
	{ "sll", begin_sll, as_sll },
	{ "sll2", begin_sll2, as_sll2 },
	{ "dbus", begin_dbus, as_dbus },
	{ "null", begin_null, as_dbus },
	{ "pcapng", pcapng_begin, as_pcapng },
	{ "foreign", foreign_user13, NULL },
	{ "foreign-pcapng", foreign_pcapng, NULL },
	{ "long", long_pcapng, NULL },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 3)
		errx(2, "usage: mkcap FORM FILE");
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (strcmp(argv[1], forms[i].name))
			continue;
		out = fopen(argv[2], "w");
		if (!out)
			err(1, "%s", argv[2]);
		forms[i].begin();
		if (forms[i].packet)
			story(forms[i].packet);
		if (fclose(out))
			err(1, "%s", argv[2]);
		return 0;
	}
	errx(2, "no such form: %s", argv[1]);
}
