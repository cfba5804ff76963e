// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/dbus-routed/sasl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sasl_init(struct sasl *s, uid_t uid, const char *guid)
{
	*s = (struct sasl){ .state = SASL_NUL, .uid = uid, .guid = guid };
}

void sasl_deinit(struct sasl *s)
{
	free(s->line);
	s->line = NULL;
	s->line_len = s->line_room = 0;
}

static void fail(struct sasl *s, const char *why)
{
	s->state = SASL_FAILED;
	s->why = why;
}

static void __attribute__((format(printf, 2, 3)))
answer(struct sasl *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->out, sizeof(s->out), format, args);
	va_end(args);
	s->out_len = n;
}

static void error(struct sasl *s, const char *text)
{
	answer(s, "ERROR \"%s\"\r\n", text);
}

static void reject(struct sasl *s)
{
	if (++s->failures >= SASL_FAILURES) {
		fail(s, "too many attempts to authenticate");
		return;
	}
	answer(s, "REJECTED EXTERNAL\r\n");
	s->state = SASL_AUTH;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode in place; false if that is no hexadecimal. */
static bool unhex(char *text, size_t *len)
{
	size_t i;
	int hi, lo;

	if (*len % 2)
		return false;
	for (i = 0; i < *len; i += 2) {
		hi = hex_digit(text[i]);
		lo = hex_digit(text[i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		text[i / 2] = (char)(hi << 4 | lo);
	}
	*len /= 2;
	return true;
}

/* Is @text the decimal number of the user that the socket names? */
static bool is_peer(const struct sasl *s, const char *text, size_t len)
{
	unsigned long long uid = 0;
	size_t i;

	if (!len || len > 10)
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		uid = uid * 10 + (text[i] - '0');
	}
	return uid == s->uid;
}

/*
 * EXTERNAL: the client says, in hexadecimal, who it would like to be; saying
 * nothing, it is whoever it is. "No initial response" and "an empty one" look
 * alike on the wire, hence the empty challenge.
 */
static void external(struct sasl *s, char *data, size_t len)
{
	if (!unhex(data, &len)) {
		error(s, "Invalid hex encoding");
	} else if (!len && !s->asked) {
		s->asked = true;
		s->state = SASL_DATA;
		answer(s, "DATA\r\n");
	} else if (!len || is_peer(s, data, len)) {
		s->state = SASL_BEGIN;
		answer(s, "OK %s\r\n", s->guid);
	} else {
		reject(s);
	}
}

/* Splits off the first word: *text and *len become what follows the blanks. */
static char *first_word(char **text, size_t *len)
{
	char *word = *text;
	char *end = word + *len;
	char *p = word;

	while (p < end && *p != ' ' && *p != '\t')
		p++;
	*text = p;
	while (*text < end && (**text == ' ' || **text == '\t'))
		(*text)++;
	*len = end - *text;
	*p = '\0';
	return word;
}

static void command_auth(struct sasl *s, char *args, size_t len)
{
	const char *mechanism;

	if (s->state == SASL_DATA) {
		error(s, "Sent AUTH while another AUTH in progress");
		return;
	}
	if (s->state == SASL_BEGIN) {
		error(s, "Sent AUTH while expecting BEGIN");
		return;
	}
	mechanism = first_word(&args, &len);
	s->asked = false;
	if (strcmp(mechanism, "EXTERNAL") != 0)
		reject(s);
	else
		external(s, args, len);
}

static void command_data(struct sasl *s, char *args, size_t len)
{
	if (s->state == SASL_DATA)
		external(s, args, len);
	else if (s->state == SASL_BEGIN)
		error(s, "Sent DATA while expecting BEGIN");
	else
		error(s, "Not currently in an auth conversation");
}

static void command_cancel(struct sasl *s, char *args, size_t len)
{
	if (s->state == SASL_AUTH)
		error(s, "Not currently in an auth conversation");
	else
		reject(s);
}

static void command_error(struct sasl *s, char *args, size_t len)
{
	reject(s);
}

static void command_begin(struct sasl *s, char *args, size_t len)
{
	if (s->state == SASL_BEGIN)
		s->state = SASL_DONE;
	else
		fail(s, "BEGIN before it was authenticated");
}

static void command_unix_fd(struct sasl *s, char *args, size_t len)
{
	if (s->state != SASL_BEGIN) {
		error(s, "Not authenticated yet");
		return;
	}
	s->unix_fds = true;
	answer(s, "AGREE_UNIX_FD\r\n");
}

static const struct {
	const char *name;
	void (*run)(struct sasl *s, char *args, size_t len);
} commands[] = {
	{ "AUTH", command_auth },
	{ "DATA", command_data },
	{ "CANCEL", command_cancel },
	{ "ERROR", command_error },
	{ "BEGIN", command_begin },
	{ "NEGOTIATE_UNIX_FD", command_unix_fd },
};

/* A whole line, without CR LF; there is room for a NUL behind it. */
static void line(struct sasl *s, char *text, size_t len)
{
	const char *name;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] <= 0) {
			error(s, "Command contained non-ASCII");
			return;
		}
	}
	name = first_word(&text, &len);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(name, commands[i].name)) {
			commands[i].run(s, text, len);
			return;
		}
	}
	error(s, "Unknown command");
}

/* Room for @n octets more, and a NUL. */
static bool reserve(struct sasl *s, size_t n)
{
	size_t want = s->line_len + n + 1;
	char *bigger;

	if (want <= s->line_room)
		return true;
	want = want < 256 ? 256 : want + want / 2;
	bigger = realloc(s->line, want);
	if (!bigger)
		return false;
	s->line = bigger;
	s->line_room = want;
	return true;
}

size_t sasl_feed(struct sasl *s, const char *data, size_t n)
{
	const char *lf;

	if (!n || s->out_len || s->state >= SASL_DONE)
		return 0;
	if (s->state == SASL_NUL) {
		if (data[0])
			fail(s, "does not begin with the octet 0");
		else
			s->state = SASL_AUTH;
		return 1;
	}

	lf = memchr(data, '\n', n);
	if (lf)
		n = lf - data + 1;
	if (s->line_len + n > SASL_LINE_MAX) {
		fail(s, "line of the handshake too long");
		return n;
	}
	if (!reserve(s, n)) {
		fail(s, "out of memory");
		return n;
	}
	memcpy(s->line + s->line_len, data, n);
	s->line_len += n;
	if (s->line_len < 2 || memcmp(s->line + s->line_len - 2, "\r\n", 2) != 0)
		return n;	/* a lone LF does not end a line */

	line(s, s->line, s->line_len - 2);
	s->line_len = 0;
	return n;
}
