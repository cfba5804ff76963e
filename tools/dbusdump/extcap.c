// SPDX-License-Identifier: GPL-2.0-or-later
#include "extcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* not the name of a device: dbus0 is listed by libpcap, where ours is in place */
#define INTERFACE "dbusmon"

enum verb {
	VERB_NONE,
	VERB_INTERFACES,
	VERB_DLTS,
	VERB_CONFIG,
	VERB_CAPTURE,
};

/* a command line of Wireshark's, taken apart */
struct request {
	enum verb verb;
	char *interface;
	char *filter;
	char *address;
	char *fifo;
};

/*
 * Wireshark passes the values back as our own options, so each option here is
 * one of the command line.
 */
static const char config[] =
	"arg {number=0}{call=--interface}{display=Where from}{type=selector}"
	"{tooltip=A tap shows every message and its fate. A monitor is a "
	"connection that shows what the bus hands on to it.}{group=Messages}\n"
	"arg {number=1}{call=--address}{display=Address of a bus}"
	"{type=string}{placeholder=unix:path=/run/user/1000/bus}"
	"{tooltip=A monitor of this bus, in place of the above}"
	"{group=Messages}\n"
	"arg {number=2}{call=--match}{display=Match rules}{type=string}"
	"{placeholder=interface=org.foo,member=Bar or type=error}"
	"{tooltip=D-Bus match rules, with or between them; also by pid, uid, "
	"comm, bus, verdict, error. Replies to calls that match are shown, too.}"
	"{group=Messages}\n"
	"arg {number=3}{call=--no-replies}{display=Without the replies to calls "
	"that match}{type=boolflag}{default=false}{group=Messages}\n"
	"arg {number=4}{call=--verdict}{display=Only these}{type=multicheck}"
	"{tooltip=What became of the message; none of them: all}"
	"{group=Messages}\n"
	"arg {number=5}{call=--redact}{display=Without bodies}{type=boolflag}"
	"{default=false}{tooltip=Who sent what to whom, but not its arguments}"
	"{group=Content}\n"
	"value {arg=0}{value=dbus0}{display=Tap: all buses}{default=true}\n"
	"value {arg=0}{value=system}{display=System bus, by a monitor}\n"
	"value {arg=0}{value=session}{display=Session bus, by a monitor}\n"
	"value {arg=4}{value=delivered}{display=Delivered}\n"
	"value {arg=4}{value=queued}{display=Queued}\n"
	"value {arg=4}{value=denied}{display=Denied}\n"
	"value {arg=4}{value=undelivered}{display=Undelivered}\n"
	"value {arg=4}{value=invalid}{display=Invalid}\n";

bool extcap_is_asked(int argc, char **argv)
{
	static const char prefix[] = "--extcap-";
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], prefix, sizeof(prefix) - 1))
			return true;
	return false;
}

/*
 * Does this argument, or this and the next, give the option? *VALUE is set;
 * Return: how many arguments that were, 0 if it is another option.
 */
static int option(char **argv, const char *name, char **value)
{
	size_t n = strlen(name);

	if (strncmp(argv[0], name, n))
		return 0;
	if (argv[0][n] == '=') {
		*value = argv[0] + n + 1;
		return 1;
	}
	if (argv[0][n] || !argv[1])
		return 0;
	*value = argv[1];
	return 2;
}

static enum verb verb_of(const char *arg)
{
	static const struct {
		const char *name;
		enum verb verb;
	} verbs[] = {
		{ "--extcap-interfaces", VERB_INTERFACES },
		{ "--extcap-dlts", VERB_DLTS },
		{ "--extcap-config", VERB_CONFIG },
		{ "--capture", VERB_CAPTURE },
	};
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(arg, verbs[i].name))
			return verbs[i].verb;
	return VERB_NONE;
}

/*
 * Take out what is Wireshark's, and leave what is ours, in @argv.
 * Return: how many arguments remain
 */
static int take_out(struct request *r, int argc, char **argv)
{
	char *value;
	int from = 1, to = 1, n;

	while (from < argc) {
		char **arg = argv + from;

		if (verb_of(arg[0])) {
			r->verb = verb_of(arg[0]);
			n = 1;
		} else if ((n = option(arg, "--extcap-interface", &value))) {
			r->interface = value;
		} else if ((n = option(arg, "--extcap-capture-filter",
				       &value))) {
			r->filter = *value ? value : NULL;
		} else if ((n = option(arg, "--fifo", &value))) {
			r->fifo = value;
		} else if ((n = option(arg, "--address", &value))) {
			r->address = *value ? value : NULL;
		} else if (!strncmp(arg[0], "--extcap-version", 16) ||
			   !strcmp(arg[0], "--extcap-cleanup-postkill")) {
			n = 1;
		} else if ((n = option(arg, "--match", &value)) ||
			   (n = option(arg, "--verdict", &value))) {
			/* an empty field asks for nothing */
			if (*value)
				for (int i = 0; i < n; i++)
					argv[to++] = arg[i];
		} else {
			argv[to++] = arg[0];
			n = 1;
		}
		from += n;
	}
	argv[to] = NULL;
	return to;
}

static bool check_interface(const struct request *r)
{
	if (r->interface && !strcmp(r->interface, INTERFACE))
		return true;
	fprintf(stderr, "dbusdump: Wireshark asks for interface '%s': there "
		"is only '" INTERFACE "'\n", r->interface ? r->interface : "");
	return false;
}

/* Wireshark takes whatever is written for what is wrong with the filter. */
static void check_filter(const struct request *r)
{
	struct filter f = { 0 };

	fflush(stderr);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	if (r->filter)
		filter_add(&f, r->filter);
	filter_free(&f);
}

static bool parse_capture(struct options *opt, const struct request *r,
			  int argc, char **argv)
{
	static char match[] = "--match", interface[] = "--interface";

	if (!r->fifo) {
		fputs("dbusdump: --capture wants --fifo\n", stderr);
		return false;
	}
	/* there is room: for these, --capture, --fifo and more were taken out */
	if (r->filter) {
		argv[argc++] = match;
		argv[argc++] = r->filter;
	}
	/* the last one counts: more than what was selected */
	if (r->address) {
		argv[argc++] = interface;
		argv[argc++] = r->address;
	}
	argv[argc] = NULL;
	if (!options_parse(opt, argc, argv))
		return false;
	opt->save.file = r->fifo;
	opt->packet_buffered = true;
	opt->print = false;
	/* Wireshark shows what is written there as an error */
	opt->silent = true;
	return true;
}

bool extcap_parse(struct options *opt, int argc, char **argv)
{
	struct request r = { 0 };

	argc = take_out(&r, argc, argv);
	if (r.verb == VERB_CAPTURE)
		return check_interface(&r) &&
		       parse_capture(opt, &r, argc, argv);
	memset(opt, 0, sizeof(*opt));
	opt->what = OPTIONS_NOTHING;
	switch (r.verb) {
	case VERB_INTERFACES:
		printf("extcap {version=%s}{display=dbusdump}\n"
		       "interface {value=" INTERFACE "}"
		       "{display=D-Bus (match rules)}\n", VERSION);
		return true;
	case VERB_DLTS:
		if (!check_interface(&r))
			return false;
		printf("dlt {number=%u}{name=DBUS}{display=D-Bus}\n",
		       LINKTYPE_DBUS);
		return true;
	case VERB_CONFIG:
		if (!check_interface(&r))
			return false;
		fputs(config, stdout);
		return true;
	default:
		check_filter(&r);
		return true;
	}
}
