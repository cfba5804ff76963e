// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/dbus-routed/introspect.h"

/* Values that an option may have after '=', or as the next argument. */
struct raw {
	const char *config_file;
	const char *address;
	const char *print_address;
	const char *print_pid;
	bool want_address;
	bool want_pid;
};

static void usage(void)
{
	fputs("dbus-routed [--version] [--session] [--system] "
	      "[--config-file=FILE] [--print-address[=DESCRIPTOR]] "
	      "[--print-pid[=DESCRIPTOR]] [--introspect] [--address=ADDRESS] "
	      "[--nopidfile] [--nosyslog] [--syslog] [--syslog-only] "
	      "[--nofork] [--fork] [--systemd-activation] "
	      "[--replace] [--keep-bus]\n",
	      stderr);
	exit(EXIT_FAILURE);
}

static void version(void)
{
	puts("D-Bus kernel routing daemon (dbus-routed) " VERSION "\n"
	     "License GPL-2.0-or-later. There is NO warranty, to the extent "
	     "permitted by law.");
	exit(EXIT_SUCCESS);
}

static void introspect(void)
{
	char *xml = introspect_xml(INTROSPECT_PATH);

	if (!xml || fputs(xml, stdout) == EOF || fflush(stdout) == EOF) {
		perror("dbus-routed: --introspect");
		exit(EXIT_FAILURE);
	}
	free(xml);
	exit(EXIT_SUCCESS);
}

static void set_config(struct raw *r, const char *option, const char *file)
{
	if (r->config_file) {
		fprintf(stderr,
			"%s specified but configuration file %s already "
			"requested\n",
			option, r->config_file);
		exit(EXIT_FAILURE);
	}
	r->config_file = file;
}

static void set_once(const char **value, const char *new, const char *option,
		     const char *what)
{
	if (*value) {
		fprintf(stderr,
			"%s specified but %s %s already requested\n", option,
			what, *value);
		exit(EXIT_FAILURE);
	}
	*value = new;
}

/* An option with a value; @value is NULL if none was given. */
static bool set_value(struct raw *r, const char *name, const char *value)
{
	/* an empty value, as in --print-address=, is none */
	if (value && !*value)
		value = NULL;

	if (!strcmp(name, "--config-file")) {
		if (value)
			set_config(r, name, value);
	} else if (!strcmp(name, "--address")) {
		if (value)
			set_once(&r->address, value, name, "address");
	} else if (!strcmp(name, "--print-address")) {
		r->want_address = true;
		if (value)
			set_once(&r->print_address, value, name,
				 "printing address to");
	} else if (!strcmp(name, "--print-pid")) {
		r->want_pid = true;
		if (value)
			set_once(&r->print_pid, value, name,
				 "printing pid to");
	} else {
		return false;
	}
	return true;
}

static bool set_flag(struct options *o, struct raw *r, const char *arg)
{
	if (!strcmp(arg, "--help") || !strcmp(arg, "-h") || !strcmp(arg, "-?"))
		usage();
	else if (!strcmp(arg, "--version"))
		version();
	else if (!strcmp(arg, "--introspect"))
		introspect();
	else if (!strcmp(arg, "--session"))
		set_config(r, arg, DATADIR "/session.conf");
	else if (!strcmp(arg, "--system"))
		set_config(r, arg, DATADIR "/system.conf");
	else if (!strcmp(arg, "--fork"))
		o->fork = CHOICE_YES;
	else if (!strcmp(arg, "--nofork"))
		o->fork = CHOICE_NO;
	else if (!strcmp(arg, "--nopidfile"))
		o->pidfile = false;
	else if (!strcmp(arg, "--syslog"))
		o->syslog = SYSLOG_YES;
	else if (!strcmp(arg, "--nosyslog"))
		o->syslog = SYSLOG_NO;
	else if (!strcmp(arg, "--syslog-only"))
		o->syslog = SYSLOG_ONLY;
	else if (!strcmp(arg, "--systemd-activation"))
		o->systemd_activation = true;
	else if (!strcmp(arg, "--replace"))
		o->replace = true;
	else if (!strcmp(arg, "--keep-bus"))
		o->keep_bus = true;
	else
		return false;
	return true;
}

static int descriptor(const char *text)
{
	char *end;
	long fd;

	errno = 0;
	fd = strtol(text, &end, 10);
	if (errno || *end || end == text || fd < 0 || fd > INT_MAX) {
		fprintf(stderr, "Invalid file descriptor: \"%s\"\n", text);
		exit(EXIT_FAILURE);
	}
	return fd;
}

void options_parse(struct options *o, char **argv)
{
	struct raw r = {};
	const char *prev = "";
	char name[32];
	const char *eq;

	*o = (struct options){ .pidfile = true };
	for (argv++; *argv; prev = *argv++) {
		if (set_flag(o, &r, *argv) || set_value(&r, *argv, NULL))
			continue;
		eq = strchr(*argv, '=');
		if (eq && (size_t)(eq - *argv) < sizeof(name)) {
			memcpy(name, *argv, eq - *argv);
			name[eq - *argv] = '\0';
			if (set_value(&r, name, eq + 1))
				continue;
		}
		/* the value of the option before it? */
		if (**argv == '-' || !set_value(&r, prev, *argv))
			usage();
	}

	if (!r.config_file) {
		fputs("No configuration file specified.\n", stderr);
		usage();
	}
	o->config_file = r.config_file;
	o->address = r.address;
	o->print_address = o->print_pid = -1;
	if (r.want_address)
		o->print_address = r.print_address ?
			descriptor(r.print_address) : STDOUT_FILENO;
	if (r.want_pid)
		o->print_pid = r.print_pid ?
			descriptor(r.print_pid) : STDOUT_FILENO;
}
