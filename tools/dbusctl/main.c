// SPDX-License-Identifier: GPL-2.0-or-later
/* dbusctl: shows and changes the kernel's D-Bus routing table. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbusctl/ctl.h"

static const char usage_all[] =
	"Usage: dbusctl [OPTIONS] OBJECT [COMMAND] [WORDS]\n"
	"       OBJECT  := { bus | peer | name | match | policy | service |\n"
	"                    listener | user | stats | monitor | observe | unobserve }\n"
	"       COMMAND := { show | add | del | load | help }\n"
	"\n"
	"  -j, --json       print JSON\n"
	"  -p, --pretty     ... on several lines\n"
	"  -d, --details    show everything that is known\n"
	"  -s, --stats      show counters too\n"
	"  -n, --numeric    show users by number\n"
	"  -t, --timestamp  show when an event was seen (monitor)\n"
	"      --follow     observe a bus again when it comes back (observe)\n"
	"      --pid PID    the process that serves the bus (observe)\n"
	"  -V, --version    print the version\n"
	"  -h, --help       print this\n"
	"\n"
	"Objects and commands can be shortened: \"dbusctl p s\" is \"dbusctl peer show\".\n"
	"\"dbusctl OBJECT help\" tells the words that an object takes.\n";

/* The order decides what a shortened word means. */
static const struct object {
	const char *name;
	int (*run)(struct ctl *ctl, struct args *args);
	const char *usage;
} objects[] = {
	{ "bus", cmd_bus,
	  "Usage: dbusctl bus [ show [ [ bus ] BUS ] [ user USER ] ]\n"
	  "       dbusctl bus add NAME [ guid GUID ]\n"
	  "       dbusctl bus del BUS\n" },
	{ "peer", cmd_peer,
	  "Usage: dbusctl peer [ show [ [ peer ] :1.N ] [ bus BUS | dev dbusN ] [ name NAME ]\n"
	  "                           [ user USER ] [ pid PID ] [ comm COMMAND ] ]\n"
	  "       dbusctl peer del BUS :1.N\n" },
	{ "name", cmd_name,
	  "Usage: dbusctl name [ show [ [ name ] NAME ] [ bus BUS | dev dbusN ] [ peer :1.N ] ]\n" },
	{ "match", cmd_match,
	  "Usage: dbusctl match [ show [ [ peer ] :1.N ] [ bus BUS | dev dbusN ] ]\n" },
	{ "policy", cmd_policy,
	  "Usage: dbusctl policy [ show [ [ rule ] NUMBER ] [ bus BUS | dev dbusN ] ]\n"
	  "       dbusctl policy load FILE [ [ bus ] BUS ]\n" },
	{ "stats", cmd_stats,
	  "Usage: dbusctl stats [ show [ [ bus ] BUS | dev dbusN ] ]\n" },
	{ "service", cmd_service,
	  "Usage: dbusctl service [ show [ [ name ] NAME ] [ bus BUS | dev dbusN ] ]\n" },
	{ "listener", cmd_listener,
	  "Usage: dbusctl listener [ show [ [ bus ] BUS | dev dbusN ] ]\n" },
	{ "user", cmd_user,
	  "Usage: dbusctl user [ show [ [ user ] USER ] [ bus BUS | dev dbusN ] ]\n" },
	{ "monitor", cmd_monitor,
	  "Usage: dbusctl monitor [ all | bus | peer | name ] [ bus BUS | dev dbusN ]\n" },
	{ "observe", cmd_observe,
	  "Usage: dbusctl observe [ show ]\n"
	  "       dbusctl observe BROKER [ name NAME ] [ --follow ]\n"
	  "       BROKER := { system | session [ USER ] | ADDRESS | PATH | --pid PID }\n" },
	{ "unobserve", cmd_unobserve,
	  "Usage: dbusctl unobserve { BUS | all }\n" },
};

#define N_OBJECTS (sizeof(objects) / sizeof(*objects))

/**
 * args_next() - take the next word
 * @args: the words
 *
 * Return: the word, or NULL at the end.
 */
const char *args_next(struct args *args)
{
	return *args->v ? *args->v++ : NULL;
}

/**
 * args_is() - is this word, or the beginning of it, what the user wrote?
 * @word: what the user wrote; may be NULL
 * @full: the whole word
 *
 * Return: whether it is.
 */
bool args_is(const char *word, const char *full)
{
	return word && *word && !strncmp(word, full, strlen(word));
}

/**
 * ctl_usage() - say what is wrong with the command line
 * @fmt: printf format of the text
 *
 * Return: CTL_USAGE.
 */
int ctl_usage(const char *fmt, ...)
{
	va_list args;

	fputs("Error: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(".\n", stderr);
	return CTL_USAGE;
}

/**
 * ctl_failed() - say what the kernel refused
 * @ctl: the run
 * @err: the negative errno
 * @fmt: printf format of what was tried
 *
 * The kernel's own text says most; where there is none, the errno's is shown.
 *
 * Return: CTL_FAILED.
 */
int ctl_failed(const struct ctl *ctl, int err, const char *fmt, ...)
{
	const char *text = ctl->genl.error;
	va_list args;

	fputs("Error: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	/* An -ENOENT of our own has said it all. */
	if (*text || err != -ENOENT)
		fprintf(stderr, ": %s", *text ? text : strerror(-err));
	fputs(".\n", stderr);
	if (!*text && (err == -EPERM || err == -EACCES))
		fputs("Other users' buses take CAP_NET_ADMIN: try it with sudo.\n",
		      stderr);
	return CTL_FAILED;
}

/**
 * ctl_dump() - read one of the kernel's tables
 * @ctl: the run
 * @command: enum dbus_cmd that dumps it
 * @bus: of this bus alone; 0: of all
 * @handler: is given each entry
 * @data: for @handler
 * @what: the entries, for an error: "the names"
 *
 * Return: 0, or an exit status, the error said.
 */
int ctl_dump(struct ctl *ctl, uint8_t command, uint32_t bus,
	     genl_handler *handler, void *data, const char *what)
{
	struct genl_msg msg;
	int ret;

	genl_request(&ctl->genl, &msg, command);
	if (bus)
		mnl_attr_put_u32(msg.nlh, DBUS_A_BUS, bus);
	ret = genl_dump(&ctl->genl, &msg, handler, data);
	return ret ? ctl_failed(ctl, ret, "cannot read %s", what) : 0;
}

/**
 * ctl_only_shows() - a command that can do nothing but show
 * @noun: its first word
 * @verb: its second, or NULL
 *
 * Return: 0, or an exit status, the error said.
 */
int ctl_only_shows(const char *noun, const char *verb)
{
	if (!verb || args_is(verb, "show") || args_is(verb, "list"))
		return 0;
	return ctl_usage("\"%s %s\" is unknown; try \"dbusctl %s help\"", noun,
			 verb, noun);
}

static int connect_failed(int err)
{
	if (err == -ENOENT)
		fputs("Error: this kernel routes no D-Bus: module \"dbus\" is not loaded.\n"
		      "Load it with: sudo modprobe dbus\n",
		      stderr);
	else
		fprintf(stderr, "Error: cannot talk to the kernel: %s.\n",
			strerror(-err));
	return CTL_FAILED;
}

static int run_object(struct ctl *ctl, const struct object *object,
		      struct args *args)
{
	int ret;

	if (args_is(args->v[0], "help")) {
		fputs(object->usage, stdout);
		return CTL_OK;
	}
	ret = genl_open(&ctl->genl);
	if (ret)
		return connect_failed(ret);
	ret = object->run(ctl, args);
	genl_close(&ctl->genl);
	return ret;
}

static int run(struct ctl *ctl, struct args *args)
{
	const char *word = args_next(args);
	size_t i;

	if (!word) {
		fputs(usage_all, stderr);
		return CTL_USAGE;
	}
	for (i = 0; i < N_OBJECTS; i++)
		if (args_is(word, objects[i].name))
			return run_object(ctl, &objects[i], args);
	if (args_is(word, "help")) {
		fputs(usage_all, stdout);
		return CTL_OK;
	}
	return ctl_usage("object \"%s\" is unknown; try \"dbusctl help\"", word);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "details", no_argument, NULL, 'd' },
		{ "stats", no_argument, NULL, 's' },
		{ "numeric", no_argument, NULL, 'n' },
		{ "timestamp", no_argument, NULL, 't' },
		{ "follow", no_argument, NULL, 'f' },
		{ "pid", required_argument, NULL, 'P' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct ctl ctl = { .json = false };
	struct args args;
	int option, ret;

	setlocale(LC_CTYPE, "");
	while ((option = getopt_long(argc, argv, "jpdsntVh", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'j':
			ctl.json = true;
			break;
		case 'p':
			ctl.pretty = true;
			break;
		case 'd':
			ctl.details = true;
			break;
		case 's':
			ctl.stats = true;
			break;
		case 'n':
			ctl.numeric = true;
			break;
		case 't':
			ctl.timestamp = true;
			break;
		case 'f':
			ctl.follow = true;
			break;
		case 'P':
			ctl.pid = atoi(optarg);
			if (ctl.pid <= 0)
				return ctl_usage("\"%s\" is no process", optarg);
			break;
		case 'V':
			puts("dbusctl " DBUSTAP_VERSION);
			return CTL_OK;
		case 'h':
			fputs(usage_all, stdout);
			return CTL_OK;
		default:
			fputs("Try \"dbusctl --help\".\n", stderr);
			return CTL_USAGE;
		}
	}
	args.v = argv + optind;
	ret = run(&ctl, &args);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "Error: cannot write: %s.\n", strerror(errno));
		return CTL_FAILED;
	}
	return ret;
}
