// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a capture is: in which network namespace, whatever becomes of the
 * program; and how soon and how much of a message it gets there.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/dbus.h>

#include "tests/pcap/cases.h"

static void leave_namespace(void)
{
	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
}

/* dbus0 of one namespace isn't that of another. */
static void case_namespaces(void)
{
	struct last here = { .n = 0 }, there = { .n = 0 };
	int tap = make_tap(), other;
	pcap_t *p = open_default(), *q;

	leave_namespace();
	q = create(NULL);
	expect_is(pcap_activate(q), PCAP_ERROR_NO_SUCH_DEVICE);
	pcap_close(q);
	other = make_tap();
	q = open_default();
	send_message(tap, 1, 10);
	send_message(other, 2, 10);
	expect_is(dispatch(p, -1, keep, &here), 1);
	expect_is(here.serial, 1);
	expect_is(dispatch(q, -1, keep, &there), 1);
	expect_is(there.serial, 2);
	pcap_close(p);
	pcap_close(q);
}

/* A capture stays where it was opened. */
static void case_namespace_left(void)
{
	size_t size = 64 << 20;
	uint8_t *huge = calloc(1, size);
	int tap = make_tap();
	pcap_t *p = open_default();
	struct pcap_stat st;
	uint32_t n = 0;

	leave_namespace();
	/* another dbus0, up and with other numbers */
	make_tap();
	send_messages(tap, 1, 3, 10);
	expect_is(dispatch(p, -1, count, &n), 3);
	expect(huge != NULL && write(tap, huge, size) < 0);
	free(huge);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 3);
	expect_is(st.ps_ifdrop, 1);
	expect_is(pcap_set_datalink(p, DLT_USER0 + 13), -1);
	expect_is(pcap_datalink(p), DLT_DBUS);
	close(tap);
	expect_is(pcap_loop(p, -1, ignore, NULL), PCAP_ERROR);
	expect(!strcmp(pcap_geterr(p), "The interface disappeared"));
	pcap_close(p);
}

/* Messages that are sent when the one before has been received. */
#define ROUNDS 40

struct exchange {
	int tap;
	int received[2];
};

static void *send_rounds(void *arg)
{
	const struct exchange *x = arg;
	uint32_t i;
	char c;

	for (i = 1; i <= ROUNDS; i++) {
		send_message(x->tap, i, 10);
		expect_is(read(x->received[0], &c, 1), 1);
	}
	return NULL;
}

static double rounds(int immediate)
{
	struct exchange x = { .tap = make_tap() };
	double start = now();
	uint32_t n = 0;
	pthread_t t;
	pcap_t *p;

	expect_is(pipe(x.received), 0);
	p = open_with(&(struct options){ .immediate = immediate });
	expect_is(pthread_create(&t, NULL, send_rounds, &x), 0);
	while (n < ROUNDS) {
		if (dispatch(p, -1, count, &n) > 0)
			expect_is(write(x.received[1], "", 1), 1);
	}
	pthread_join(t, NULL);
	pcap_close(p);
	close(x.tap);
	return now() - start;
}

/*
 * While messages keep coming, the reader naps, unless it's in immediate mode. On a
 * busy machine they may not keep coming: then it is tried again.
 */
static void case_immediate_sooner(void)
{
	double napping;
	int i;

	for (i = 0; i < 10; i++) {
		napping = rounds(0);
		if (napping > ROUNDS / 2 * 0.005 && rounds(1) < napping)
			return;
	}
	expect(!"immediate mode gives messages sooner");
}

static void case_longest_snaplen(void)
{
	static const int asked[] = { 0, 128 << 20, (128 << 20) + 1, 0x7fffffff };
	size_t i;
	pcap_t *p;

	make_tap();
	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		p = open_with(&(struct options){ .snaplen = asked[i] });
		expect_is(pcap_snapshot(p), 128 << 20);
		/* a longer record would make the file unreadable */
		expect_is(pcap_set_datalink(p, DLT_USER0 + 13), 0);
		expect_is(pcap_snapshot(p), 262144);
		pcap_close(p);
	}
}

const struct test_case place_cases[] = {
	{ "namespaces", case_namespaces },
	{ "namespace-left", case_namespace_left },
	{ "immediate-sooner", case_immediate_sooner },
	{ "longest-snaplen", case_longest_snaplen },
	{ NULL, NULL }
};
