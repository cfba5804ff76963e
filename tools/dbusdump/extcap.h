/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wireshark's way to call us: it runs each program in its extcap folder to be
 * told of interfaces, their options, and messages. The same binary answers.
 */
#ifndef DBUSDUMP_EXTCAP_H
#define DBUSDUMP_EXTCAP_H

#include "options.h"

/* Is this command line one of Wireshark's? */
bool extcap_is_asked(int argc, char **argv);

/**
 * extcap_parse() - answer, or find out what to capture
 * @opt: set, as by options_parse(); what is asked was answered: ->what is
 *	OPTIONS_NOTHING
 * @argc: of main()
 * @argv: of main(); the strings stay in use
 * Return: false after a message to the standard error
 */
bool extcap_parse(struct options *opt, int argc, char **argv);

#endif /* DBUSDUMP_EXTCAP_H */
