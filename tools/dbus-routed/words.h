/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line taken apart, as a shell would, but without its expansions. */
#ifndef ROUTED_WORDS_H
#define ROUTED_WORDS_H

/*
 * The words of @command, ended by NULL, for words_free(). NULL: *why, a static
 * text, says what is wrong.
 */
char **words_split(const char *command, const char **why);
void words_free(char **words);

#endif /* ROUTED_WORDS_H */
