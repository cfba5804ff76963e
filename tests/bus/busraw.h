/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A D-Bus client that hides nothing: it says octet by octet what is sent and
 * when, and takes what comes one message at a time, as the strictest libraries
 * do. Whatever goes wrong ends the program with a text: see check().
 */
#ifndef BUSRAW_H
#define BUSRAW_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire/message.h"

#define BUS_NAME	"org.freedesktop.DBus"
#define BUS_PATH	"/org/freedesktop/DBus"
#define FDS_MAX		253		/* SCM_MAX_FD of the kernel */

/* --- failing -------------------------------------------------------------- */

__attribute__((format(printf, 3, 4), noreturn))
void fail_at(const char *file, int line, const char *fmt, ...);
#define fail(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)
#define check(cond, ...) do { if (!(cond)) fail(__VA_ARGS__); } while (0)

/* A wait that is never used up if all is well: ms, BUS_TEST_LIMIT or 20 s. */
int time_limit(void);
uint64_t now_ms(void);
/* @n as BUS_TEST_SCALE (1 to 100 per cent) allows; at least 1 */
unsigned long scaled(unsigned long n);

/* --- writing messages ----------------------------------------------------- */

/**
 * struct draft - a message in the making, in either byte order
 *
 * Not built by wire/, for two reasons: the bus should not be tested by the very
 * code that it runs, and what is tested is often not valid.
 */
struct draft {
	uint8_t *p;
	size_t len;
	size_t cap;
	size_t body;		/* offset of the body; 0 while in the header */
	bool big;
};

void draft_start(struct draft *d, bool big, int type, int flags,
		 uint32_t serial);
void draft_field(struct draft *d, int code, const char *s);
void draft_field_u32(struct draft *d, int code, uint32_t v);
void draft_body(struct draft *d);
void draft_align(struct draft *d, size_t align);
void draft_raw(struct draft *d, const void *p, size_t len);
void draft_u8(struct draft *d, uint8_t v);
void draft_u16(struct draft *d, uint16_t v);
void draft_u32(struct draft *d, uint32_t v);
void draft_u64(struct draft *d, uint64_t v);
void draft_str(struct draft *d, const char *s);		/* s o */
void draft_sig(struct draft *d, const char *s);		/* g */
void draft_set_u32(struct draft *d, size_t at, uint32_t v);
void draft_end(struct draft *d);
void draft_free(struct draft *d);

/**
 * struct head - the header of a message to be sent; what is 0 is left out
 * @sender: a forged SENDER
 * @fds: descriptors to go with the first octet
 * @claim: UNIX_FDS if it shall differ from @n_fds
 */
struct head {
	int type;
	int flags;
	bool big;
	const char *dest;
	const char *path;
	const char *iface;
	const char *member;
	const char *error;
	uint32_t reply_to;
	const char *sender;
	const int *fds;
	unsigned int n_fds;
	unsigned int claim;
	uint32_t serial;	/* default: the connection's next */
};

/* Arguments by @sig: s o g: char *; y u b i h: int; t: uint64_t; ay: pointer and
 * size_t. */
void draft_head(struct draft *d, const struct head *h, const char *sig);
void draft_args(struct draft *d, const char *sig, va_list ap);
void draft_message(struct draft *d, const struct head *h, const char *sig, ...);

/* --- a connection --------------------------------------------------------- */

enum conn_flag {
	CONN_NO_FDS = 1,	/* does not negotiate descriptors */
	CONN_NO_HELLO = 2,
	CONN_NO_BEGIN = 4,	/* connected, not a word said */
};

/**
 * struct got - a message that came, checked to be valid
 */
struct got {
	struct got *next;
	struct wire_msg m;
	uint8_t *data;
	unsigned int n_fds;
	int fds[];
};

struct conn {
	int fd;
	bool gone;		/* the bus has closed it */
	uint32_t serial;	/* the last one used */
	char name[32];		/* unique name */
	/* output kept back by conn_cork() */
	bool corked;
	uint8_t *out;
	size_t out_len;
	size_t out_cap;
	/* the message that is being read */
	uint8_t *in;
	size_t have;
	size_t need;
	unsigned int n_fds;
	int fds[FDS_MAX];
	/* messages passed over by conn_answer() */
	struct got *later;
};

struct conn *conn_open(int flags);
/* NULL if the bus hangs up before it has answered Hello */
struct conn *conn_try_open(void);
/* connect, authenticate, and @more behind BEGIN, all in one write */
struct conn *conn_pipelined(const void *more, size_t len);
/* one that needs no handshake any more: says Hello */
struct conn *conn_adopt(int fd);
void conn_close(struct conn *c);

void conn_write(struct conn *c, const void *p, size_t len);
void conn_write_fds(struct conn *c, const void *p, size_t len,
		    const int *fds, unsigned int n_fds);
/* false if the bus has hung up, or takes nothing more within the limit */
bool conn_try_write(struct conn *c, const void *p, size_t len,
		    const int *fds, unsigned int n_fds, int ms);
void conn_cork(struct conn *c);
void conn_uncork(struct conn *c);

uint32_t conn_send(struct conn *c, const struct head *h, const char *sig, ...);
uint32_t conn_call(struct conn *c, const char *dest, const char *member,
		   const char *sig, ...);
/* a call to the bus itself */
uint32_t conn_bus(struct conn *c, const char *member, const char *sig, ...);
void conn_return(struct conn *c, const struct got *call, const char *sig, ...);
void conn_error(struct conn *c, const struct got *call, const char *error);
void conn_signal(struct conn *c, const char *dest, const char *member,
		 const char *sig, ...);

/* next message; NULL if none came within @ms, or the bus has hung up */
struct got *conn_get(struct conn *c, int ms);
/* next message, which must come */
struct got *conn_next(struct conn *c);
/* the answer to @serial; messages before it are kept for conn_next() */
struct got *conn_answer(struct conn *c, uint32_t serial);
/* the answer must not be an error; is dropped */
void conn_ok(struct conn *c, uint32_t serial);
/* the answer must be this error; is dropped */
void conn_refused(struct conn *c, uint32_t serial, const char *error);
/* nothing must have been sent to it */
void conn_quiet(struct conn *c, const char *why);
/* the bus must hang up; what it sends before is dropped */
void conn_hung_up(struct conn *c, const char *why);
/* the bus must still answer */
void conn_alive(struct conn *c, const char *why);
void got_free(struct got *g);
/* the other end of a pipe must be closed everywhere; closes this one */
void closed_everywhere(int read_end, const char *why);

/* a call to the bus with its answer */
uint32_t bus_u32(struct conn *c, const char *member, const char *sig, ...);
void bus_ok(struct conn *c, const char *member, const char *sig, ...);
void bus_refused(struct conn *c, const char *error, const char *member,
		 const char *sig, ...);

/* --- looking at messages -------------------------------------------------- */

/* argument number @i as a text, "" if there is none */
const char *got_str(const struct got *g, unsigned int i);
uint64_t got_u32(const struct got *g, unsigned int i);
/* one line: type, sender, path, interface.member or error, arguments */
const char *got_text(const struct got *g);
bool got_is_signal(const struct got *g, const char *member);
bool got_is_call(const struct got *g, const char *member);
/* a signal of the bus with these string arguments; NULL: any */
bool got_is_bus_signal(const struct got *g, const char *member,
		       const char *a, const char *b, const char *c);

/* takes the next message, which must be that */
void want_bus_signal(struct conn *c, const char *member,
		     const char *a, const char *b, const char *d);
struct got *want_signal(struct conn *c, const char *member);
struct got *want_call(struct conn *c, const char *member);

/* reproducible pseudo-random numbers */
uint32_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t n);

#endif /* BUSRAW_H */
