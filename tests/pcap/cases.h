/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases of tests/pcap/capture have in common: a tap, a handle on it, and
 * what is expected of both.
 */
#ifndef TESTS_PCAP_CASES_H
#define TESTS_PCAP_CASES_H

#include <err.h>
#include <pcap/pcap.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/pcap/tap.h"

#define TAP	"dbus0"
#define NEVER	0	/* packet buffer timeout */

#define expect(cond)							\
	do {								\
		if (!(cond))						\
			errx(1, "line %d: not so: %s", __LINE__, #cond); \
	} while (0)

#define expect_is(got, want)						\
	do {								\
		long long g_ = (got), w_ = (want);			\
		if (g_ != w_)						\
			errx(1, "line %d: %s is %lld, not %lld",	\
			     __LINE__, #got, g_, w_);			\
	} while (0)

/* The end of such an array has no name. */
struct test_case {
	const char *name;
	void (*run)(void);
};

extern const struct test_case place_cases[];
extern const struct test_case rule_cases[];

/* What a capture is opened with. */
struct options {
	int snaplen;
	int buffer;
	int timeout;
	int immediate;
	int nano;
};

/* The last packet's header, and how many there were. */
struct last {
	struct pcap_pkthdr h;
	uint32_t serial;
	int n;
};

pcap_t *create(const struct options *o);
pcap_t *open_with(const struct options *o);
pcap_t *open_default(void);
int make_tap(void);
void send_message(int tap, uint32_t serial, size_t len);
void send_record(int tap, uint32_t serial, size_t len, uint16_t proto);
void send_messages(int tap, uint32_t from, uint32_t n, size_t len);
void set_filter(pcap_t *p, const char *text);
int dispatch(pcap_t *p, int n, pcap_handler handler, void *arg);
/* Of a thousand short messages and one that @hit sends, the filter lets that one
 * alone into the buffer, which has no room for the others. */
void expect_only(pcap_t *p, int tap, const char *filter,
		 void (*hit)(int tap, uint32_t serial));

/* Messages counted as they come; their serial numbers must be 1, 2, 3... */
void count(u_char *user, const struct pcap_pkthdr *h, const u_char *pkt);
void ignore(u_char *user, const struct pcap_pkthdr *h, const u_char *pkt);
/* Into a struct last */
void keep(u_char *user, const struct pcap_pkthdr *h, const u_char *pkt);

int readable(pcap_t *p);
double now(void);
/* How many instructions the kernel runs for this socket. */
int kernel_filter(pcap_t *p);

#endif /* TESTS_PCAP_CASES_H */
