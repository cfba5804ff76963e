// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages sent by splice(): their octets stay in the sender's pages, which can be
 * written to while the message is on its way, and after.
 */
#include "tests/bus/tests.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define PAGE	4096

/* A page that a child may share, and a pipe to give it away by. */
struct page {
	uint8_t *p;
	int pipe[2];
};

static void page_new(struct page *page)
{
	page->p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(page->p != MAP_FAILED && !pipe(page->pipe), "a page: %m");
}

static void page_free(struct page *page)
{
	munmap(page->p, PAGE);
	close(page->pipe[0]);
	close(page->pipe[1]);
}

/* Does the bus take so many octets of the page? If not, the pipe is emptied. */
static bool page_send(struct page *page, size_t len, struct conn *c)
{
	struct iovec iov = { .iov_base = page->p, .iov_len = len };
	char rest[PAGE];
	ssize_t n;

	check(vmsplice(page->pipe[1], &iov, 1, 0) == (ssize_t)len,
	      "vmsplice: %m");
	while (len) {
		n = splice(page->pipe[0], NULL, c->fd, NULL, len, 0);
		if (n <= 0) {
			n = read(page->pipe[0], rest, len);
			check(n == (ssize_t)len, "what is left in the pipe: %m");
			return false;
		}
		len -= (size_t)n;
	}
	return true;
}

/* A signal with @text, in the page; its length. */
static size_t page_signal(struct page *page, struct conn *from, struct conn *to,
			  const char *text)
{
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Spliced",
			  .dest = to->name };
	struct draft d = { 0 };
	size_t len;

	h.serial = ++from->serial;
	draft_message(&d, &h, "s", text);
	len = d.len;
	check(len <= PAGE, "%zu octets", len);
	memcpy(page->p, d.p, len);
	draft_free(&d);
	return len;
}

/* Once it is sent, what is written over it reaches nobody. */
static void spliced(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	char text[2000];
	struct page page;
	size_t n, len;
	struct got *g;

	page_new(&page);
	for (n = 1; n < sizeof(text); n += n / 2 + 7) {
		memset(text, 'a', n);
		text[n] = '\0';
		len = page_signal(&page, a, b, text);
		check(page_send(&page, len, a), "splice: %m");
		memset(page.p, 0xff, PAGE);
		g = want_signal(b, "Spliced");
		check(!strcmp(got_str(g, 0), text), "another text of %zu", n);
		got_free(g);
	}
	conn_alive(a, "splice");
	page_free(&page);
	conn_close(a);
	conn_close(b);
}

/* Write to what says how long the message and its parts are, for ever. */
static void scribble(uint8_t *p, size_t len)
{
	uint64_t state = 1;
	uint8_t was;
	size_t at;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		at = random_below(&state, (uint32_t)len);
		was = *(volatile uint8_t *)(p + at);
		*(volatile uint8_t *)(p + at) = was + 8;
		*(volatile uint8_t *)(p + at) = was;
	}
}

/*
 * Whatever a sender does to its pages meanwhile: what its receiver gets is one
 * valid message after the other.
 */
static void spliced_race(char **arg)
{
	unsigned long i, rounds = scaled(arg_number(&arg, 3000));
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct page page;
	struct got *g;
	size_t len;
	pid_t pid;

	page_new(&page);
	len = page_signal(&page, a, b, "text");
	pid = fork();
	if (!pid)
		scribble(page.p, len);
	for (i = 0; i < rounds; i++) {
		if (!page_send(&page, len, a)) {
			conn_close(a);
			a = conn_open(0);
		}
		/* conn_get() looks at each message whole */
		while ((g = conn_get(b, 0)))
			got_free(g);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	conn_close(a);
	a = conn_open(0);
	conn_signal(a, b->name, "Last", "s", "text");
	while (!got_is_signal(g = conn_next(b), "Last"))
		got_free(g);
	check(!strcmp(got_str(g, 0), "text"), "%s", got_text(g));
	got_free(g);
	page_free(&page);
	conn_close(a);
	conn_close(b);
}

const struct test splice_tests[] = {
	{ "spliced", spliced,
	  "a spliced message arrives as it was when it was sent" },
	{ "spliced-race", spliced_race,
	  "pages written to while they are sent break nobody's stream" },
	{ 0 }
};
