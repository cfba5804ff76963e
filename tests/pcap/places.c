// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a capture is: in which network namespace, whatever becomes of the
 * program; and how soon and how much of a message it gets there.
 */
#include <poll.h>
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

/* The tap on which a message arrives while the reader sleeps, -1 for none. */
static int alarm_clock = -1;
static int woken;

/* Stands in for the C library's, for libpcap too. */
int poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	int tap = alarm_clock;
	int ret;

	if (ms != 0 && tap >= 0) {
		alarm_clock = -1;
		send_message(tap, 2, 10);
	}
	ret = ppoll(fds, n, ms < 0 ? NULL : &ts, NULL);
	if (ms != 0 && tap >= 0)
		woken = ret > 0;
	return ret;
}

/* Is a reader that messages keep coming to woken by the next? */
static int is_woken(int immediate)
{
	int tap = make_tap();
	uint32_t n = 0;
	pcap_t *p;

	p = open_with(&(struct options){ .immediate = immediate });
	send_message(tap, 1, 10);
	expect_is(dispatch(p, -1, count, &n), 1);
	alarm_clock = tap;
	expect_is(dispatch(p, -1, count, &n), 1);
	expect_is(alarm_clock, -1);
	pcap_close(p);
	close(tap);
	return woken;
}

/*
 * While messages keep coming, the reader naps, unless it's in immediate mode. No
 * clock is asked: a busy machine may let it sleep on in either.
 */
static void case_immediate_sooner(void)
{
	expect_is(is_woken(0), 0);
	expect_is(is_woken(1), 1);
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
