// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server's side of the handshake put to the test: conversations that must
 * go as written, each fed whole, octet by octet and split at every place; and
 * random ones, which may go as they like but never wrong.
 *
 *	sasl_test talk		the conversations
 *	sasl_test random N	N random ones, the seed printed if one fails
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dbus-routed/sasl.h"

#define UID	1000
#define GUID	"0123456789abcdef0123456789abcdef"
#define OK	"OK " GUID "\r\n"
#define REJ	"REJECTED EXTERNAL\r\n"
#define ME	"31303030"		/* "1000" */

/* octets in, of which @in holds some that may follow: see @rest */
struct talk {
	const char *name;
	const char *in;
	size_t in_len;
	const char *out;
	enum sasl_state state;
	bool unix_fds;
	size_t rest;		/* octets that must not have been taken */
};

#define IN(x)	(x), sizeof(x) - 1

static const struct talk talks[] = {
	{ "libdbus", IN("\0AUTH EXTERNAL " ME "\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"),
	  OK "AGREE_UNIX_FD\r\n", .state = SASL_DONE, .unix_fds = true },
	{ "sd-bus: all at once, and Hello behind it",
	  IN("\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\nl\1\0\1"),
	  "DATA\r\n" OK "AGREE_UNIX_FD\r\n", .state = SASL_DONE,
	  .unix_fds = true, .rest = 4 },
	{ "GDBus asks for the mechanisms first",
	  IN("\0AUTH\r\nAUTH EXTERNAL " ME "\r\nBEGIN\r\n"),
	  REJ OK, .state = SASL_DONE },
	{ "a line break right behind BEGIN is the kernel's",
	  IN("\0AUTH EXTERNAL " ME "\r\nBEGIN\r\n\r\n\r\n"),
	  OK, .state = SASL_DONE,
	  .rest = 4 },
	{ "identity given in answer to the challenge",
	  IN("\0AUTH EXTERNAL\r\nDATA " ME "\r\nBEGIN\r\n"),
	  "DATA\r\n" OK, .state = SASL_DONE },
	{ "another user's number", IN("\0AUTH EXTERNAL 30\r\n"),
	  REJ, .state = SASL_AUTH },
	{ "another user's number as data", IN("\0AUTH EXTERNAL\r\nDATA 30\r\n"),
	  "DATA\r\n" REJ, .state = SASL_AUTH },
	{ "our number with something behind it",
	  IN("\0AUTH EXTERNAL " ME "20\r\n"), REJ, .state = SASL_AUTH },
	{ "our number plus 2^32",	/* "4294968296" */
	  IN("\0AUTH EXTERNAL 34323934393638323936\r\n"), REJ, .state = SASL_AUTH },
	{ "our number plus 2^64",
	  IN("\0AUTH EXTERNAL 3138343436373434303733373039353532363136\r\n"),
	  REJ, .state = SASL_AUTH },
	{ "a number with a sign", IN("\0AUTH EXTERNAL 2b31303030\r\n"),
	  REJ, .state = SASL_AUTH },
	{ "odd hexadecimal", IN("\0AUTH EXTERNAL 313\r\n"),
	  "ERROR \"Invalid hex encoding\"\r\n", .state = SASL_AUTH },
	{ "no hexadecimal, then a second try",
	  IN("\0AUTH EXTERNAL xy\r\nAUTH EXTERNAL " ME "\r\nBEGIN\r\n"),
	  "ERROR \"Invalid hex encoding\"\r\n" OK, .state = SASL_DONE },
	{ "mechanisms that are not there",
	  IN("\0AUTH ANONYMOUS\r\nAUTH DBUS_COOKIE_SHA1 " ME "\r\nAUTH external\r\n"),
	  REJ REJ REJ, .state = SASL_AUTH },
	{ "cancelled, and done after all",
	  IN("\0AUTH EXTERNAL\r\nCANCEL\r\nAUTH EXTERNAL " ME "\r\nBEGIN\r\n"),
	  "DATA\r\n" REJ OK, .state = SASL_DONE },
	{ "cancelled after OK",
	  IN("\0AUTH EXTERNAL " ME "\r\nCANCEL\r\nBEGIN\r\n"),
	  OK REJ, .state = SASL_FAILED },
	{ "the client's ERROR", IN("\0AUTH EXTERNAL " ME "\r\nERROR \"x\"\r\n"),
	  OK REJ, .state = SASL_AUTH },
	{ "BEGIN at once", IN("\0BEGIN\r\n"), "", .state = SASL_FAILED },
	{ "BEGIN in the middle", IN("\0AUTH EXTERNAL\r\nBEGIN\r\n"),
	  "DATA\r\n", .state = SASL_FAILED },
	{ "descriptors before authentication", IN("\0NEGOTIATE_UNIX_FD\r\n"),
	  "ERROR \"Not authenticated yet\"\r\n", .state = SASL_AUTH },
	{ "AUTH after OK",
	  IN("\0AUTH EXTERNAL " ME "\r\nAUTH EXTERNAL " ME "\r\nBEGIN\r\n"),
	  OK "ERROR \"Sent AUTH while expecting BEGIN\"\r\n", .state = SASL_DONE },
	{ "AUTH twice", IN("\0AUTH EXTERNAL\r\nAUTH EXTERNAL\r\n"),
	  "DATA\r\nERROR \"Sent AUTH while another AUTH in progress\"\r\n",
	  .state = SASL_DATA },
	{ "DATA out of place", IN("\0DATA\r\nCANCEL\r\n"),
	  "ERROR \"Not currently in an auth conversation\"\r\n"
	  "ERROR \"Not currently in an auth conversation\"\r\n", .state = SASL_AUTH },
	{ "unknown command", IN("\0HELO\r\n\r\nEHLO x\r\n"),
	  "ERROR \"Unknown command\"\r\nERROR \"Unknown command\"\r\n"
	  "ERROR \"Unknown command\"\r\n", .state = SASL_AUTH },
	{ "a command with more letters", IN("\0AUTHX EXTERNAL " ME "\r\n"),
	  "ERROR \"Unknown command\"\r\n", .state = SASL_AUTH },
	{ "a lone LF ends no line", IN("\0AUTH EXTERNAL " ME "\nBEGIN\n"),
	  "", .state = SASL_AUTH },
	{ "octets that are not ASCII", IN("\0AUTH \xc3\xa4\r\n\0\r\n"),
	  "ERROR \"Command contained non-ASCII\"\r\n"
	  "ERROR \"Command contained non-ASCII\"\r\n", .state = SASL_AUTH },
	{ "no octet 0", IN("AUTH EXTERNAL " ME "\r\nBEGIN\r\n"),
	  "", .state = SASL_FAILED,
	  .rest = 30 },
	{ "a web browser", IN("GET / HTTP/1.1\r\n\r\n"), "", .state = SASL_FAILED, .rest = 17 },
	{ "given up after six attempts",
	  IN("\0AUTH A\r\nAUTH A\r\nAUTH A\r\nAUTH A\r\nAUTH A\r\nAUTH A\r\n"
	     "AUTH EXTERNAL " ME "\r\n"),
	  REJ REJ REJ REJ REJ, .state = SASL_FAILED,
	  .rest = 24 },
};

/* Feeds @n octets in pieces; collects the answers. Returns what was taken. */
static size_t feed(struct sasl *s, const char *data, size_t n, char *out,
		   size_t *out_len, size_t out_room)
{
	size_t done = 0, took;

	while (done < n) {
		took = sasl_feed(s, data + done, n - done);
		assert(took <= n - done);
		assert(s->out_len < sizeof(s->out));
		assert(*out_len + s->out_len < out_room);
		memcpy(out + *out_len, s->out, s->out_len);
		*out_len += s->out_len;
		s->out_len = 0;
		if (!took)
			break;
		done += took;
	}
	return done;
}

/* Feeds @t in pieces that end at @a, @b and the end. */
static void run(const struct talk *t, size_t a, size_t b, bool octets)
{
	size_t ends[] = { a, b, t->in_len };
	size_t taken = 0, out_len = 0, i;
	char out[4096];
	struct sasl s;

	sasl_init(&s, UID, GUID);
	if (octets) {
		while (taken < t->in_len &&
		       feed(&s, t->in + taken, 1, out, &out_len, sizeof(out)))
			taken++;
	} else {
		for (i = 0; i < 3 && taken < t->in_len; i++)
			taken += feed(&s, t->in + taken, ends[i] - taken, out,
				      &out_len, sizeof(out));
	}
	out[out_len] = '\0';
	if (s.state != t->state || s.unix_fds != t->unix_fds ||
	    t->in_len - taken != t->rest || strcmp(out, t->out) != 0) {
		printf("%s (split at %zu, %zu):\nstate %d, expected %d; "
		       "%zu octets left, expected %zu\nanswers:\n%s"
		       "expected:\n%s", t->name, a, b, s.state, t->state,
		       t->in_len - taken, t->rest, out, t->out);
		exit(1);
	}
	if ((s.state == SASL_FAILED) != (s.why != NULL)) {
		printf("%s: fails without a reason\n", t->name);
		exit(1);
	}
	sasl_deinit(&s);
}

static void conversations(void)
{
	size_t i, a, b;

	for (i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		run(&talks[i], 0, 0, true);
		for (a = 0; a <= talks[i].in_len; a++)
			for (b = a; b <= talks[i].in_len; b++)
				run(&talks[i], a, b, false);
	}
	printf("%zu conversations\n", i);
}

/* A line may have 16 KiB, CR LF included, and not one octet more. */
static void long_line(void)
{
	static char data[1 + SASL_LINE_MAX + 1];
	size_t out_len, n;
	char out[4096];
	struct sasl s;

	for (n = SASL_LINE_MAX - 1; n <= SASL_LINE_MAX + 1; n++) {
		memset(data, 'A', sizeof(data));
		data[0] = '\0';
		data[1 + n - 2] = '\r';
		data[1 + n - 1] = '\n';
		out_len = 0;
		sasl_init(&s, UID, GUID);
		feed(&s, data, 1 + n, out, &out_len, sizeof(out));
		assert(s.state == (n > SASL_LINE_MAX ? SASL_FAILED : SASL_AUTH));
		assert(!out_len == (n > SASL_LINE_MAX));
		sasl_deinit(&s);
	}
}

static const char *const words[] = {
	"AUTH", "EXTERNAL", ME, "30", "DATA", "CANCEL", "ERROR", "BEGIN",
	"NEGOTIATE_UNIX_FD", "\r\n", "\r\n", "\r\n", "\r\n", " ", " ", "\r",
	"\n", "\t", "3", "ANONYMOUS", "\xff", "BEGIN\r\n",
	"AUTH EXTERNAL " ME "\r\n", "AUTH EXTERNAL\r\n",
};

/*
 * Random commands. Whatever comes: authenticated only by our own number or by
 * none, no descriptors unless agreed, and nothing behind BEGIN is touched.
 */
static void random_talk(unsigned int seed)
{
	char data[2048], out[8192];
	size_t n = 1, taken, out_len = 0, w;
	const char *word;
	struct sasl s;

	srand(seed);
	data[0] = rand() % 50 ? 0 : 'A';
	while (n < sizeof(data) - 64 && rand() % 60) {
		if (rand() % 20) {
			word = words[rand() % (sizeof(words) / sizeof(*words))];
			w = strlen(word);
			memcpy(data + n, word, w);
			n += w;
		} else {
			data[n++] = (char)rand();
		}
	}
	sasl_init(&s, UID, GUID);
	for (taken = 0; taken < n;) {
		w = 1 + rand() % (n - taken);
		w = feed(&s, data + taken, w, out, &out_len, sizeof(out));
		if (!w)
			break;
		taken += w;
	}
	out[out_len] = '\0';
	if (s.state == SASL_DONE)
		assert(taken >= 8 && !memcmp(data + taken - 2, "\r\n", 2) &&
		       strstr(out, OK));
	else if (s.state != SASL_FAILED)
		assert(taken == n);
	assert(!s.unix_fds || strstr(out, "AGREE_UNIX_FD\r\n"));
	assert(!strstr(out, OK) || memmem(data, taken, ME, 8) ||
	       strstr(out, "DATA\r\n"));
	sasl_deinit(&s);
}

int main(int argc, char **argv)
{
	unsigned int i, n;

	if (argc == 2 && !strcmp(argv[1], "talk")) {
		conversations();
		long_line();
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "random")) {
		n = strtoul(argv[2], NULL, 0);
		for (i = 0; i < n; i++)
			random_talk(i);
		printf("%u random conversations\n", n);
		return 0;
	}
	fprintf(stderr, "usage: sasl_test talk | random N\n");
	return 2;
}
