// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Classic BPF has no loops: the walk over the header fields is unrolled, a step
 * for each field that the specification knows, and leaves in scratch memory
 * where each wanted field stands. The rules then compare strings by words.
 *
 * The program is written from its end to its beginning: jumps go forward only,
 * so that every target is known when a jump to it is written, and where it is
 * too far for a conditional jump a JA goes in between. A label is the number of
 * instructions from the one it stands for to the end, that one included. Every
 * function here says what it emits in the order in which it runs.
 *
 * Lengths are read in either byte order by the same code: the words of a header
 * of less than 64 KiB have 16 significant bits, which stand in the upper half
 * of the word that BPF loads if the message is little-endian. Modulo 2^24 - 1
 * that upper half becomes the two octets with 8 bits between them.
 */
#include "wire/bpf.h"

#include <linux/dbus.h>

/* BPF's own numbers, which are the same everywhere */
enum {
	LD_W_ABS = 0x20, LD_H_ABS = 0x28, LD_B_ABS = 0x30,
	LD_W_IND = 0x40, LD_H_IND = 0x48, LD_B_IND = 0x50,
	LD_IMM = 0x00, LD_MEM = 0x60, LDX_IMM = 0x01, LDX_MEM = 0x61,
	ST = 0x02, STX = 0x03, TAX = 0x07, TXA = 0x87,
	ADD_K = 0x04, ADD_X = 0x0c, MUL_K = 0x24, AND_K = 0x54, LSH_K = 0x64,
	RSH_K = 0x74, MOD_K = 0x94,
	JA = 0x05, JEQ_K = 0x15, JGT_K = 0x25, JGT_X = 0x2d,
	RET_K = 0x06,
};

#define LL_OFF	0xffe00000u	/* SKF_LL_OFF: the link-layer header */

/* Scratch memory; what is not here is where a field stands, 0 if nowhere */
enum {
	M_END,			/* behind the last field */
	M_TYPE,			/* of the message */
	M_FIELD,		/* of field code 1; and so on, to SENDER's */
};

#define STEPS		10	/* fields that the specification knows */
#define NEAR		250	/* conditional jumps reach 255 */
#define EBPF_INSN	8	/* octets */
#define EBPF_FIXED	(80 + 9 * EBPF_INSN)	/* head and prologue */

/* Bit N: type N. No message has the type 0. */
#define ANY_TYPE	0u
#define NO_TYPE		1u

/**
 * struct prog - a program being written, from its end
 * @out: room for @room instructions, filled from its end
 * @n: how many there are
 * @ebpf: about how many the kernel makes of them
 * @full: there was no room for more
 * @words: most words of a string to compare
 * @cut: some string had more
 * @msg: where the message is in the packet, if that is fixed
 * @moving: it isn't: it stands behind the record, and X holds where
 * @pass: label: accept
 * @fail: label: reject
 */
struct prog {
	const struct wire_bpf *b;
	struct wire_bpf_insn *out;
	uint32_t room;
	uint32_t n;
	uint32_t ebpf;
	bool full;
	uint32_t words;
	bool cut;
	uint32_t msg;
	bool moving;
	uint32_t pass;
	uint32_t fail;
};

/**
 * struct rule - a rule as it is compiled
 * @types: bit N: message type N; or ANY_TYPE, NO_TYPE
 * @keys: as in struct wire_filter, without those that BPF can't decide
 * @sender, @destination: .s NULL if not asked for
 */
struct rule {
	uint8_t types;
	uint32_t keys;
	const struct wire_filter *f;
	struct wire_str sender;
	struct wire_str destination;
};

/* --- instructions --------------------------------------------------------- */

/* What the kernel (6.1) makes of it; more rather than less */
static uint32_t ebpf_insns(uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	switch (code) {
	case LD_W_ABS:
	case LD_H_ABS:
	case LD_B_ABS:
		return (int32_t)k < 0 ? 8 : 15;
	case LD_W_IND:
	case LD_H_IND:
	case LD_B_IND:
		return 9;
	case RET_K:
		return 2;
	case JEQ_K:
	case JGT_K:
	case JGT_X:
		return 1 + (jt && jf) + ((int32_t)k < 0);
	default:
		return 1;
	}
}

static void emit_jump(struct prog *p, uint16_t code, uint32_t k, uint32_t jt,
		      uint32_t jf)
{
	struct wire_bpf_insn *insn;

	if (p->n == p->room) {
		p->full = true;
		return;
	}
	insn = &p->out[p->room - ++p->n];
	*insn = (struct wire_bpf_insn){ code, (uint8_t)jt, (uint8_t)jf, k };
	p->ebpf += ebpf_insns(code, insn->jt, insn->jf, k);
}

static void emit(struct prog *p, uint16_t code, uint32_t k)
{
	emit_jump(p, code, k, 0, 0);
}

static void jump(struct prog *p, uint32_t to)
{
	if (p->n != to)
		emit(p, JA, p->n - to);
}

static void branch(struct prog *p, uint16_t code, uint32_t k, uint32_t yes,
		   uint32_t no)
{
	if (p->n - no > NEAR) {
		emit(p, JA, p->n - no);
		no = p->n;
	}
	if (p->n - yes > NEAR) {
		emit(p, JA, p->n - yes);
		yes = p->n;
	}
	emit_jump(p, code, k, p->n - yes, p->n - no);
}

/* A := octets of the message at @off, X being where it, or a field, is */
static void load(struct prog *p, uint16_t code, uint32_t off)
{
	emit(p, code, p->msg + off);
}

/* A := octets of the record at @off */
static void load_record(struct prog *p, uint16_t code, uint32_t off)
{
	emit(p, code, p->b->link == WIRE_BPF_DGRAM ? LL_OFF + off : off);
}

static bool has_record(enum wire_bpf_link link)
{
	return link == WIRE_BPF_RECORD || link == WIRE_BPF_DGRAM;
}

static uint32_t swap32(uint32_t v)
{
	return __builtin_bswap32(v);
}

/* The word that BPF loads where @s stands */
static uint32_t octets(const char *s, uint32_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | (uint8_t)*s++;
	return v;
}

/* --- strings -------------------------------------------------------------- */

/*
 * Piece number @i of a string of @len octets: words, and a last one that
 * overlaps the one before it if the length is no multiple of 4. Shorter strings
 * have a half word, an octet, or both.
 */
struct piece {
	uint16_t code;
	uint32_t off;
	uint32_t len;
};

static uint32_t count_pieces(uint32_t len)
{
	if (len >= 4)
		return (len + 3) / 4;
	return len == 3 ? 2 : len != 0;
}

static struct piece piece(uint32_t len, uint32_t i)
{
	if (len >= 4 && i == len / 4)
		return (struct piece){ LD_W_IND, len - 4, 4 };
	if (len >= 4)
		return (struct piece){ LD_W_IND, i * 4, 4 };
	if (len == 1 || i)
		return (struct piece){ LD_B_IND, len - 1, 1 };
	return (struct piece){ LD_H_IND, 0, 2 };
}

/* How many pieces of @s are compared */
static uint32_t compared_pieces(struct prog *p, struct wire_str s)
{
	uint32_t n = count_pieces(s.len);

	if (n <= p->words)
		return n;
	p->cut = true;
	return p->words;
}

/* Compare a piece of @s with what stands at X + @at */
static void compare_piece(struct prog *p, struct wire_str s, uint32_t at,
			  uint32_t i, uint32_t no)
{
	struct piece c = piece(s.len, i);

	branch(p, JEQ_K, octets(s.s + c.off, c.len), p->n, no);
	load(p, c.code, at + c.off);
}

/* X := where the field stands; to @no if it is not there */
static void find_field(struct prog *p, unsigned int field, uint32_t no)
{
	branch(p, JEQ_K, 0, no, p->n);
	emit(p, TXA, 0);
	emit(p, LDX_MEM, M_FIELD + field - 1);
}

/*
 * Does the field at X equal @s? First its length, in either byte order, so that
 * nothing behind the message is read; then its pieces from the last one on,
 * since names begin alike.
 */
static void compare_string(struct prog *p, struct wire_str s, uint32_t yes,
			   uint32_t no)
{
	uint32_t n = compared_pieces(p, s), i, whole = count_pieces(s.len);

	jump(p, yes);
	for (i = whole - n; i < whole; i++)
		compare_piece(p, s, 8, i, no);
	yes = p->n;
	branch(p, JEQ_K, s.len, yes, no);
	branch(p, JEQ_K, swap32(s.len), yes, p->n);
	load(p, LD_W_IND, 4);
}

static void compare_field(struct prog *p, unsigned int field, struct wire_str s,
			  uint32_t no)
{
	compare_string(p, s, p->n, no);
	find_field(p, field, no);
}

/*
 * Is the path @root, or below it? From the first word on: a path that is
 * shorter differs in its NUL at the latest, and its header is padded to the end
 * of that word.
 */
static void compare_namespace(struct prog *p, struct wire_str root, uint32_t no)
{
	uint32_t n = compared_pieces(p, root), yes = p->n;

	if (root.len > 1) {
		if (n == count_pieces(root.len)) {
			branch(p, JEQ_K, '/', yes, no);
			branch(p, JEQ_K, 0, yes, p->n);
			load(p, LD_B_IND, 8 + root.len);
		}
		while (n--)
			compare_piece(p, root, 8, n, no);
	}
	find_field(p, WIRE_F_PATH, no);
}

/* The one name that nobody has but the bus, which has no other */
static bool is_driver(struct wire_str s)
{
	return wire_str_is(s, "org.freedesktop.DBus");
}

/*
 * A bus name. If it is a well-known one, any unique name may be the owner's; and
 * a message to a well-known name may go to the unique one. A sender is always
 * given by its unique name.
 */
static void compare_name(struct prog *p, unsigned int field, struct wire_str s,
			 uint32_t no)
{
	uint32_t yes = p->n, same;

	compare_string(p, s, yes, no);
	same = p->n;
	if (s.s[0] != ':' && !is_driver(s)) {
		branch(p, JEQ_K, ':', yes, same);
		load(p, LD_B_IND, 8);
	} else if (s.s[0] == ':' && field == WIRE_F_DESTINATION) {
		branch(p, JEQ_K, ':', same, yes);
		load(p, LD_B_IND, 8);
	}
	find_field(p, field, no);
}

/* --- rules ---------------------------------------------------------------- */

uint32_t wire_bpf_inexact(const struct wire_filter *f, enum wire_bpf_link link)
{
	uint32_t keys = f->keys & WIRE_MATCH_ARGS_KEY;

	if (f->keys & WIRE_MATCH_SENDER && f->match.sender.s[0] != ':' &&
	    !is_driver(f->match.sender))
		keys |= WIRE_MATCH_SENDER;
	if (f->keys & WIRE_MATCH_DESTINATION && !is_driver(f->match.destination))
		keys |= WIRE_MATCH_DESTINATION;
	if (!has_record(link))
		keys |= f->keys & WIRE_FILTER_RECORD;
	return keys;
}

static struct rule rule_of(const struct prog *p, const struct wire_filter *f)
{
	struct rule r = { .f = f, .keys = f->keys };

	if (!has_record(p->b->link))
		r.keys &= ~(uint32_t)WIRE_FILTER_RECORD;
	if (f->keys & WIRE_MATCH_TYPE)
		r.types = (uint8_t)(1u << f->match.type);
	if (f->keys & WIRE_FILTER_ERROR && r.types == ANY_TYPE)
		r.types = 1u << WIRE_ERROR;
	else if (f->keys & WIRE_FILTER_ERROR && f->match.type != WIRE_ERROR)
		r.types = NO_TYPE;
	if (f->keys & WIRE_MATCH_SENDER)
		r.sender = f->match.sender;
	if (f->keys & WIRE_MATCH_DESTINATION)
		r.destination = f->match.destination;
	return r;
}

/*
 * What replies to calls that match @f: it comes from whom they went to and goes
 * to whom they came from, as far as those are unique names. Sent by another
 * process and with a verdict of its own, it is on the same bus at least.
 */
static bool reply_of(const struct prog *p, const struct wire_filter *f,
		     struct rule *r)
{
	*r = rule_of(p, f);
	if (r->types != ANY_TYPE && !(r->types & 1u << WIRE_METHOD_CALL))
		return false;
	r->types = 1u << WIRE_METHOD_RETURN | 1u << WIRE_ERROR;
	r->keys &= WIRE_FILTER_BUS;
	r->sender = r->destination = (struct wire_str){ NULL, 0 };
	if (f->keys & WIRE_MATCH_SENDER && f->match.sender.s[0] == ':')
		r->destination = f->match.sender;
	if (f->keys & WIRE_MATCH_DESTINATION &&
	    f->match.destination.s[0] == ':')
		r->sender = f->match.destination;
	return true;
}

static void rule_bus(struct prog *p, const struct wire_filter *f, uint32_t no)
{
	const uint32_t at = sizeof(struct dbusmon_hdr) + sizeof(struct dbusmon_tlv);
	struct wire_str s = f->bus;
	uint32_t i;

	if (!s.s) {
		branch(p, JEQ_K, swap32(f->bus_number), p->n, no);
		load_record(p, LD_W_ABS, offsetof(struct dbusmon_hdr, bus));
		return;
	}
	for (i = s.len; i--;) {
		branch(p, JEQ_K, (uint8_t)s.s[i], p->n, no);
		load_record(p, LD_B_ABS, at + i);
	}
	/* the name is the first attribute, if there is any */
	branch(p, JEQ_K, (uint32_t)DBUSMON_TLV_BUS_NAME << 24 |
	       swap32(s.len) >> 16, p->n, no);
	load_record(p, LD_W_ABS, sizeof(struct dbusmon_hdr));
	branch(p, JEQ_K, swap32(sizeof(struct dbusmon_hdr)) >> 16, no, p->n);
	load_record(p, LD_H_ABS, offsetof(struct dbusmon_hdr, hdr_len));
}

static void rule_comm(struct prog *p, const struct wire_filter *f, uint32_t no)
{
	char comm[DBUSMON_COMM_LEN] = { 0 };
	uint32_t i;

	memcpy(comm, f->comm.s, f->comm.len);
	for (i = 0; i < sizeof(comm); i += 4) {
		branch(p, JEQ_K, octets(comm + i, 4), p->n, no);
		load_record(p, LD_W_ABS,
			    (uint32_t)offsetof(struct dbusmon_hdr, comm) + i);
	}
}

/* The keys that the record answers */
static void rule_record(struct prog *p, const struct rule *r, uint32_t no)
{
	const struct wire_filter *f = r->f;

	if (r->keys & WIRE_FILTER_BUS)
		rule_bus(p, f, no);
	if (r->keys & WIRE_FILTER_COMM)
		rule_comm(p, f, no);
	if (r->keys & WIRE_FILTER_VERDICT) {
		branch(p, JEQ_K, f->verdict, p->n, no);
		load_record(p, LD_B_ABS, offsetof(struct dbusmon_hdr, verdict));
	}
	if (r->keys & WIRE_FILTER_UID) {
		branch(p, JEQ_K, swap32(f->uid), p->n, no);
		load_record(p, LD_W_ABS, offsetof(struct dbusmon_hdr, uid));
	}
	if (r->keys & WIRE_FILTER_PID) {
		branch(p, JEQ_K, swap32(f->pid), p->n, no);
		load_record(p, LD_W_ABS, offsetof(struct dbusmon_hdr, pid));
	}
	if (r->keys & (WIRE_FILTER_PID | WIRE_FILTER_UID)) {
		branch(p, JEQ_K, 0, no, p->n);
		load_record(p, LD_W_ABS, offsetof(struct dbusmon_hdr, pid));
	}
}

static void rule_fields(struct prog *p, const struct rule *r, uint32_t no)
{
	const struct wire_filter *f = r->f;

	if (r->sender.s)
		compare_name(p, WIRE_F_SENDER, r->sender, no);
	if (r->destination.s)
		compare_name(p, WIRE_F_DESTINATION, r->destination, no);
	if (r->keys & WIRE_MATCH_PATH_NAMESPACE)
		compare_namespace(p, f->match.path, no);
	if (r->keys & WIRE_MATCH_PATH)
		compare_field(p, WIRE_F_PATH, f->match.path, no);
	if (r->keys & WIRE_FILTER_ERROR)
		compare_field(p, WIRE_F_ERROR_NAME, f->error, no);
	if (r->keys & WIRE_MATCH_INTERFACE)
		compare_field(p, WIRE_F_INTERFACE, f->match.interface, no);
	if (r->keys & WIRE_MATCH_MEMBER)
		compare_field(p, WIRE_F_MEMBER, f->match.member, no);
}

static void check_types(struct prog *p, unsigned int types, uint32_t yes,
			uint32_t no)
{
	unsigned int type;

	if (types == ANY_TYPE)
		return;
	for (type = 0; type <= WIRE_SIGNAL; type++) {
		if (!(types & 1u << type))
			continue;
		branch(p, JEQ_K, type, yes, no);
		no = p->n;
	}
}

enum how {
	WHOLE,		/* all keys */
	NO_FIELDS,	/* not what stands in header fields */
	RECORD_ONLY,	/* nor the type */
};

/* To p->pass if the rule matches, else to @no */
static void put_rule(struct prog *p, const struct rule *r, enum how how,
		     uint32_t no)
{
	jump(p, p->pass);
	if (how == WHOLE)
		rule_fields(p, r, no);
	if (has_record(p->b->link))
		rule_record(p, r, no);
	if (how != RECORD_ONLY && r->types != ANY_TYPE) {
		check_types(p, r->types, p->n, no);
		emit(p, LD_MEM, M_TYPE);
	}
}

/* The header fields that a rule looks at */
static uint32_t rule_wants(const struct rule *r)
{
	uint32_t fields = 0;

	if (r->sender.s)
		fields |= 1u << WIRE_F_SENDER;
	if (r->destination.s)
		fields |= 1u << WIRE_F_DESTINATION;
	if (r->keys & (WIRE_MATCH_PATH | WIRE_MATCH_PATH_NAMESPACE))
		fields |= 1u << WIRE_F_PATH;
	if (r->keys & WIRE_MATCH_INTERFACE)
		fields |= 1u << WIRE_F_INTERFACE;
	if (r->keys & WIRE_MATCH_MEMBER)
		fields |= 1u << WIRE_F_MEMBER;
	if (r->keys & WIRE_FILTER_ERROR)
		fields |= 1u << WIRE_F_ERROR_NAME;
	return fields;
}

/**
 * struct all - what the rules have in common
 * @fields: bits of the header fields that are looked at
 * @types: of messages that may match; ANY_TYPE
 * @any_type: some rule takes all types
 */
struct all {
	uint32_t fields;
	uint8_t types;
	bool any_type;
};

static void add_rule(struct prog *p, struct all *all, const struct rule *r,
		     enum how how, uint32_t *no)
{
	all->fields |= rule_wants(r);
	all->types |= r->types;
	all->any_type |= r->types == ANY_TYPE;
	put_rule(p, r, how, *no);
	*no = p->n;
}

/* All rules, the first one first; the last one's failure is the program's */
static void put_rules(struct prog *p, struct all *all,
		      const struct wire_filter *const *rules, size_t n,
		      enum how how)
{
	static const struct wire_filter names;
	const struct wire_str driver = { "org.freedesktop.DBus", 20 };
	struct rule r = { .f = &names };
	uint32_t no = p->fail;
	size_t i;

	/* the record's keys alone are asked of what isn't valid: no replies */
	if (p->b->names && how != RECORD_ONLY) {
		r.sender = driver;
		add_rule(p, all, &r, how, &no);
		r.sender = names.match.sender;
		r.destination = driver;
		add_rule(p, all, &r, how, &no);
	}
	for (i = n; i--;)
		if (p->b->replies && how != RECORD_ONLY &&
		    reply_of(p, rules[i], &r))
			add_rule(p, all, &r, how, &no);
	for (i = n; i--;) {
		r = rule_of(p, rules[i]);
		add_rule(p, all, &r, how, &no);
	}
	if (!n && no == p->fail)
		jump(p, p->fail);
}

/* --- the walk ------------------------------------------------------------- */

/*
 * A step: X is where a field begins, and afterwards where the next one does.
 * To @done if there is none. Fields of known code have the type of that code,
 * or the message is not valid: 's' and 'o' but for SIGNATURE, REPLY_SERIAL and
 * UNIX_FDS.
 */
static void put_step(struct prog *p, uint32_t fields, uint32_t done)
{
	uint32_t next = p->n, add, number, signature, length, string;
	unsigned int code;

	emit(p, TAX, 0);
	emit(p, AND_K, ~7u);
	emit(p, ADD_X, 0);
	add = p->n;
	/* A: octets of the field, with 7 more unless it ends at a boundary */
	emit(p, LD_IMM, 8);
	number = p->n;
	jump(p, add);
	emit(p, ADD_K, 4 + 1 + 1 + 7);
	load(p, LD_B_IND, 4);
	signature = p->n;
	jump(p, add);
	emit(p, ADD_K, 4 + 4 + 1 + 7);
	length = p->n;
	/* little-endian, and 256 or more: 00 hh 00 ll, to be hhll */
	emit(p, AND_K, 0xffff);
	emit(p, RSH_K, 8);
	emit(p, MUL_K, 257);
	branch(p, JGT_K, 0xffff, p->n, length);
	emit(p, MOD_K, 0xffffff);
	load(p, LD_W_IND, 4);
	string = p->n;
	branch(p, JGT_K, WIRE_F_CONTAINER_INSTANCE, p->pass, string);
	branch(p, JEQ_K, WIRE_F_UNIX_FDS, number, p->n);
	branch(p, JEQ_K, WIRE_F_REPLY_SERIAL, number, p->n);
	branch(p, JEQ_K, WIRE_F_SIGNATURE, signature, p->n);
	for (code = WIRE_F_PATH; code <= WIRE_F_SENDER; code++) {
		if (!(fields & 1u << code))
			continue;
		next = p->n;
		emit(p, STX, M_FIELD + code - 1);
		branch(p, JEQ_K, code, p->n, next);
	}
	load(p, LD_B_IND, 0);
	branch(p, JGT_X, 0, p->n, done);
	emit(p, LD_MEM, M_END);
}

/* X is where the fields begin */
static void put_walk(struct prog *p, uint32_t fields)
{
	uint32_t done = p->n;
	unsigned int i;

	/* more fields than steps: an unknown one is among them */
	branch(p, JGT_X, 0, p->pass, done);
	emit(p, LD_MEM, M_END);
	for (i = 0; i < STEPS; i++)
		put_step(p, fields, done);
	for (i = WIRE_F_PATH; i <= WIRE_F_SENDER; i++)
		if (fields & 1u << i)
			emit(p, ST, M_FIELD + i - 1);
	if (fields)
		emit(p, LD_IMM, 0);
}

/* --- before the fields ---------------------------------------------------- */

/* A := octets of the message at @off, in front of the fields */
static void load_fixed(struct prog *p, uint32_t off, uint32_t size)
{
	static const uint16_t abs[] = { 0, LD_B_ABS, LD_H_ABS, 0, LD_W_ABS };
	static const uint16_t ind[] = { 0, LD_B_IND, LD_H_IND, 0, LD_W_IND };

	load(p, p->moving ? ind[size] : abs[size], off);
}

/*
 * M_END := where the fields end; X := where they begin. Fields are at most
 * 64 KiB long, or all passes.
 */
static void put_bounds(struct prog *p)
{
	uint32_t both, little, big;

	if (p->moving) {
		emit(p, TAX, 0);
		emit(p, ADD_K, WIRE_FIXED_LEN);
		emit(p, TXA, 0);
	} else {
		emit(p, LDX_IMM, WIRE_FIXED_LEN);
	}
	emit(p, ST, M_END);
	if (p->moving)
		emit(p, ADD_X, 0);
	emit(p, ADD_K, WIRE_FIXED_LEN);
	both = p->n;
	load_fixed(p, 14, 2);
	branch(p, JEQ_K, 0, p->n, p->pass);
	load_fixed(p, 12, 2);
	big = p->n;
	jump(p, both);
	emit(p, AND_K, 0xffff);
	emit(p, RSH_K, 8);
	emit(p, MUL_K, 0x10001);
	load_fixed(p, 12, 2);
	branch(p, JEQ_K, 0, p->n, p->pass);
	load_fixed(p, 14, 2);
	little = p->n;
	branch(p, JEQ_K, 'B', big, p->fail);
	branch(p, JEQ_K, 'l', little, p->n);
	load_fixed(p, 0, 1);
}

/* M_TYPE := the message's type; to p->fail if it is none of @all's */
static void put_type(struct prog *p, const struct all *all)
{
	if (!all->any_type)
		check_types(p, all->types, p->n, p->fail);
	emit(p, ST, M_TYPE);
	load_fixed(p, 1, 1);
}

/*
 * A record of a message, with X where that is; to @invalid if it breaks the
 * specification.
 */
static void put_record(struct prog *p, uint32_t invalid)
{
	branch(p, JEQ_K, DBUSMON_INVALID, invalid, p->n);
	load_record(p, LD_B_ABS, offsetof(struct dbusmon_hdr, verdict));
	emit(p, TAX, 0);
	emit(p, ADD_X, 0);
	load_record(p, LD_B_ABS, offsetof(struct dbusmon_hdr, hdr_len));
	emit(p, TAX, 0);
	emit(p, LSH_K, 8);
	load_record(p, LD_B_ABS, offsetof(struct dbusmon_hdr, hdr_len) + 1);
	branch(p, JEQ_K, DBUSMON_KIND_MESSAGE, p->n, p->fail);
	load_record(p, LD_B_ABS, offsetof(struct dbusmon_hdr, kind));
	branch(p, JEQ_K, swap32(DBUSMON_MAGIC), p->n, p->fail);
	load_record(p, LD_W_ABS, offsetof(struct dbusmon_hdr, magic));
}

/* What isn't a valid message on a tap may be an invalid one: it passes. */
static void put_cooked(struct prog *p, uint32_t protocol, uint32_t hatype)
{
	uint32_t valid = p->n;

	branch(p, JEQ_K, DBUSMON_ETH_P_EVENT, p->pass, p->fail);
	branch(p, JEQ_K, DBUSMON_ETH_P_MESSAGE, valid, p->n);
	emit(p, LD_H_ABS, protocol);
	if (p->b->link == WIRE_BPF_SLL_TAP)
		return;
	branch(p, JEQ_K, DBUSMON_ARPHRD, p->n, p->fail);
	emit(p, LD_H_ABS, hatype);
}

static void put_link(struct prog *p, uint32_t invalid)
{
	switch (p->b->link) {
	case WIRE_BPF_RECORD:
		put_record(p, invalid);
		break;
	case WIRE_BPF_SLL:
	case WIRE_BPF_SLL_TAP:
		put_cooked(p, 14, 2);
		break;
	case WIRE_BPF_SLL2:
		put_cooked(p, 0, 8);
		break;
	default:
		break;
	}
}

static uint32_t message_offset(enum wire_bpf_link link)
{
	if (link == WIRE_BPF_SLL || link == WIRE_BPF_SLL_TAP)
		return 16;
	return link == WIRE_BPF_SLL2 ? 20 : 0;
}

/* --- the program ---------------------------------------------------------- */

static bool put_program(struct prog *p, const struct wire_filter *const *rules,
			size_t n_rules, enum how how)
{
	struct all all = { 0 }, invalid = { 0 };
	uint32_t at_invalid = 0;

	p->n = p->ebpf = 0;
	p->full = p->cut = false;
	emit(p, RET_K, 0);
	p->fail = p->n;
	emit(p, RET_K, p->b->accept);
	p->pass = p->n;
	if (p->moving) {
		put_rules(p, &invalid, rules, n_rules, RECORD_ONLY);
		at_invalid = p->n;
	}
	put_rules(p, &all, rules, n_rules, how);
	if (how == WHOLE && all.fields) {
		put_walk(p, all.fields);
		put_bounds(p);
	}
	put_type(p, &all);
	put_link(p, at_invalid);
	return !p->full &&
	       EBPF_FIXED + p->ebpf * EBPF_INSN <= p->b->max_bytes;
}

static void finish(struct wire_bpf *b, const struct prog *p)
{
	b->n = p->n;
	b->bytes = EBPF_FIXED + p->ebpf * EBPF_INSN;
	b->words = p->cut ? p->words : WIRE_BPF_WHOLE;
	memmove(p->out, p->out + p->room - p->n, p->n * sizeof(p->out[0]));
}

void wire_bpf_compile(struct wire_bpf *b, struct wire_bpf_insn *out,
		      const struct wire_filter *const *rules, size_t n_rules)
{
	struct prog p = {
		.b = b,
		.out = out,
		.room = b->max_insns,
		.msg = message_offset(b->link),
		.moving = b->link == WIRE_BPF_RECORD,
	};

	b->rules_left_out = 0;
	for (p.words = WIRE_BPF_WHOLE; p.words;
	     p.words = p.words > 64 ? 64 : p.words / 2) {
		if (put_program(&p, rules, n_rules, WHOLE)) {
			finish(b, &p);
			return;
		}
	}
	if (put_program(&p, rules, n_rules, WHOLE)) {
		finish(b, &p);
		return;
	}
	b->rules_left_out = 1;
	if (put_program(&p, rules, n_rules, NO_FIELDS)) {
		finish(b, &p);
		return;
	}
	b->rules_left_out = 2;
	p.n = p.ebpf = 0;
	emit(&p, RET_K, b->accept);
	finish(b, &p);
}
