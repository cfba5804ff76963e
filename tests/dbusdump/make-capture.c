// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make-capture - write a capture for the tests of dbusdump
 *
 * usage: make-capture FORM WHAT [COUNT]
 *
 * FORM: a file format (pcap, pcap-ns, pcap-be, pcap-ns-be, ng, ng-be), a colon,
 *	and a link type (dbus, user13, sll, sll2, null, ether)
 * WHAT: talk: a short talk between peers with names, of every verdict
 *	types: a signal with arguments of every type
 *	nasty: strings that want to steer the terminal
 *	big: one message of COUNT octets of arguments
 *	bulk: COUNT messages, calls and their replies in turn
 *	words: calls and a signal whose arguments are hard to write in a shell
 *	asks: a process is asked for, then sends
 *	handover: a name goes to another while its first owner still answers
 *	buses: the same call and reply on two buses, mixed
 */
#include <endian.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/dbus.h>

#include "wire/build.h"

#define START	1700000000123456789ull
#define ROOM	(1u << 20)

struct form {
	bool ng;
	bool ns;
	bool be;
	uint16_t linktype;
};

/* what the router would say of the next message */
struct fate {
	uint32_t bus;
	uint64_t sender;
	uint64_t receiver;
	uint8_t verdict;
	uint8_t reason;
	uint32_t rule;
	uint32_t pid;
	const char *comm;
	uint32_t lost;
};

static struct form form;
static uint64_t now = START;
static uint64_t seq[4];
static uint8_t *buf;
static size_t room = ROOM;
static struct wire_builder b;

/* --- the file ------------------------------------------------------------- */

static void put(const void *p, size_t n)
{
	if (n && fwrite(p, n, 1, stdout) != 1)
		err(1, "write");
}

static void put16(uint16_t v)
{
	v = form.be ? htobe16(v) : htole16(v);
	put(&v, 2);
}

static void put32(uint32_t v)
{
	v = form.be ? htobe32(v) : htole32(v);
	put(&v, 4);
}


static void ng_interface(const char *name)
{
	uint32_t len = 12 + 8 + 4 + 12 + 8 + 4;
	char padded[12] = "";

	memcpy(padded, name, strlen(name));
	put32(1);
	put32(len);
	put16(form.linktype);
	put16(0);
	put32(0);
	put16(2);
	put16((uint16_t)strlen(name));
	put(padded, 12);
	put16(9);
	put16(1);
	put(form.ns ? "\11\0\0" : "\6\0\0", 4);
	put32(0);
	put32(len);
}

static void file_begin(void)
{
	if (form.ng) {
		put32(0x0a0d0d0a);
		put32(28);
		put32(0x1a2b3c4d);
		put16(1);
		put16(0);
		put32(~0u);
		put32(~0u);
		put32(28);
		ng_interface("session-100");
		ng_interface("system");
		return;
	}
	put32(form.ns ? 0xa1b23c4d : 0xa1b2c3d4);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(262144);
	put32(form.linktype);
}

static size_t tap_header(uint8_t *to, const struct fate *f, size_t len)
{
	static const char bus_name[][12] = { "", "session-100", "system" };
	struct dbusmon_hdr h = { 0 };
	struct dbusmon_tlv tlv;
	size_t n = strlen(bus_name[f->bus]);
	size_t whole = sizeof(h) + ((sizeof(tlv) + n + 7) & ~7u);

	memset(to, 0, whole);
	h.magic = htole32(DBUSMON_MAGIC);
	h.version = DBUSMON_VERSION;
	h.kind = DBUSMON_KIND_MESSAGE;
	h.hdr_len = htole16((uint16_t)whole);
	h.time = htole64(now);
	seq[f->bus] += 1 + f->lost;
	h.seq = htole64(seq[f->bus]);
	h.bus = htole32(f->bus);
	h.verdict = f->verdict;
	h.reason = f->reason;
	h.n_recipients = htole32(f->verdict == DBUSMON_DELIVERED);
	h.sender = htole64(f->sender);
	h.receiver = htole64(f->receiver);
	h.length = htole32((uint32_t)len);
	h.rule = htole32(f->rule);
	h.pid = htole32(f->pid);
	h.uid = htole32(f->pid ? 1000 : ~0u);
	h.lost = htole32(f->lost);
	if (f->comm)
		memcpy(h.comm, f->comm, strnlen(f->comm, sizeof(h.comm)));
	memcpy(to, &h, sizeof(h));
	tlv.type = htole16(DBUSMON_TLV_BUS_NAME);
	tlv.len = htole16((uint16_t)n);
	memcpy(to + sizeof(h), &tlv, sizeof(tlv));
	memcpy(to + sizeof(h) + sizeof(tlv), bus_name[f->bus], n);
	return whole;
}

/* what stands before the message in its packet */
static size_t link_header(uint8_t *to, const struct fate *f, size_t len)
{
	uint64_t sender = htobe64(f->sender);
	uint16_t v;

	memset(to, 0, 32);
	switch (form.linktype) {
	case 160:
		return tap_header(to, f, len);
	case 113:
		v = htobe16(DBUSMON_ARPHRD);
		memcpy(to + 2, &v, 2);
		to[5] = 8;
		memcpy(to + 6, &sender, 8);
		v = htobe16(f->verdict == DBUSMON_INVALID ?
			    DBUSMON_ETH_P_EVENT : DBUSMON_ETH_P_MESSAGE);
		memcpy(to + 14, &v, 2);
		return 16;
	case 276:
		v = htobe16(f->verdict == DBUSMON_INVALID ?
			    DBUSMON_ETH_P_EVENT : DBUSMON_ETH_P_MESSAGE);
		memcpy(to, &v, 2);
		to[7] = (uint8_t)f->bus;
		v = htobe16(DBUSMON_ARPHRD);
		memcpy(to + 8, &v, 2);
		to[11] = 8;
		memcpy(to + 12, &sender, 8);
		return 20;
	default:
		return 0;
	}
}

static void ng_packet(const struct fate *f, const uint8_t *head, size_t n,
		      const uint8_t *p, size_t len)
{
	uint64_t ts = form.ns ? now : now / 1000;
	uint8_t meta[256];
	size_t meta_len = form.linktype == 231 ? tap_header(meta, f, len) : 0;
	size_t all = (n + len + 3) & ~3ul;
	size_t block = 32 + all + 4 +
		       (meta_len ? 8 + ((meta_len + 3) & ~3ul) : 0);

	put32(6);
	put32((uint32_t)block);
	put32(f->bus - 1);
	put32((uint32_t)(ts >> 32));
	put32((uint32_t)ts);
	put32((uint32_t)(n + len));
	put32((uint32_t)(n + len));
	put(head, n);
	put(p, len);
	put("\0\0\0", all - n - len);
	if (meta_len) {
		put16(2989);
		put16((uint16_t)(4 + meta_len));
		put32(32473);
		put(meta, meta_len);
	}
	put32(0);
	put32((uint32_t)block);
}

static void packet(const struct fate *f, const uint8_t *p, size_t len)
{
	uint8_t head[256];
	size_t n = link_header(head, f, len);

	if (form.ng) {
		ng_packet(f, head, n, p, len);
	} else {
		put32((uint32_t)(now / 1000000000));
		put32((uint32_t)(now % 1000000000 / (form.ns ? 1 : 1000)));
		put32((uint32_t)(n + len));
		put32((uint32_t)(n + len));
		put(head, n);
		put(p, len);
	}
	now += 1500000;
}

/* --- messages ------------------------------------------------------------- */

static void field(enum wire_field code, const char *s)
{
	if (s)
		wire_build_field(&b, code, s, strlen(s));
}

static void begin(enum wire_type type, uint8_t flags, uint32_t serial,
		  const char *sender, const char *destination)
{
	wire_build(&b, buf, room, type, flags, serial);
	field(WIRE_F_SENDER, sender);
	field(WIRE_F_DESTINATION, destination);
}

static void what(const char *path, const char *interface, const char *member,
		 const char *signature)
{
	field(WIRE_F_PATH, path);
	field(WIRE_F_INTERFACE, interface);
	field(WIRE_F_MEMBER, member);
	field(WIRE_F_SIGNATURE, signature);
	wire_build_body(&b);
}

static void string(const char *s)
{
	wire_put_str(&b, s, strlen(s));
}

static void end(const struct fate *f)
{
	if (wire_build_end(&b) != WIRE_OK)
		errx(1, "message too long");
	packet(f, buf, b.len);
}

static const struct fate from_client = {
	1, 5, 7, DBUSMON_DELIVERED, 0, 0, 501, "client", 0
};
static const struct fate from_service = {
	1, 7, 5, DBUSMON_DELIVERED, 0, 0, 701, "service", 0
};
static const struct fate from_bus = {
	1, DBUSMON_ID_BUS, 5, DBUSMON_DELIVERED, 0, 0, 0, NULL, 0
};

static void ask(uint32_t serial, const char *destination, struct fate f)
{
	begin(WIRE_METHOD_CALL, 0, serial, ":1.5", destination);
	what("/org/foo", "org.foo.Bar", "Ask", "su");
	string("hello");
	wire_put_u32(&b, 42);
	end(&f);
}

static void answer(uint32_t serial, struct fate f)
{
	begin(WIRE_METHOD_RETURN, 1, serial + 100, ":1.7", ":1.5");
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, serial);
	field(WIRE_F_SIGNATURE, "s");
	wire_build_body(&b);
	string("world");
	end(&f);
}

static void fail(uint32_t serial, const char *name, const char *text)
{
	begin(WIRE_ERROR, 1, serial + 200, "org.freedesktop.DBus", ":1.5");
	field(WIRE_F_ERROR_NAME, name);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, serial);
	field(WIRE_F_SIGNATURE, "s");
	wire_build_body(&b);
	string(text);
	end(&from_bus);
}

static void owner_changed(const char *name, const char *old, const char *new)
{
	begin(WIRE_SIGNAL, 1, 1, "org.freedesktop.DBus", NULL);
	what("/org/freedesktop/DBus", "org.freedesktop.DBus",
	     "NameOwnerChanged", "sss");
	string(name);
	string(old);
	string(new);
	end(&from_bus);
}

static void properties_changed(void)
{
	size_t all, names;

	begin(WIRE_SIGNAL, 1, 31, ":1.7", NULL);
	what("/org/foo", "org.freedesktop.DBus.Properties",
	     "PropertiesChanged", "sa{sv}as");
	string("org.foo.Bar");
	all = wire_put_array(&b, 8);
	wire_put_align(&b, 8);
	string("State");
	wire_put_sig(&b, "u", 1);
	wire_put_u32(&b, 3);
	wire_put_align(&b, 8);
	string("Name");
	wire_put_sig(&b, "s", 1);
	string("x");
	wire_put_array_end(&b, all, 8);
	names = wire_put_array(&b, 4);
	string("Old");
	wire_put_array_end(&b, names, 4);
	end(&from_service);
}

static void with_fds(void)
{
	begin(WIRE_METHOD_CALL, 0, 12, ":1.5", "org.foo.Service");
	wire_build_field_u32(&b, WIRE_F_UNIX_FDS, 2);
	what("/org/foo", "org.foo.Bar", "Take", "hh");
	wire_put_u32(&b, 0);
	wire_put_u32(&b, 1);
	end(&from_client);
}

/* written out, as the builder is little-endian */
static void big_endian(void)
{
	static const uint8_t ping[64] =
		"B\1\0\1" "\0\0\0\0" "\0\0\0\13" "\0\0\0\55"
		"\1\1o\0" "\0\0\0\4" "/foo\0" "\0\0\0"
		"\3\1s\0" "\0\0\0\4" "Ping\0" "\0\0\0"
		"\7\1s\0" "\0\0\0\4" ":1.5\0" "\0\0";

	packet(&from_client, ping, sizeof(ping));
}

static void invalid(void)
{
	struct fate f = from_client;

	f.verdict = DBUSMON_INVALID;
	f.reason = DBUSMON_REASON_MALFORMED;
	begin(WIRE_METHOD_CALL, 0, 13, ":1.5", "org.foo.Service");
	what("/org/foo", "org.foo.Bar", "Wrong", "b");
	wire_put_u32(&b, 2);
	end(&f);
}

static void talk(void)
{
	struct fate f = from_client;

	owner_changed("org.foo.Service", "", ":1.7");
	ask(10, "org.foo.Service", from_client);
	answer(10, from_service);
	f.verdict = DBUSMON_UNDELIVERED;
	f.reason = DBUSMON_REASON_NO_SUCH_NAME;
	f.receiver = DBUSMON_ID_NONE;
	ask(11, "org.nobody", f);
	fail(11, "org.freedesktop.DBus.Error.ServiceUnknown",
	     "The name is not activatable");
	properties_changed();
	with_fds();
	f.verdict = DBUSMON_DENIED;
	f.reason = DBUSMON_REASON_POLICY;
	f.rule = 12;
	f.lost = 3;
	ask(14, "org.foo.Service", f);
	fail(14, "org.freedesktop.DBus.Error.AccessDenied", "No");
	f = from_client;
	f.verdict = DBUSMON_QUEUED;
	f.reason = DBUSMON_REASON_NO_DRIVER;
	ask(15, "org.freedesktop.DBus", f);
	invalid();
	big_endian();
}

static void types(void)
{
	static const double numbers[] = { 0.1, -0.0, 1e300 };
	double special[3] = { INFINITY, -INFINITY, NAN };
	size_t outer, inner, i;
	uint64_t bits;

	begin(WIRE_SIGNAL, 1, 21, ":1.7", NULL);
	what("/org/foo", "org.foo.Bar", "Types",
	     "ybnqiuxtdadsogaya{sv}(i(bs))aaya{ts}v");
	wire_put_u8(&b, 255);
	wire_put_u32(&b, 1);
	wire_put_u16(&b, (uint16_t)-32768);
	wire_put_u16(&b, 65535);
	wire_put_u32(&b, (uint32_t)INT32_MIN);
	wire_put_u32(&b, UINT32_MAX);
	wire_put_u64(&b, (uint64_t)INT64_MIN);
	wire_put_u64(&b, UINT64_MAX);
	memcpy(&bits, &numbers[0], 8);
	wire_put_u64(&b, bits);
	outer = wire_put_array(&b, 8);
	for (i = 0; i < 6; i++) {
		memcpy(&bits, i < 3 ? &numbers[i] : &special[i - 3], 8);
		wire_put_u64(&b, bits);
	}
	wire_put_array_end(&b, outer, 8);
	string("Grüße, \"you\" \\ \360\237\230\200");
	string("/org/foo");
	wire_put_sig(&b, "a{sv}", 5);
	outer = wire_put_array(&b, 1);
	for (i = 0; i < 4; i++)
		wire_put_u8(&b, (uint8_t)(i * 85));
	wire_put_array_end(&b, outer, 1);
	outer = wire_put_array(&b, 8);
	wire_put_align(&b, 8);
	string("key");
	wire_put_sig(&b, "v", 1);
	wire_put_sig(&b, "as", 2);
	inner = wire_put_array(&b, 4);
	string("deep");
	wire_put_array_end(&b, inner, 4);
	wire_put_array_end(&b, outer, 8);
	wire_put_align(&b, 8);
	wire_put_u32(&b, 7);
	wire_put_align(&b, 8);
	wire_put_u32(&b, 0);
	string("in");
	outer = wire_put_array(&b, 4);
	inner = wire_put_array(&b, 1);
	wire_put_array_end(&b, inner, 1);
	inner = wire_put_array(&b, 1);
	string("ab\0");
	wire_put_array_end(&b, inner, 1);
	wire_put_array_end(&b, outer, 4);
	outer = wire_put_array(&b, 8);
	wire_put_align(&b, 8);
	wire_put_u64(&b, UINT64_MAX);
	string("largest");
	wire_put_array_end(&b, outer, 8);
	wire_put_sig(&b, "(qd)", 4);
	wire_put_align(&b, 8);
	wire_put_u16(&b, 1);
	memcpy(&bits, &numbers[2], 8);
	wire_put_u64(&b, bits);
	end(&from_service);
}

static void nasty(void)
{
	struct fate f = from_client;

	f.comm = "a\033[2J\n\xff b";
	begin(WIRE_METHOD_CALL, 0, 10, ":1.5", "org.foo.Service");
	what("/org/foo", "org.foo.Bar", "Ask", "sss");
	string("\033[31mred\033]0;title\a\r\n\t\b");
	string("\302\233 \342\200\256 \342\200\250 \357\273\277");
	string("<b>&\"'");
	end(&f);
	begin(WIRE_ERROR, 1, 11, ":1.7", ":1.5");
	field(WIRE_F_ERROR_NAME, "org.foo.Error");
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 10);
	field(WIRE_F_SIGNATURE, "s");
	wire_build_body(&b);
	string("\033c");
	end(&from_service);
}

static void big(uint32_t count)
{
	size_t mark;
	uint32_t i;

	begin(WIRE_SIGNAL, 1, 21, ":1.7", NULL);
	what("/org/foo", "org.foo.Bar", "Blob", "ayu");
	mark = wire_put_array(&b, 1);
	for (i = 0; i < count; i++)
		wire_put_u8(&b, (uint8_t)i);
	wire_put_array_end(&b, mark, 1);
	wire_put_u32(&b, count);
	end(&from_service);
}

static void bulk(uint32_t count)
{
	uint32_t i;

	owner_changed("org.foo.Service", "", ":1.7");
	for (i = 1; i < count; i++) {
		if (i % 5 == 0)
			properties_changed();
		else if (i % 5 % 2)
			ask(i, "org.foo.Service", from_client);
		else
			answer(i - 1, from_service);
	}
}

static void buses(void)
{
	struct fate call = from_client, reply = from_service;

	ask(10, "org.foo.Service", call);
	call.bus = 2;
	call.pid = 502;
	call.comm = "other";
	ask(10, "org.foo.Service", call);
	answer(10, reply);
	reply.bus = 2;
	answer(10, reply);
}

static void words(void)
{
	size_t outer, inner;
	uint64_t bits;
	double d = -0.1;

	begin(WIRE_METHOD_CALL, 0, 30, ":1.5", "org.nobody");
	what("/org/foo", "org.foo.Words", "Say", "ssa{sv}(bd)aasaynxgo");
	string("it's \"so\" $HOME `id` \\ !");
	string("a\tb\nc\033[0m'Gr\303\274\303\237e");
	outer = wire_put_array(&b, 8);
	wire_put_align(&b, 8);
	string("one");
	wire_put_sig(&b, "u", 1);
	wire_put_u32(&b, 7);
	wire_put_align(&b, 8);
	string("");
	wire_put_sig(&b, "as", 2);
	inner = wire_put_array(&b, 4);
	string("-x");
	string("--");
	wire_put_array_end(&b, inner, 4);
	wire_put_array_end(&b, outer, 8);
	wire_put_align(&b, 8);
	wire_put_u32(&b, 1);
	memcpy(&bits, &d, 8);
	wire_put_u64(&b, bits);
	outer = wire_put_array(&b, 4);
	inner = wire_put_array(&b, 4);
	wire_put_array_end(&b, inner, 4);
	inner = wire_put_array(&b, 4);
	string("*");
	wire_put_array_end(&b, inner, 4);
	wire_put_array_end(&b, outer, 4);
	outer = wire_put_array(&b, 1);
	wire_put_u8(&b, 0);
	wire_put_u8(&b, 255);
	wire_put_array_end(&b, outer, 1);
	wire_put_u16(&b, (uint16_t)-7);
	wire_put_u64(&b, (uint64_t)INT64_MIN);
	wire_put_sig(&b, "a{sv}", 5);
	string("/a/b");
	end(&from_client);
	begin(WIRE_SIGNAL, 1, 31, ":1.5", NULL);
	what("/org/foo", "org.foo.Words", "LastOne", "v");
	wire_put_sig(&b, "v", 1);
	wire_put_sig(&b, "s", 1);
	string("deep");
	end(&from_client);
}

static void asks(void)
{
	owner_changed("org.foo.Service", "", ":1.7");
	begin(WIRE_METHOD_CALL, 0, 40, ":1.5", "org.freedesktop.DBus");
	what("/org/freedesktop/DBus", "org.freedesktop.DBus",
	     "GetConnectionUnixProcessID", "s");
	string("org.foo.Service");
	end(&from_client);
	begin(WIRE_METHOD_RETURN, 1, 2, "org.freedesktop.DBus", ":1.5");
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 40);
	field(WIRE_F_SIGNATURE, "u");
	wire_build_body(&b);
	wire_put_u32(&b, 4711);
	end(&from_bus);
	begin(WIRE_SIGNAL, 1, 41, ":1.7", NULL);
	what("/org/foo", "org.foo.Bar", "Last", NULL);
	end(&from_service);
}

static void handover(void)
{
	struct fate f = from_service;

	ask(50, "org.foo.Service", from_client);
	owner_changed("org.foo.Service", ":1.7", ":1.8");
	answer(50, from_service);
	begin(WIRE_SIGNAL, 1, 51, ":1.8", NULL);
	what("/org/foo", "org.foo.Bar", "Mine", NULL);
	f.sender = 8;
	end(&f);
}

/* --- what is asked for ---------------------------------------------------- */

static void parse_form(const char *text)
{
	static const struct {
		const char *name;
		uint16_t number;
	} types_[] = {
		{ "dbus", 231 }, { "user13", 160 }, { "sll", 113 },
		{ "sll2", 276 }, { "null", 0 },	    { "ether", 1 },
	};
	const char *link = strchr(text, ':');
	size_t i;

	if (!link)
		errx(2, "FORM is FORMAT:LINKTYPE");
	form.ng = !strncmp(text, "ng", 2);
	form.be = !strncmp(link - 3, "-be", 3);
	form.ns = strstr(text, "-ns") != NULL || form.ng;
	for (i = 0; i < sizeof(types_) / sizeof(types_[0]); i++) {
		if (!strcmp(link + 1, types_[i].name)) {
			form.linktype = types_[i].number;
			return;
		}
	}
	errx(2, "no such link type: %s", link + 1);
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : 0;

	if (argc < 3)
		errx(2, "usage: make-capture FORM WHAT [COUNT]");
	parse_form(argv[1]);
	if (!strcmp(argv[2], "big"))
		room += count;
	buf = aligned_alloc(8, (room + 7) & ~7ul);
	if (!buf)
		err(1, NULL);
	file_begin();
	if (!strcmp(argv[2], "talk"))
		talk();
	else if (!strcmp(argv[2], "types"))
		types();
	else if (!strcmp(argv[2], "nasty"))
		nasty();
	else if (!strcmp(argv[2], "big"))
		big(count);
	else if (!strcmp(argv[2], "bulk"))
		bulk(count);
	else if (!strcmp(argv[2], "words"))
		words();
	else if (!strcmp(argv[2], "asks"))
		asks();
	else if (!strcmp(argv[2], "handover"))
		handover();
	else if (!strcmp(argv[2], "buses"))
		buses();
	else
		errx(2, "no such talk: %s", argv[2]);
	if (fflush(stdout))
		err(1, "write");
	return 0;
}
