/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line. */
#ifndef DBUSDUMP_OPTIONS_H
#define DBUSDUMP_OPTIONS_H

#include "columns.h"
#include "filter.h"
#include "line.h"
#include "live.h"
#include "save.h"

enum options_do {
	OPTIONS_CAPTURE,
	OPTIONS_LIST_DEVICES,
	OPTIONS_LIST_LINKTYPES,
	OPTIONS_PROGRAM,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_NOTHING,	/* is left to do */
};

/* what a message looks like as text */
enum options_form {
	FORM_LINE,
	FORM_JSON,
	FORM_PROFILE,
	FORM_FIELDS,
	FORM_BUSCTL,
};

/**
 * struct options - what the user wants
 * @what: enum options_do
 * @live: the device, if @read is NULL
 * @bus: --bus: have this bus observed, and show it alone
 * @read: -r
 * @save: -w and what goes with it; .file NULL without
 * @user: -Z: whose rights to keep
 * @diagram: --diagram
 * @diagram_limit: --diagram-limit
 * @count: -c: end after so many; 0: don't
 * @count_only: --count: say only how many there are
 * @print: there is text output
 * @form: enum options_form
 * @columns: of FORM_FIELDS
 * @latency: --latency
 * @stats: --stats
 * @policy: --suggest-policy
 * @top: --top
 * @redact: --redact
 * @slow: --slow: only replies that took so long; ns; 0: all messages
 * @verdicts: --verdict: bit N: only those of verdict N; 0: all
 * @line_buffered: -l
 * @packet_buffered: -U
 * @silent: don't say what is captured, and how much it was
 * @colour: put colours in
 * @line: how a line is written
 * @program: -d: form of the program that is printed
 * @filter: which messages
 * @filter_text: the rules' text, for a file's header; NULL without
 */
struct options {
	enum options_do what;
	struct live_config live;
	const char *bus;
	const char *read;
	struct save_config save;
	const char *user;
	const char *diagram;
	unsigned int diagram_limit;
	uint64_t count;
	bool count_only;
	bool print;
	enum options_form form;
	struct columns columns;
	bool latency;
	bool stats;
	bool policy;
	bool top;
	bool redact;
	uint64_t slow;
	uint32_t verdicts;
	bool line_buffered;
	bool packet_buffered;
	bool silent;
	bool colour;
	struct line_style line;
	int program;
	struct filter filter;
	char *filter_text;
};

/* Take the command line apart; false after a message to the standard error. */
bool options_parse(struct options *opt, int argc, char **argv);
void options_help(void);
void options_version(void);
void options_free(struct options *opt);

#endif /* DBUSDUMP_OPTIONS_H */
