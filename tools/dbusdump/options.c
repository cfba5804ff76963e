// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DIAGRAM_LIMIT 1000

enum long_option {
	OPT_COUNT = 256,
	OPT_MATCH,
	OPT_NO_REPLIES,
	OPT_JSON,
	OPT_DIAGRAM,
	OPT_DIAGRAM_LIMIT,
	OPT_COLOR,
	OPT_PRINT,
	OPT_NANO,
	OPT_MICRO,
	OPT_IMMEDIATE,
	OPT_PRECISION,
	OPT_PROFILE,
	OPT_FIELDS,
	OPT_BUSCTL,
	OPT_LATENCY,
	OPT_STATS,
	OPT_POLICY,
	OPT_TOP,
	OPT_REDACT,
	OPT_SLOW,
	OPT_VERDICT,
	OPT_VERSION,
	OPT_BUS,
};

static const char short_options[] = "#B:c:C:dDF:G:hi:lLnqr:s:tUvw:W:xXy:z:Z:";

static const struct option long_options[] = {
	{ "count", no_argument, NULL, OPT_COUNT },
	{ "match", required_argument, NULL, OPT_MATCH },
	{ "no-replies", no_argument, NULL, OPT_NO_REPLIES },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "profile", no_argument, NULL, OPT_PROFILE },
	{ "fields", required_argument, NULL, OPT_FIELDS },
	{ "as-busctl", no_argument, NULL, OPT_BUSCTL },
	{ "latency", no_argument, NULL, OPT_LATENCY },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "suggest-policy", no_argument, NULL, OPT_POLICY },
	{ "top", no_argument, NULL, OPT_TOP },
	{ "redact", no_argument, NULL, OPT_REDACT },
	{ "slow", required_argument, NULL, OPT_SLOW },
	{ "verdict", required_argument, NULL, OPT_VERDICT },
	{ "diagram", required_argument, NULL, OPT_DIAGRAM },
	{ "diagram-limit", required_argument, NULL, OPT_DIAGRAM_LIMIT },
	{ "color", optional_argument, NULL, OPT_COLOR },
	{ "colour", optional_argument, NULL, OPT_COLOR },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "nano", no_argument, NULL, OPT_NANO },
	{ "micro", no_argument, NULL, OPT_MICRO },
	{ "time-stamp-precision", required_argument, NULL, OPT_PRECISION },
	{ "relinquish-privileges", required_argument, NULL, 'Z' },
	{ "immediate-mode", no_argument, NULL, OPT_IMMEDIATE },
	{ "bus", required_argument, NULL, OPT_BUS },
	{ "interface", required_argument, NULL, 'i' },
	{ "list-interfaces", no_argument, NULL, 'D' },
	{ "list-data-link-types", no_argument, NULL, 'L' },
	{ "linktype", required_argument, NULL, 'y' },
	{ "snapshot-length", required_argument, NULL, 's' },
	{ "buffer-size", required_argument, NULL, 'B' },
	{ "packet-buffered", no_argument, NULL, 'U' },
	{ "number", no_argument, NULL, '#' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: dbusdump [OPTION]... [RULE]...\n"
	"Shows D-Bus messages, from a tap device or a capture file.\n"
	"\n"
	"Where from:\n"
	"  -i, --interface=DEVICE     capture on DEVICE (default: dbus0, all buses), or\n"
	"                             be a monitor of the bus: system, session, or its\n"
	"                             address\n"
	"  --bus=BUS                  observe BUS meanwhile, and show it alone: system,\n"
	"                             session, or its address\n"
	"  -r FILE                    read FILE, - for the standard input\n"
	"  -D, --list-interfaces      list the tap devices\n"
	"  -L, --list-data-link-types list the link types of the device\n"
	"  -y, --linktype=TYPE        capture with link type DBUS or USER13\n"
	"  -s, --snapshot-length=LEN  octets to keep of a message\n"
	"  -B, --buffer-size=KIB      size of the capture buffer\n"
	"  -c COUNT                   end after COUNT messages\n"
	"  --immediate-mode           deliver each message at once\n"
	"  -Z USER, --relinquish-privileges=USER\n"
	"                             go on with the rights of USER\n"
	"\n"
	"Which messages (a message passes if any of the RULEs matches it):\n"
	"  --match RULE               a match rule: interface=org.foo,member=Bar,\n"
	"                             or by pid, uid, comm, bus, verdict, error\n"
	"  -F FILE                    rules from FILE, one a line\n"
	"  --no-replies               a call that matches does not bring its reply\n"
	"  --verdict LIST             only delivered, queued, denied, undelivered or\n"
	"                             invalid ones\n"
	"  --slow MS                  only replies that took so many milliseconds; in\n"
	"                             the end, calls without reply\n"
	"  -d                         print the rules' program for the kernel and end;\n"
	"                             -dd: as C, -ddd: as numbers\n"
	"\n"
	"Where to:\n"
	"  -w FILE                    write a pcapng file, - for the standard output;\n"
	"                             a plain one if FILE ends in .pcap\n"
	"  -C SIZE                    begin a new file beyond SIZE million octets\n"
	"                             (or with a letter: k, M, G)\n"
	"  -G SECONDS                 begin a new file every so many seconds; FILE is a\n"
	"                             form for strftime(3)\n"
	"  -W COUNT                   so many files, used in turn with -C\n"
	"  -z COMMAND                 run COMMAND on each file that is complete\n"
	"  -U, --packet-buffered      write each message to it at once\n"
	"  --diagram FILE             draw a sequence diagram, as SVG,\n"
	"  --diagram-limit N          of at most N messages (default: 1000)\n"
	"  --json                     one JSON object a line\n"
	"  --profile                  columns, as dbus-monitor --profile\n"
	"  --fields LIST              these fields, named as in JSON, between tabs\n"
	"  --as-busctl                calls and signals as commands to repeat them\n"
	"  --latency                  how long each member took, in the end\n"
	"  --stats                    who sends how much of what, in the end\n"
	"  --top                      who loads the buses now, on the whole terminal\n"
	"  --suggest-policy           the policy that would allow what was denied\n"
	"  --count                    only count the messages\n"
	"  --print                    print lines, even with -w or --diagram\n"
	"\n"
	"How:\n"
	"  --redact                   without bodies, in every output\n"
	"  -n                         names as in the message, not as learnt\n"
	"  -q                         less: neither bus, path nor arguments\n"
	"  -v                         more: all arguments, process, serials, fate;\n"
	"                             -vv: and the header fields as they stand\n"
	"  -x, -X                     the octets too, with characters; -xx, -XX: and\n"
	"                             those of the record header\n"
	"  -#, --number               number the lines\n"
	"  -t                         no time; -tt since 1970; -ttt since the line\n"
	"                             before; -tttt and date; -ttttt since the first\n"
	"  --nano, --micro            times in nanoseconds, or microseconds\n"
	"  --time-stamp-precision=P   the same: nano or micro\n"
	"  -l                         write out each line at once\n"
	"  --color=WHEN               auto, always or never\n"
	"\n"
	"  -h, --help                 this summary; dbusdump(1) tells all\n"
	"  --version                  the version\n";

void options_version(void)
{
	printf("dbusdump %s\n%s\n", VERSION, pcap_lib_version());
}

void options_help(void)
{
	fputs(help, stdout);
}

static bool number(const char *text, const char *option, uint64_t min,
		   uint64_t max, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || *v < min ||
	    *v > max) {
		fprintf(stderr, "dbusdump: %s wants a number from %llu to "
			"%llu, not '%s'\n", option, (unsigned long long)min,
			(unsigned long long)max, text);
		return false;
	}
	return true;
}

static bool add_rule(struct options *opt, const char *rule)
{
	char *text;
	int n;

	if (!filter_add(&opt->filter, rule))
		return false;
	if (opt->filter_text)
		n = asprintf(&text, "%s or %s", opt->filter_text, rule);
	else
		n = asprintf(&text, "%s", rule);
	if (n < 0)
		return false;
	free(opt->filter_text);
	opt->filter_text = text;
	return true;
}

static bool set_colour(struct options *opt, const char *when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!when || !strcmp(when, "always")) {
		opt->colour = true;
	} else if (!strcmp(when, "never")) {
		opt->colour = false;
	} else if (!strcmp(when, "auto")) {
		opt->colour = isatty(STDOUT_FILENO) &&
			      !(no_color && *no_color) && term &&
			      strcmp(term, "dumb") != 0;
	} else {
		fprintf(stderr, "dbusdump: --color wants auto, always or "
			"never, not '%s'\n", when);
		return false;
	}
	return true;
}

/* -C: in units of a million octets, as tcpdump has it, or of 1024 and so on */
static bool set_size(struct options *opt, const char *arg)
{
	static const char units[] = "kmg";
	size_t n = strlen(arg);
	const char *unit = n ? strchr(units, arg[n - 1] | 0x20) : NULL;
	char text[32];
	uint64_t v;

	if (!unit || !*unit) {
		if (!number(arg, "-C", 1, 1u << 30, &v))
			return false;
		opt->save.size = v * 1000000;
		return true;
	}
	snprintf(text, sizeof(text), "%.*s", (int)n - 1, arg);
	if (!number(text, "-C", 1, 1u << 30, &v))
		return false;
	opt->save.size = v << 10 * (unit - units + 1);
	return true;
}

/* -F: a rule a line; lines that begin with # say nothing */
static bool add_rules(struct options *opt, const char *file)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	size_t room = 0;
	char *line = NULL;
	bool ok = true;
	ssize_t n;

	if (!f) {
		fprintf(stderr, "dbusdump: %s: %s\n", file, strerror(errno));
		return false;
	}
	while (ok && (n = getline(&line, &room, f)) >= 0) {
		if (n && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[strspn(line, " \t")] && line[0] != '#')
			ok = add_rule(opt, line);
	}
	if (ok && ferror(f)) {
		fprintf(stderr, "dbusdump: %s: %s\n", file, strerror(errno));
		ok = false;
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return ok;
}

static bool set_precision(struct options *opt, const char *arg)
{
	bool nano = !strcmp(arg, "nano");

	if (!nano && strcmp(arg, "micro")) {
		fprintf(stderr, "dbusdump: --time-stamp-precision wants nano "
			"or micro, not '%s'\n", arg);
		return false;
	}
	opt->line.stamp.nano = nano;
	return true;
}

static bool set_verdicts(struct options *opt, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		const char *name;
		uint8_t v = 1;

		while ((name = record_verdict_name(v)) &&
		       (strlen(name) != len || memcmp(name, list, len)))
			v++;
		if (!name) {
			fprintf(stderr, "dbusdump: --verdict: no verdict: "
				"'%.*s' (delivered, queued, denied, "
				"undelivered, invalid)\n", (int)len, list);
			return false;
		}
		opt->verdicts |= 1u << v;
		list += len;
		list += *list == ',';
	}
	return true;
}

static bool set_slow(struct options *opt, const char *arg)
{
	char *end;
	double ms;

	errno = 0;
	ms = strtod(arg, &end);
	if (errno || end == arg || *end || !(ms >= 0 && ms < 1e9)) {
		fprintf(stderr, "dbusdump: --slow wants milliseconds, not "
			"'%s'\n", arg);
		return false;
	}
	opt->slow = (uint64_t)(ms * 1e6);
	opt->slow += !opt->slow;
	return true;
}

/* one option that takes a number */
static bool set_number(struct options *opt, int c, const char *arg)
{
	uint64_t v;

	switch (c) {
	case 'B':
		if (!number(arg, "-B", 1, 1u << 20, &v))
			return false;
		opt->live.buffer = (uint32_t)v;
		return true;
	case 'c':
		return number(arg, "-c", 1, UINT64_MAX, &opt->count);
	case 'G':
		return number(arg, "-G", 1, UINT32_MAX, &opt->save.seconds);
	case 'W':
		if (!number(arg, "-W", 1, 1000000, &v))
			return false;
		opt->save.files = (unsigned int)v;
		return true;
	case 's':
		if (!number(arg, "-s", 0, PACKET_MAX, &v))
			return false;
		opt->live.snaplen = (uint32_t)v;
		return true;
	default:
		if (!number(arg, "--diagram-limit", 1, 100000, &v))
			return false;
		opt->diagram_limit = (unsigned int)v;
		return true;
	}
}

static bool set_option(struct options *opt, int c, char *arg)
{
	struct line_style *line = &opt->line;

	switch (c) {
	case '#':
		line->number = true;
		break;
	case 'B':
	case 'c':
	case 's':
	case 'G':
	case 'W':
	case OPT_DIAGRAM_LIMIT:
		return set_number(opt, c, arg);
	case 'C':
		return set_size(opt, arg);
	case 'F':
		return add_rules(opt, arg);
	case 'd':
		opt->what = OPTIONS_PROGRAM;
		if (opt->program < 3)
			opt->program++;
		break;
	case 'D':
		opt->what = OPTIONS_LIST_DEVICES;
		break;
	case 'L':
		opt->what = OPTIONS_LIST_LINKTYPES;
		break;
	case 'h':
		opt->what = OPTIONS_HELP;
		break;
	case OPT_VERSION:
		opt->what = OPTIONS_VERSION;
		break;
	case 'i':
		opt->live.device = arg;
		break;
	case 'l':
		opt->line_buffered = true;
		break;
	case 'n':
		line->numeric = true;
		break;
	case 'q':
		line->quiet = true;
		break;
	case 'r':
		opt->read = arg;
		break;
	case 't':
		if (line->stamp.form + 1 < STAMP_FORMS)
			line->stamp.form++;
		break;
	case 'U':
		opt->packet_buffered = true;
		break;
	case 'v':
		line->verbose++;
		break;
	case 'w':
		opt->save.file = arg;
		break;
	case 'z':
		opt->save.command = arg;
		break;
	case 'Z':
		opt->user = arg;
		break;
	case 'x':
	case 'X':
		if (line->hex != LINE_HEX_NONE)
			line->hex_header = true;
		line->hex = c == 'X' ? LINE_HEX_ASCII : LINE_HEX;
		break;
	case 'y':
		opt->live.linktype = arg;
		break;
	case OPT_BUS:
		opt->bus = arg;
		break;
	case OPT_COUNT:
		opt->count_only = true;
		break;
	case OPT_MATCH:
		return add_rule(opt, arg);
	case OPT_NO_REPLIES:
		opt->filter.no_replies = true;
		break;
	case OPT_JSON:
		opt->form = FORM_JSON;
		break;
	case OPT_PROFILE:
		opt->form = FORM_PROFILE;
		break;
	case OPT_FIELDS:
		opt->form = FORM_FIELDS;
		return columns_parse(&opt->columns, arg);
	case OPT_BUSCTL:
		opt->form = FORM_BUSCTL;
		break;
	case OPT_LATENCY:
		opt->latency = true;
		break;
	case OPT_STATS:
		opt->stats = true;
		break;
	case OPT_POLICY:
		opt->policy = true;
		break;
	case OPT_TOP:
		opt->top = true;
		break;
	case OPT_REDACT:
		opt->redact = true;
		break;
	case OPT_VERDICT:
		return set_verdicts(opt, arg);
	case OPT_SLOW:
		return set_slow(opt, arg);
	case OPT_DIAGRAM:
		opt->diagram = arg;
		break;
	case OPT_COLOR:
		return set_colour(opt, arg);
	case OPT_PRINT:
		opt->print = true;
		break;
	case OPT_NANO:
		line->stamp.nano = true;
		break;
	case OPT_MICRO:
		line->stamp.nano = false;
		break;
	case OPT_PRECISION:
		return set_precision(opt, arg);
	case OPT_IMMEDIATE:
		opt->live.immediate = true;
		break;
	default:
		fputs("Try 'dbusdump --help'.\n", stderr);
		return false;
	}
	return true;
}

/* what can't be had together */
static bool is_consistent(const struct options *opt)
{
	const char *why = NULL;
	bool to_stdout = opt->save.file && !strcmp(opt->save.file, "-");

	if (opt->read && opt->live.device)
		why = "-i and -r: capture on a device or read a file";
	else if (opt->read && opt->bus)
		why = "--bus and -r: capture a bus or read a file";
	else if (to_stdout && opt->print)
		why = "-w - and text: both would go to the standard output";
	else if (to_stdout && isatty(STDOUT_FILENO))
		why = "-w - would write binary data to the terminal";
	else if ((opt->save.size || opt->save.seconds || opt->save.files ||
		  opt->save.command) && (!opt->save.file || to_stdout))
		why = "-C, -G, -W and -z are about the files of -w";
	else if (opt->save.files && !opt->save.size && !opt->save.seconds)
		why = "-W goes with -C or -G";
	else if (opt->count_only && (opt->save.file || opt->diagram ||
				     opt->form != FORM_LINE || opt->latency ||
				     opt->stats || opt->policy))
		why = "--count goes without -w, --diagram and other outputs";
	else if (opt->top && (opt->print || opt->count_only || opt->latency ||
			      opt->stats || opt->policy || to_stdout))
		why = "--top goes without other output to the terminal";
	if (why)
		fprintf(stderr, "dbusdump: %s\n", why);
	return !why;
}

bool options_parse(struct options *opt, int argc, char **argv)
{
	int c;

	memset(opt, 0, sizeof(*opt));
	opt->diagram_limit = DIAGRAM_LIMIT;
	set_colour(opt, "auto");
	while ((c = getopt_long(argc, argv, short_options, long_options,
				NULL)) != -1)
		if (!set_option(opt, c, optarg))
			return false;
	for (; optind < argc; optind++)
		if (!add_rule(opt, argv[optind]))
			return false;
	if (opt->form != FORM_LINE ||
	    (!opt->save.file && !opt->diagram && !opt->latency && !opt->stats &&
	     !opt->policy && !opt->top))
		opt->print = !opt->count_only;
	if (!is_consistent(opt))
		return false;
	if (!opt->live.device)
		opt->live.device = LIVE_DEVICE;
	opt->save.filter = opt->filter_text;
	opt->live.filter = &opt->filter;
	opt->live.names = !opt->line.numeric;
	opt->save.snaplen = opt->live.snaplen;
	opt->save.nano = opt->line.stamp.nano;
	opt->save.linktype = opt->live.linktype &&
			     !strcasecmp(opt->live.linktype, "USER13") ?
				     LINKTYPE_USER13 : LINKTYPE_DBUS;
	return true;
}

void options_free(struct options *opt)
{
	filter_free(&opt->filter);
	free(opt->filter_text);
}
