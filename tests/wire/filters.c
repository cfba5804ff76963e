// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules of the filter language at random, compiled to BPF for each link type,
 * and messages at random, in both byte orders. Each packet is given to the
 * program in libpcap's interpreter and in the kernel's, attached to a socket,
 * and its message to the evaluator. The two interpreters must agree; what the
 * evaluator takes, the program must; where the program is exact, it must take
 * nothing else.
 *
 *	filters [-s SEED] [-n SETS OF RULES]
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/dbus.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/wire/generate.h"
#include "wire/bpf.h"

#define RULES_MAX	12
#define MESSAGES	16	/* for each set of rules */
#define LINKS		6

struct rule {
	char text[WIRE_MATCH_MAX + 1];
	size_t len;
	struct wire_filter f;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char strings[WIRE_MATCH_MAX];
};

/**
 * struct packet - a message and what stands before it
 * @m: the message; @odd: programs may take it whatever the rules say
 */
struct packet {
	struct bytes whole;
	struct wire_msg m;
	struct wire_args args;
	struct wire_known known;
	bool odd;
};

static struct {
	uint64_t seed;
	uint64_t n;
	uint64_t packets;
	uint64_t matched;
	uint64_t rejected;
	uint64_t exact;
	uint64_t over;		/* taken without a match */
	uint64_t odd;
	uint64_t big;
	uint64_t replies;
	uint64_t by_link[LINKS];
	uint64_t cut;
	uint64_t left_out[3];
	uint64_t in_kernel;
	uint32_t most_insns;
} run;

static int sockets[2];
static struct rule rules[RULES_MAX];
static const struct wire_filter *filters[RULES_MAX];
static size_t n_rules;
static struct wire_bpf b;
static struct wire_bpf_insn program[WIRE_BPF_MAXINSNS];
static bool in_kernel;

static void dump_program(void)
{
	struct bpf_program prog = { b.n, (struct bpf_insn *)(void *)program };
	size_t i;

	for (i = 0; i < n_rules; i++)
		printf("rule: %s\n", rules[i].text);
	printf("link %d replies %d names %d words %u left out %u\n", b.link,
	       b.replies, b.names, b.words, b.rules_left_out);
	bpf_dump(&prog, 1);
}

__attribute__((format(printf, 1, 2), noreturn))
static void fail(const char *fmt, ...)
{
	va_list ap;

	printf("seed %" PRIu64 ", set %" PRIu64 ": ", run.seed, run.n);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	dump_program();
	exit(1);
}

/* --- what there is -------------------------------------------------------- */

#define TEN	"aaaaaaaaaa"
#define FIFTY	TEN TEN TEN TEN TEN
#define E250	FIFTY FIFTY FIFTY FIFTY FIFTY
#define L251	"org." FIFTY FIFTY FIFTY FIFTY TEN TEN TEN TEN "aaa.bbb"
#define E1000	E250 E250 E250 E250

static const char *const paths[] = {
	"/", "/a", "/a/b", "/a/b/c", "/aa", "/ab", "/a/bb", "/org", "/org/foo",
	"/org/foo/Bar", "/org/foo_Bar", "/org/foo/Ba", "/" E250,
	"/" E250 "/x", "/" E250 "/y", "/" FIFTY "/" FIFTY "/z",
};
static const char *const unique[] = {
	":1.0", ":1.1", ":1.7", ":1.70", ":1.71", ":2.1", ":1.123456", ":1.a",
};
static const char *const names[] = {
	"org.freedesktop.DBus", ":1.0", ":1.1", ":1.7", ":1.70", ":1.71", ":2.1",
	"org.test.One", "org.test.Two", "a.b", L251 ".ccc", L251 ".ccd",
};
static const char *const interfaces[] = {
	"org.foo", "org.fop", "org.foo.Bar", "a.b", "a.bc", "a.bcd", "a.bcde",
	"org.freedesktop.DBus", "org.freedesktop.DBus.Properties",
	L251 ".ccc", L251 ".cdc", L251 "bccc", L251,
};
static const char *const members[] = {
	"M", "Mm", "Mmm", "Mmmm", "Mmmmm", "N", "Nm", "Changed", "Changes", FIFTY,
};
static const char *const comms[] = {
	"gimp", "gim", "", "a-long-name-15c", "a-long-name-15d", "bash",
};
static const char *const buses[] = {
	"session-1000", "session-100", "system", "s", "a-name-of-thirty-one-octets-xyz",
};
static const uint32_t numbers[] = { 0, 1, 2, 255, 256, 1000, 0x80000000, ~0u };
static const char *const verdicts[] = {
	"delivered", "queued", "denied", "undelivered", "invalid",
};

/* who owns what; the same is true of a message's sender and addressee */
static bool owns(void *ctx, struct wire_str who, struct wire_str name)
{
	return (wire_str_is(name, "org.test.One") && wire_str_is(who, ":1.7")) ||
	       (wire_str_is(who, "org.test.One") && wire_str_is(name, ":1.7")) ||
	       (wire_str_is(name, "org.test.Two") && wire_str_is(who, ":1.1"));
}

/* --- rules ---------------------------------------------------------------- */

static void add(struct rule *u, const char *key, const char *value)
{
	int n = snprintf(u->text + u->len, sizeof(u->text) - u->len, "%s%s='%s'",
			 u->len ? "," : "", key, value);

	if (u->len + (size_t)n < sizeof(u->text))
		u->len += (size_t)n;
	u->text[u->len] = 0;
}

static void add_record_key(struct rule *u, struct rng *r)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", PICK(r, numbers));
	switch (rng_below(r, 5)) {
	case 0:
		add(u, "pid", number);
		break;
	case 1:
		add(u, "uid", number);
		break;
	case 2:
		add(u, "comm", PICK(r, comms));
		break;
	case 3:
		add(u, "bus", rng_below(r, 2) ? number : PICK(r, buses));
		break;
	default:
		add(u, "verdict", PICK(r, verdicts));
	}
}

static void add_key(struct rule *u, struct rng *r)
{
	static const char *const types[] = {
		"method_call", "method_return", "error", "signal",
	};

	switch (rng_below(r, 11)) {
	case 0:
	case 1:
		add(u, "type", PICK(r, types));
		break;
	case 2:
		add(u, "interface", PICK(r, interfaces));
		break;
	case 3:
		add(u, "member", PICK(r, members));
		break;
	case 4:
		add(u, "path", PICK(r, paths));
		break;
	case 5:
	case 6:
		add(u, "path_namespace", PICK(r, paths));
		break;
	case 7:
		add(u, "sender", rng_below(r, 3) ? PICK(r, unique) :
						   PICK(r, names));
		break;
	case 8:
		add(u, "destination", PICK(r, names));
		break;
	case 9:
		if (rng_one_in(r, 3))
			add(u, "arg0", PICK(r, members));
		else
			add(u, "error", PICK(r, interfaces));
		break;
	default:
		add_record_key(u, r);
	}
}

static void make_rule(struct rule *u, struct rng *r)
{
	struct wire_match_error err;
	uint32_t n;

	do {
		u->len = 0;
		u->text[0] = 0;
		for (n = rng_below(r, rng_one_in(r, 8) ? 7 : 4); n--;)
			add_key(u, r);
	} while (!wire_filter_parse(&u->f, u->args, u->strings, u->text, u->len,
				    &err));
}

/* --- packets -------------------------------------------------------------- */

static uint8_t *at(struct packet *p, size_t off, size_t n)
{
	static const uint8_t zero[256];

	while (p->whole.len < off + n)
		bytes_add(&p->whole, zero, off + n - p->whole.len);
	return p->whole.p + off;
}

static void put_le(struct packet *p, size_t off, uint32_t v, size_t n)
{
	uint8_t *to = at(p, off, n);

	for (; n--; v >>= 8)
		*to++ = (uint8_t)v;
}

static void put_record(struct packet *p, struct rng *r)
{
	struct wire_known *k = &p->known;
	size_t tlv = sizeof(struct dbusmon_hdr), len = tlv;

	k->keys = WIRE_FILTER_RECORD;
	k->pid = PICK(r, numbers);
	k->uid = PICK(r, numbers);
	k->bus_number = PICK(r, numbers);
	k->verdict = (uint8_t)(1 + rng_below(r, rng_one_in(r, 8) ? 5 : 4));
	k->comm.s = PICK(r, comms);
	k->comm.len = (uint32_t)strlen(k->comm.s);
	k->bus = (struct wire_str){ NULL, 0 };
	if (rng_below(r, 8)) {
		k->bus.s = PICK(r, buses);
		k->bus.len = (uint32_t)strlen(k->bus.s);
		len = (tlv + sizeof(struct dbusmon_tlv) + k->bus.len + 7) & ~7u;
	}
	put_le(p, 0, DBUSMON_MAGIC, 4);
	put_le(p, 4, DBUSMON_VERSION, 1);
	put_le(p, 5, DBUSMON_KIND_MESSAGE, 1);
	put_le(p, 6, (uint32_t)len, 2);
	put_le(p, offsetof(struct dbusmon_hdr, bus), k->bus_number, 4);
	put_le(p, offsetof(struct dbusmon_hdr, verdict), k->verdict, 1);
	put_le(p, offsetof(struct dbusmon_hdr, pid), k->pid, 4);
	put_le(p, offsetof(struct dbusmon_hdr, uid), k->uid, 4);
	memcpy(at(p, offsetof(struct dbusmon_hdr, comm), DBUSMON_COMM_LEN),
	       k->comm.s, k->comm.len);
	if (k->bus.s) {
		put_le(p, tlv, DBUSMON_TLV_BUS_NAME, 2);
		put_le(p, tlv + 2, k->bus.len, 2);
		memcpy(at(p, tlv + 4, k->bus.len), k->bus.s, k->bus.len);
	}
	at(p, len, 0);
}

static void put_link(struct packet *p, struct rng *r)
{
	p->known.keys = 0;
	switch (b.link) {
	case WIRE_BPF_RECORD:
		put_record(p, r);
		break;
	case WIRE_BPF_SLL:
	case WIRE_BPF_SLL_TAP:
		at(p, 0, 16);
		p->whole.p[2] = DBUSMON_ARPHRD >> 8;
		p->whole.p[3] = DBUSMON_ARPHRD & 0xff;
		p->whole.p[15] = DBUSMON_ETH_P_MESSAGE;
		break;
	case WIRE_BPF_SLL2:
		at(p, 0, 20);
		p->whole.p[1] = DBUSMON_ETH_P_MESSAGE;
		p->whole.p[8] = DBUSMON_ARPHRD >> 8;
		p->whole.p[9] = DBUSMON_ARPHRD & 0xff;
		break;
	default:
		break;
	}
}

static const char *value_for(uint8_t code, struct rng *r)
{
	static char very_long[66002];

	switch (code) {
	case WIRE_F_PATH:
		if (!rng_one_in(r, 300))
			return PICK(r, paths);
		memset(very_long, 'a', sizeof(very_long) - 1);
		very_long[0] = '/';
		return very_long;
	case WIRE_F_INTERFACE:
	case WIRE_F_ERROR_NAME:
		return PICK(r, interfaces);
	case WIRE_F_MEMBER:
		return PICK(r, members);
	case WIRE_F_DESTINATION:
		return PICK(r, names);
	default:	/* who may send: never a well-known name, but the bus's */
		return rng_one_in(r, 8) ? names[0] : PICK(r, unique);
	}
}

static bool is_name(uint8_t code)
{
	return code == WIRE_F_PATH || code == WIRE_F_INTERFACE ||
	       code == WIRE_F_MEMBER || code == WIRE_F_ERROR_NAME ||
	       code == WIRE_F_DESTINATION || code == WIRE_F_SENDER;
}

/* Valid, and such that rules may match it */
static void make_message(struct gen_message *g, struct wire_msg *m, bool *odd,
			 struct rng *r)
{
	const char *s;
	size_t i;

	for (;;) {
		gen_message(g, r);
		*odd = false;
		for (i = 0; i < g->n; i++) {
			struct gen_field *f = &g->fields[i];

			if (f->code > WIRE_F_CONTAINER_INSTANCE)
				*odd = true;
			if (!is_name(f->code) || (f->code != WIRE_F_SENDER &&
						  rng_one_in(r, 12)))
				continue;
			s = value_for(f->code, r);
			bytes_reset(&f->octets, g->big);
			gen_string_field(f, g->big, f->code, s, strlen(s));
		}
		gen_assemble(g);
		if (wire_parse(m, g->whole.p, g->whole.len) == WIRE_OK)
			break;
	}
	if (m->fields_len >= 1u << 16)
		*odd = true;
}

static void make_packet(struct packet *p, struct gen_message *g, struct rng *r)
{
	struct wire_msg m;
	size_t start;

	make_message(g, &m, &p->odd, r);
	bytes_reset(&p->whole, false);
	put_link(p, r);
	start = p->whole.len;
	bytes_add(&p->whole, g->whole.p, g->whole.len);
	if (p->known.keys && p->known.verdict == DBUSMON_INVALID) {
		p->odd = true;
		while (!rng_one_in(r, 3))
			p->whole.p[start + rng_below(r,
				(uint32_t)(p->whole.len - start))] ^=
				(uint8_t)(1 << rng_below(r, 8));
	}
	wire_parse(&p->m, p->whole.p + start, p->whole.len - start);
	wire_args_get(&p->args, &p->m);
}

/* --- the comparison ------------------------------------------------------- */

static bool attach(void)
{
	struct sock_fprog prog = {
		(unsigned short)b.n, (struct sock_filter *)(void *)program,
	};

	/* Linux counts the old one and the new one together. */
	setsockopt(sockets[0], SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 },
		   sizeof(int));
	if (!setsockopt(sockets[0], SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			sizeof(prog)))
		return true;
	if (errno != ENOMEM || (b.max_bytes <= WIRE_BPF_OPTMEM && b.n > 16))
		fail("%u instructions, for %u octets, can't be attached: %s",
		     b.n, b.bytes, strerror(errno));
	return false;
}

static bool kernel_takes(const struct packet *p)
{
	char octet;

	if (send(sockets[1], p->whole.p, p->whole.len, 0) < 0)
		fail("send: %s", strerror(errno));
	if (recv(sockets[0], &octet, 1, MSG_DONTWAIT) >= 0)
		return true;
	if (errno != EAGAIN)
		fail("recv: %s", strerror(errno));
	return false;
}

static bool matches(const struct packet *p)
{
	size_t i;

	for (i = 0; i < n_rules; i++)
		if (wire_filter_eval(filters[i], &p->m, &p->args, &p->known,
				     owns, NULL))
			return true;
	return false;
}

static bool takes(const struct packet *p)
{
	bool taken = bpf_filter((const struct bpf_insn *)(const void *)program,
				p->whole.p, (u_int)p->whole.len,
				(u_int)p->whole.len) != 0;

	if (in_kernel && p->whole.len < 100000 && kernel_takes(p) != taken)
		fail("libpcap says %d, the kernel %d", taken, !taken);
	run.in_kernel += in_kernel;
	return taken;
}

static bool is_exact(void)
{
	size_t i;

	if (!wire_bpf_is_whole(&b) || b.replies || b.names)
		return false;
	for (i = 0; i < n_rules; i++)
		if (wire_bpf_inexact(filters[i], b.link))
			return false;
	return true;
}

static void compare(const struct packet *p, bool exact)
{
	bool matched = matches(p), taken = takes(p);

	run.packets++;
	run.by_link[b.link]++;
	run.big += p->m.big;
	run.odd += p->odd;
	run.matched += matched;
	run.rejected += !taken;
	run.over += taken && !matched;
	if (matched && !taken)
		fail("lost: type %u sender %s destination %s path %s interface "
		     "%s member %s", p->m.type, p->m.sender.s,
		     p->m.destination.s, p->m.path.s, p->m.interface.s,
		     p->m.member.s);
	if (!exact || p->odd)
		return;
	run.exact++;
	if (taken != matched)
		fail("not exact: type %u sender %s destination %s path %s "
		     "interface %s member %s", p->m.type, p->m.sender.s,
		     p->m.destination.s, p->m.path.s, p->m.interface.s,
		     p->m.member.s);
}

/* The reply to a call that matched must be taken */
static void compare_reply(const struct packet *call, struct gen_message *g,
			  struct rng *r)
{
	const char *from = PICK(r, unique);
	char to[WIRE_NAME_MAX + 1] = "";
	struct packet p = { .odd = true };

	if (!b.replies || call->m.type != WIRE_METHOD_CALL || !matches(call) ||
	    (call->known.keys && call->known.verdict == DBUSMON_INVALID))
		return;
	if (call->m.sender.s)
		memcpy(to, call->m.sender.s, call->m.sender.len);
	if (call->m.destination.s && call->m.destination.s[0] == ':')
		from = call->m.destination.s;
	else if (call->m.destination.s &&
		 wire_str_is(call->m.destination, "org.test.One"))
		from = ":1.7";
	/* any other message, of which the reply has what replies have */
	g->type = (uint8_t)(WIRE_METHOD_RETURN + rng_below(r, 2));
	g->n = 0;
	g->fields[g->n].code = WIRE_F_REPLY_SERIAL;
	bytes_reset(&g->fields[0].octets, g->big);
	bytes_u8(&g->fields[0].octets, WIRE_F_REPLY_SERIAL);
	bytes_signature(&g->fields[0].octets, "u", 1);
	bytes_number(&g->fields[0].octets, 7, 4);
	g->n++;
#define FIELD(c, s) do {						\
	g->fields[g->n].code = (c);					\
	bytes_reset(&g->fields[g->n].octets, g->big);			\
	gen_string_field(&g->fields[g->n], g->big, (c), (s), strlen(s)); \
	g->n++;								\
} while (0)
	FIELD(WIRE_F_SENDER, from);
	if (to[0])
		FIELD(WIRE_F_DESTINATION, to);
	if (g->type == WIRE_ERROR)
		FIELD(WIRE_F_ERROR_NAME, "org.foo.Failed");
#undef FIELD
	g->body.len = 0;
	gen_assemble(g);
	put_link(&p, r);
	if (p.known.keys && call->known.keys) {
		p.known.bus_number = call->known.bus_number;
		p.known.bus = call->known.bus;
		/* the same bus: its record again */
		memcpy(at(&p, 0, 0), call->whole.p, p.whole.len <
		       call->whole.len ? p.whole.len : call->whole.len);
		bytes_reset(&p.whole, false);
		bytes_add(&p.whole, call->whole.p,
			  (size_t)(call->m.data - call->whole.p));
	}
	bytes_add(&p.whole, g->whole.p, g->whole.len);
	if (!takes(&p))
		fail("lost: the reply to a call that matched");
	run.replies++;
	bytes_free(&p.whole);
}

static void compile(struct rng *r)
{
	static const uint32_t small[] = { 200, 800, 2000, 6000, 12000 };
	struct bpf_insn *insns = (struct bpf_insn *)(void *)program;

	b = (struct wire_bpf){
		.link = (enum wire_bpf_link)rng_below(r, LINKS),
		.accept = 262144,
		.replies = rng_one_in(r, 4),
		.names = rng_one_in(r, 8),
		.max_insns = WIRE_BPF_MAXINSNS,
		.max_bytes = rng_one_in(r, 8) ? PICK(r, small) :
			     rng_below(r, 2) ? WIRE_BPF_OPTMEM : ~0u,
	};
	wire_bpf_compile(&b, program, filters, n_rules);
	if (!bpf_validate(insns, (int)b.n))
		fail("not valid for libpcap");
	if (b.bytes > b.max_bytes && b.n > 1)
		fail("%u octets, and %u are allowed", b.bytes, b.max_bytes);
	if (b.n > run.most_insns)
		run.most_insns = b.n;
	run.cut += b.words != WIRE_BPF_WHOLE;
	run.left_out[b.rules_left_out]++;
	in_kernel = attach();
}

/* A record's keys can't be had before the packet on this kind of socket */
static bool asks_record(void)
{
	size_t i;

	for (i = 0; i < n_rules; i++)
		if (filters[i]->keys & WIRE_FILTER_RECORD)
			return true;
	return false;
}

static void set_of_rules(struct gen_message *g, struct packet *p, struct rng *r)
{
	size_t i;
	bool exact;

	n_rules = rng_one_in(r, 8) ? 1 + rng_below(r, RULES_MAX) :
				     1 + rng_below(r, 2);
	for (i = 0; i < n_rules; i++) {
		make_rule(&rules[i], r);
		filters[i] = &rules[i].f;
	}
	do
		compile(r);
	while (b.link == WIRE_BPF_DGRAM && asks_record());
	exact = is_exact();
	for (i = 0; i < MESSAGES; i++) {
		make_packet(p, g, r);
		compare(p, exact);
		compare_reply(p, g, r);
	}
}

static void report(void)
{
	printf("%" PRIu64 " sets of rules, %" PRIu64 " packets, %" PRIu64
	       " matched, %" PRIu64 " rejected, %" PRIu64 " compared exactly\n",
	       run.n, run.packets, run.matched, run.rejected, run.exact);
	printf("%" PRIu64 " taken without a match\n", run.over);
	printf("%" PRIu64 " invalid, or of a later specification\n", run.odd);
	printf("%" PRIu64 " big-endian\n", run.big);
	printf("%" PRIu64 " replies to calls that matched\n", run.replies);
	printf("%" PRIu64 " as LINKTYPE_DBUS\n", run.by_link[WIRE_BPF_DBUS]);
	printf("%" PRIu64 " as LINKTYPE_USER13\n",
	       run.by_link[WIRE_BPF_RECORD]);
	printf("%" PRIu64 " as LINKTYPE_LINUX_SLL\n",
	       run.by_link[WIRE_BPF_SLL] + run.by_link[WIRE_BPF_SLL_TAP]);
	printf("%" PRIu64 " as LINKTYPE_LINUX_SLL2\n",
	       run.by_link[WIRE_BPF_SLL2]);
	printf("%" PRIu64 " on a cooked socket\n", run.by_link[WIRE_BPF_DGRAM]);
	printf("%" PRIu64 " in the kernel, too\n", run.in_kernel);
	printf("%" PRIu64 " programs with strings cut\n", run.cut);
	printf("%" PRIu64 " programs without fields\n", run.left_out[1]);
	printf("%" PRIu64 " programs without rules\n", run.left_out[2]);
	printf("%u instructions in the longest\n", run.most_insns);
}

int main(int argc, char **argv)
{
	struct gen_message g = { 0 };
	struct packet p = { 0 };
	uint64_t sets = 5000;
	int c, size = 4 << 20;

	run.seed = 1;
	while ((c = getopt(argc, argv, "s:n:")) != -1) {
		if (c == 's')
			run.seed = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			sets = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets)) {
		perror("socketpair");
		return 1;
	}
	setsockopt(sockets[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (; run.n < sets; run.n++) {
		struct rng r = rng_case(run.seed, run.n);

		set_of_rules(&g, &p, &r);
	}
	gen_free(&g);
	bytes_free(&p.whole);
	report();
	return 0;
}
