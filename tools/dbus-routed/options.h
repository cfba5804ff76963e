/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: that of dbus-daemon. */
#ifndef ROUTED_OPTIONS_H
#define ROUTED_OPTIONS_H

#include <stdbool.h>

enum choice { CHOICE_CONFIG, CHOICE_NO, CHOICE_YES };

enum syslog_choice { SYSLOG_CONFIG, SYSLOG_NO, SYSLOG_YES, SYSLOG_ONLY };

/**
 * struct options - what the command line asks for
 * @config_file: the configuration to read
 * @address: address to listen on in place of the configuration's, or NULL
 * @print_address: descriptor to print the address to, or -1
 * @print_pid: descriptor to print the process id to, or -1
 * @fork: go into the background?
 * @syslog: where to log
 * @systemd_activation: services that are systemd's units are its to start
 * @pidfile: write the configuration's pid file
 * @replace: take the bus over from another daemon
 * @keep_bus: leave the bus behind when told to end
 */
struct options {
	const char *config_file;
	const char *address;
	int print_address;
	int print_pid;
	enum choice fork;
	enum syslog_choice syslog;
	bool systemd_activation;
	bool pidfile;
	bool replace;
	bool keep_bus;
};

/*
 * Read the command line. Does not return if it is wrong, or if it asks for
 * nothing but a text (--help, --version, --introspect).
 */
void options_parse(struct options *o, char **argv);

#endif /* ROUTED_OPTIONS_H */
