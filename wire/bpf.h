/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Rules of the filter language, compiled to classic BPF.
 *
 * A program never rejects a valid message that a rule matches, as long as the
 * packet holds the message's whole header. It may accept more:
 *
 * - what BPF can't decide: arguments, the owner of a well-known name, and what
 *   a link type doesn't hold (wire_bpf_inexact());
 * - where strings were compared in part only, or not at all, because the program
 *   would have become too large (struct wire_bpf, .words);
 * - records of messages that are not valid, if their record's keys match, since
 *   nothing in their header is certain;
 * - messages with a header field of a later specification before its end, or
 *   with header fields of 64 KiB and more.
 *
 * Otherwise it accepts exactly what wire_filter_eval() does.
 */
#ifndef WIRE_BPF_H
#define WIRE_BPF_H

#include "wire/filter.h"

#define WIRE_BPF_MAXINSNS 4096	/* the kernel's limit */
/*
 * Octets of converted code that a socket takes at least (net.core.optmem_max of
 * 20480), less some for what else is set on it.
 */
#define WIRE_BPF_OPTMEM 19456

/* What a packet is, from its first octet on */
enum wire_bpf_link {
	WIRE_BPF_DBUS,		/* a message: LINKTYPE_DBUS */
	WIRE_BPF_RECORD,	/* the tap's record: LINKTYPE_USER13; SOCK_RAW */
	WIRE_BPF_SLL,		/* LINKTYPE_LINUX_SLL, of any device */
	WIRE_BPF_SLL2,		/* LINKTYPE_LINUX_SLL2, of any device */
	WIRE_BPF_SLL_TAP,	/* LINKTYPE_LINUX_SLL, of a tap only */
	WIRE_BPF_DGRAM,		/* a message on the tap, whose record stands
				 * before it: SOCK_DGRAM, in the kernel only
				 */
};

/* An instruction: struct bpf_insn, struct sock_filter */
struct wire_bpf_insn {
	uint16_t code;
	uint8_t jt;
	uint8_t jf;
	uint32_t k;
};

/**
 * struct wire_bpf - what to compile, and what came of it
 * @link: enum wire_bpf_link
 * @accept: what the program returns for a match: the most octets of a packet
 * @replies: accept also what may be the reply to a call that matches
 * @names: accept also what tells who owns which name: messages of and to
 *	org.freedesktop.DBus
 * @max_insns: the program has no more instructions
 * @max_bytes: nor, when the kernel has converted it, more octets
 * @n: instructions of the program
 * @bytes: about how many octets the kernel makes of it
 * @words: strings were compared in their last so many words only, or their
 *	first for path_namespace; WIRE_BPF_WHOLE: wholly; 0: only their length
 * @rules_left_out: the program was too large even so: only the keys of records
 *	and the types (1), or nothing at all (2) of the rules is looked at
 */
struct wire_bpf {
	enum wire_bpf_link link;
	uint32_t accept;
	bool replies;
	bool names;
	uint32_t max_insns;
	uint32_t max_bytes;

	uint32_t n;
	uint32_t bytes;
	uint32_t words;
	uint8_t rules_left_out;
};

#define WIRE_BPF_WHOLE 0xffffffffu

/**
 * wire_bpf_compile() - compile rules
 * @b: its first members filled in; the others are filled in here
 * @out: the program, @b->max_insns elements; at least 2
 * @rules: the rules: accepted is what any of them matches
 * @n_rules: how many
 *
 * There is always a program: one that accepts everything if there must be.
 */
void wire_bpf_compile(struct wire_bpf *b, struct wire_bpf_insn *out,
		      const struct wire_filter *const *rules, size_t n_rules);

/* Does the program leave nothing of the rules' keys out for its size? */
static inline bool wire_bpf_is_whole(const struct wire_bpf *b)
{
	return b->words == WIRE_BPF_WHOLE && !b->rules_left_out;
}

/**
 * wire_bpf_inexact() - which keys of a rule can't BPF decide?
 * @f: the rule
 * @link: enum wire_bpf_link
 * Return: enum wire_match_key and enum wire_filter_key bits; 0 if it can
 */
uint32_t wire_bpf_inexact(const struct wire_filter *f, enum wire_bpf_link link);

#endif /* WIRE_BPF_H */
