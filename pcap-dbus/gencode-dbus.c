/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */

/*
 * D-Bus match rules as filter expressions:
 *
 *	KEY=VALUE[,KEY=VALUE...][ or KEY=VALUE...]
 *
 * They can be told from all other expressions by their beginning, a word with
 * a '=' behind it. What is said so must be decided by the program that is made
 * of it, exactly: there's nobody behind it to look again. So keys that BPF
 * can't decide are refused.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcap-int.h"
#include "gencode-dbus.h"

/* More than the kernel takes, and then it's applied by ourselves. */
#define MAXIMUM_INSNS	65535

struct dbus_rule {
	struct dbus_rule *next;
	struct wire_filter filter;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char values[WIRE_MATCH_MAX];
};

static int
dbus_link(int dlt, enum wire_bpf_link *link)
{
	switch (dlt) {

	case DLT_DBUS:
		*link = WIRE_BPF_DBUS;
		return 1;

	case DLT_USER13:
		*link = WIRE_BPF_RECORD;
		return 1;

	case DLT_LINUX_SLL:
		*link = WIRE_BPF_SLL;
		return 1;

	case DLT_LINUX_SLL2:
		*link = WIRE_BPF_SLL2;
		return 1;

	default:
		return 0;
	}
}

static int
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

/*
 * A word with a '=' behind it; but "len = 5" is arithmetic, as is "tcpflags = 2".
 * On link types that are not only D-Bus's, the word has to be a key.
 */
static int
is_dbus_rule(const char *buf, enum wire_bpf_link link)
{
	static const char *const other[] = { "len", "tcpflags" };
	struct wire_match_error err;
	struct wire_filter f;
	struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
	char key[32], value[32];
	size_t n = 0, i;

	while (*buf == ' ' || *buf == '\t' || *buf == '\n' || *buf == '\r')
		buf++;
	while (is_word(buf[n]))
		n++;
	for (i = n; buf[i] == ' ' || buf[i] == '\t'; i++)
		;
	if (n == 0 || buf[i] != '=' || buf[i + 1] == '=' ||
	    PCAP_ISDIGIT(buf[0]))
		return 0;
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strlen(other[i]) == n && memcmp(buf, other[i], n) == 0)
			return 0;
	if (link == WIRE_BPF_DBUS || link == WIRE_BPF_RECORD)
		return 1;
	if (n > sizeof(key) - 2)
		return 0;
	memcpy(key, buf, n);
	key[n++] = '=';
	return wire_filter_parse(&f, args, value, key, n, &err) ||
	    strcmp(err.why, "unknown key") != 0;
}

static void
free_rules(struct dbus_rule *rule)
{
	struct dbus_rule *next;

	for (; rule != NULL; rule = next) {
		next = rule->next;
		free(rule);
	}
}

/*
 * Say that a key can't be decided.
 */
static void
refuse_key(char *errbuf, const struct wire_filter *f, uint32_t keys)
{
	const struct wire_match_arg *arg = f->match.args;
	static const char *const kinds[] = { "", "path", "namespace" };

	if (keys & WIRE_FILTER_RECORD)
		snprintf(errbuf, PCAP_ERRBUF_SIZE,
		    "D-Bus match rule: %s: packets of this link type don't say "
		    "it; those of USER13 do (-y USER13)",
		    wire_filter_key_name(keys & WIRE_FILTER_RECORD));
	else if (keys & WIRE_MATCH_ARGS_KEY)
		snprintf(errbuf, PCAP_ERRBUF_SIZE,
		    "D-Bus match rule: arg%u%s: a filter can't look at "
		    "arguments; dbusdump --match does", arg->index,
		    kinds[arg->kind]);
	else
		snprintf(errbuf, PCAP_ERRBUF_SIZE,
		    "D-Bus match rule: %s: a filter can't tell who owns a name; "
		    "dbusdump --match follows them%s",
		    wire_filter_key_name(keys),
		    keys & WIRE_MATCH_SENDER ?
		    ", and a sender's unique name (:1.N) can be given here" :
		    "");
}

/*
 * Parse the rule that stands at the octets from at on of buf.
 */
static struct dbus_rule *
parse_rule(pcap_t *p, const char *buf, struct wire_str text,
    enum wire_bpf_link link)
{
	struct wire_match_error err;
	struct dbus_rule *rule;
	uint32_t keys;

	rule = calloc(1, sizeof(*rule));
	if (rule == NULL) {
		pcap_fmt_errmsg_for_errno(p->errbuf, PCAP_ERRBUF_SIZE, errno,
		    "calloc");
		return NULL;
	}
	if (!wire_filter_parse(&rule->filter, rule->args, rule->values, text.s,
	    text.len, &err)) {
		snprintf(p->errbuf, PCAP_ERRBUF_SIZE,
		    "D-Bus match rule: %.*s%s%s, at character %zu",
		    err.key.s != NULL ? (int)err.key.len : 0,
		    err.key.s != NULL ? err.key.s : "",
		    err.key.s != NULL ? ": " : "", err.why,
		    (size_t)(text.s - buf) + err.at + 1);
		free(rule);
		return NULL;
	}
	keys = wire_bpf_inexact(&rule->filter, link);
	if (keys != 0) {
		refuse_key(p->errbuf, &rule->filter, keys);
		free(rule);
		return NULL;
	}
	return rule;
}

/*
 * Parse all rules. Returns how many there are, with *rules set to the first,
 * or -1.
 */
static int
parse_rules(pcap_t *p, const char *buf, enum wire_bpf_link link,
    struct dbus_rule **rules)
{
	struct dbus_rule **last = rules;
	const char *text = buf;
	size_t len = strlen(buf);
	struct wire_str one;
	int more, n = 0;

	*rules = NULL;
	do {
		more = wire_filter_split(&text, &len, &one);
		if ((more || n > 0) && strspn(one.s, " \t\r\n") >= one.len) {
			snprintf(p->errbuf, PCAP_ERRBUF_SIZE,
			    "D-Bus match rule: no rule beside \"or\", at "
			    "character %zu", (size_t)(one.s - buf) + 1);
			return -1;
		}
		*last = parse_rule(p, buf, one, link);
		if (*last == NULL)
			return -1;
		last = &(*last)->next;
		n++;
	} while (more);
	return n;
}

static int
compile_rules(pcap_t *p, const struct dbus_rule *rules, size_t n,
    enum wire_bpf_link link, struct bpf_program *program)
{
	struct wire_bpf b = {
		.link = link,
		.accept = (uint32_t)p->snapshot,
		.max_insns = MAXIMUM_INSNS,
		.max_bytes = 0xffffffff,
	};
	const struct wire_filter **filters;
	struct wire_bpf_insn *insns;
	size_t i;

	filters = calloc(n, sizeof(*filters));
	insns = calloc(MAXIMUM_INSNS, sizeof(*insns));
	if (filters == NULL || insns == NULL) {
		pcap_fmt_errmsg_for_errno(p->errbuf, PCAP_ERRBUF_SIZE, errno,
		    "calloc");
		goto fail;
	}
	for (i = 0; i < n; i++, rules = rules->next)
		filters[i] = &rules->filter;
	wire_bpf_compile(&b, insns, filters, n);
	if (!wire_bpf_is_whole(&b)) {
		snprintf(p->errbuf, PCAP_ERRBUF_SIZE,
		    "D-Bus match rules: too many of them");
		goto fail;
	}
	program->bf_insns = malloc(b.n * sizeof(*program->bf_insns));
	if (program->bf_insns == NULL) {
		pcap_fmt_errmsg_for_errno(p->errbuf, PCAP_ERRBUF_SIZE, errno,
		    "malloc");
		goto fail;
	}
	program->bf_len = b.n;
	for (i = 0; i < b.n; i++) {
		program->bf_insns[i].code = insns[i].code;
		program->bf_insns[i].jt = insns[i].jt;
		program->bf_insns[i].jf = insns[i].jf;
		program->bf_insns[i].k = insns[i].k;
	}
	free(filters);
	free(insns);
	return 1;

fail:
	free(filters);
	free(insns);
	return PCAP_ERROR;
}

int
dbus_compile(pcap_t *p, const char *buf, struct bpf_program *program)
{
	enum wire_bpf_link link;
	struct dbus_rule *rules;
	int n, ret = PCAP_ERROR;

	if (buf == NULL || !dbus_link(p->linktype, &link) ||
	    !is_dbus_rule(buf, link))
		return 0;
	if (p->snapshot <= 0) {
		snprintf(p->errbuf, PCAP_ERRBUF_SIZE,
		    "snaplen of 0 rejects all packets");
		return PCAP_ERROR;
	}
	n = parse_rules(p, buf, link, &rules);
	if (n > 0)
		ret = compile_rules(p, rules, (size_t)n, link, program);
	free_rules(rules);
	return ret;
}
