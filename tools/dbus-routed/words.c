// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* What a backslash inside double quotes takes its meaning from. */
static bool is_special(char c)
{
	return c && strchr("\"\\`$", c);
}

/*
 * Take the word at *@at, whose octets go to @out: never more than it has.
 * False: a quote has no end.
 */
static bool take_word(const char **at, char *out)
{
	const char *c = *at;
	char quote = '\0';

	for (; *c && (quote || !is_space(*c)); c++) {
		if (quote == '\'' ? *c == '\'' : quote && *c == quote) {
			quote = '\0';
		} else if (!quote && (*c == '\'' || *c == '"')) {
			quote = *c;
		} else if (*c == '\\' && quote != '\'') {
			if (c[1] == '\n') {
				c++;
			} else if (!quote || is_special(c[1])) {
				if (!c[1])
					return false;
				*out++ = *++c;
			} else {
				*out++ = *c;
			}
		} else {
			*out++ = *c;
		}
	}
	*out = '\0';
	*at = c;
	return !quote;
}

static void skip_space(const char **at)
{
	while (is_space(**at))
		++*at;
	if (**at != '#')
		return;
	/* a comment, to the end of the line */
	while (**at && **at != '\n')
		++*at;
	if (**at)
		skip_space(at);
}

static bool add(char ***words, size_t n, const char *word)
{
	char **bigger = reallocarray(*words, n + 2, sizeof(*bigger));

	if (!bigger)
		return false;
	*words = bigger;
	bigger[n] = strdup(word);
	bigger[n + 1] = NULL;
	return bigger[n];
}

char **words_split(const char *command, const char **why)
{
	char *word = malloc(strlen(command) + 1);
	char **words = NULL;
	size_t n = 0;

	*why = "No memory";
	if (!word)
		return NULL;
	for (skip_space(&command); *command; skip_space(&command)) {
		if (!take_word(&command, word)) {
			*why = "Unclosed quotes in command line";
			goto fail;
		}
		if (!add(&words, n++, word))
			goto fail;
	}
	free(word);
	if (!n)
		*why = "No tokens found in command line";
	return words;
fail:
	free(word);
	words_free(words);
	return NULL;
}

void words_free(char **words)
{
	char **w;

	for (w = words; w && *w; w++)
		free(*w);
	free(words);
}
