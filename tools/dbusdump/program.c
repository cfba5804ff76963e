// SPDX-License-Identifier: GPL-2.0-or-later
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCEPT 262144	/* libpcap puts the snapshot length in its place */

/**
 * struct program - a compiled filter
 * @b: what came of it
 * @inexact: keys that it does not decide
 */
struct program {
	struct wire_bpf b;
	uint32_t inexact;
	struct wire_bpf_insn insns[WIRE_BPF_MAXINSNS];
};

static bool link_of(int dlt, enum wire_bpf_link *link)
{
	switch (dlt) {
	case DLT_DBUS:
		*link = WIRE_BPF_DBUS;
		return true;
	case DLT_USER13:
		*link = WIRE_BPF_RECORD;
		return true;
	case DLT_LINUX_SLL:
		*link = WIRE_BPF_SLL;
		return true;
	case DLT_LINUX_SLL2:
		*link = WIRE_BPF_SLL2;
		return true;
	default:
		return false;
	}
}

/*
 * Octets of a program that a socket takes: the kernel says so, but perhaps not
 * in every network namespace. Something else may be set on the socket, too.
 */
static uint32_t room(void)
{
	FILE *f = fopen("/proc/sys/net/core/optmem_max", "re");
	unsigned int max = 0;

	if (f) {
		if (fscanf(f, "%u", &max) != 1)
			max = 0;
		fclose(f);
	}
	return max > 4096 && max < 1u << 24 ? max - 1024 : WIRE_BPF_OPTMEM;
}

static struct program *compile(const struct filter *f, enum wire_bpf_link link,
			       bool names, bool attach)
{
	struct program *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->b = (struct wire_bpf){
		.link = link,
		.accept = ACCEPT,
		.names = names,
		.max_insns = WIRE_BPF_MAXINSNS,
		.max_bytes = attach ? room() : WIRE_BPF_OPTMEM,
	};
	if (!filter_compile(f, &p->b, p->insns, &p->inexact)) {
		free(p);
		return NULL;
	}
	return p;
}

static struct bpf_program as_pcap(struct program *p)
{
	_Static_assert(sizeof(struct wire_bpf_insn) == sizeof(struct bpf_insn),
		       "instructions are laid out alike");

	return (struct bpf_program){
		.bf_len = p->b.n,
		.bf_insns = (struct bpf_insn *)(void *)p->insns,
	};
}

void program_attach(pcap_t *pcap, const struct filter *f, bool names, bool tap)
{
	enum wire_bpf_link link;
	struct bpf_program prog;
	struct program *p;

	if (!f->rule || !link_of(pcap_datalink(pcap), &link))
		return;
	/* the kernel can't be asked for a cooked packet's hardware type */
	if (link == WIRE_BPF_SLL && tap)
		link = WIRE_BPF_SLL_TAP;
	p = compile(f, link, names, true);
	if (!p)
		return;
	prog = as_pcap(p);
	pcap_setfilter(pcap, &prog);
	free(p);
}

/* What the program lets pass, for this program to decide */
static void tell(const struct program *p)
{
	const struct wire_bpf *b = &p->b;
	uint32_t keys = p->inexact;

	fprintf(stderr, "dbusdump: %u instructions, about %u octets in the "
		"kernel\n", b->n, b->bytes);
	for (; keys; keys &= keys - 1)
		fprintf(stderr, "dbusdump: not decided by the program, but "
			"afterwards: %s\n", wire_filter_key_name(keys & -keys));
	if (b->rules_left_out == 2)
		fputs("dbusdump: too large for the kernel: all messages "
		      "pass\n", stderr);
	else if (b->rules_left_out)
		fputs("dbusdump: too large for the kernel: header fields are "
		      "compared afterwards\n", stderr);
	else if (!b->words)
		fputs("dbusdump: too large for the kernel: of strings, only "
		      "the length is compared\n", stderr);
	else if (b->words != WIRE_BPF_WHOLE)
		fprintf(stderr, "dbusdump: too large for the kernel: of "
			"strings, only the last %u octets are compared\n",
			b->words * 4);
	if (b->replies)
		fputs("dbusdump: replies pass, if they may be those to a call "
		      "that matches\n", stderr);
	if (b->names)
		fputs("dbusdump: messages of and to org.freedesktop.DBus pass, "
		      "to learn names\n", stderr);
}

bool program_print(const struct filter *f, const char *linktype, bool names,
		   int form)
{
	int dlt = linktype ? pcap_datalink_name_to_val(linktype) : DLT_USER13;
	enum wire_bpf_link link;
	struct bpf_program prog;
	struct program *p;

	/* libpcap may not know this one's name */
	if (dlt < 0 && !strcmp(linktype, "USER13"))
		dlt = DLT_USER13;
	if (!link_of(dlt, &link)) {
		fprintf(stderr, "dbusdump: link type %s holds no D-Bus messages: "
			"DBUS, USER13, LINUX_SLL, LINUX_SLL2 do\n", linktype);
		return false;
	}
	if (!f->rule) {
		fputs("dbusdump: -d wants a rule\n", stderr);
		return false;
	}
	p = compile(f, link, names, false);
	if (!p)
		return false;
	prog = as_pcap(p);
	bpf_dump(&prog, form);
	fflush(stdout);
	if (form == 1)
		tell(p);
	free(p);
	return true;
}
