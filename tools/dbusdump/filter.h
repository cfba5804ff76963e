/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which messages are wanted: match rules as the bus knows them, and in the same
 * language the keys pid, uid, comm, bus, verdict and error, for what a rule of
 * the bus can't ask. Several rules are ORed.
 */
#ifndef DBUSDUMP_FILTER_H
#define DBUSDUMP_FILTER_H

#include "bus.h"
#include "record.h"
#include "wire/bpf.h"

struct filter_rule;

/**
 * struct filter - some rules
 * @rule: the first of them; NULL: everything passes
 * @no_replies: a call that passes does not bring its reply
 * @wants_args: some rule looks at arguments
 */
struct filter {
	struct filter_rule *rule;
	bool no_replies;
	bool wants_args;
};

/**
 * filter_add() - add a rule, or several with "or" between them
 * @f: the filter
 * @text: the rule
 * Return: false if it is wrong; what is wrong, and where, was then written to
 *	the standard error
 */
bool filter_add(struct filter *f, const char *text);

/**
 * filter_pass() - is this record wanted?
 * @f: the filter
 * @rec: the record
 * @bus: its bus
 * @made: if it is a call that waits for a reply: that call, which is marked
 * @answered: if it is a reply: the call it replies to
 */
bool filter_pass(const struct filter *f, const struct record *rec,
		 struct bus *bus, struct call *made,
		 const struct call *answered);
void filter_free(struct filter *f);

/**
 * filter_compile() - what BPF can decide of the filter
 * @f: the filter; it has rules
 * @b: as for wire_bpf_compile(); @b->replies is set here, and @b->names if a
 *	rule needs it
 * @out: the program, @b->max_insns elements
 * @inexact: keys that it does not decide, see wire_bpf_inexact()
 * Return: false if there is no memory
 */
bool filter_compile(const struct filter *f, struct wire_bpf *b,
		    struct wire_bpf_insn *out, uint32_t *inexact);

#endif /* DBUSDUMP_FILTER_H */
