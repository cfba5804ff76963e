// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program that uses libpcap may expect of a tap, case by case. Runs in a
 * network namespace of its own, as root there; each case makes its own taps.
 *
 * usage: capture CASE
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/dbus.h>
#include <linux/filter.h>
#include <pcap/pcap.h>

typedef struct pcap_if_list pcap_if_list_t;	/* libpcap's own */
#include "pcap-dbus/pcap-dbusmon.h"
#include "tests/pcap/cases.h"

_Static_assert(DBUSMON_LINK_TYPE == DBUSMON_ARPHRD, "hardware type");
_Static_assert(DBUSMON_PROTO_MESSAGE == DBUSMON_ETH_P_MESSAGE, "EtherType");
_Static_assert(DBUSMON_PROTO_EVENT == DBUSMON_ETH_P_EVENT, "EtherType");

static void transmit(uint32_t serial, size_t len, uint16_t proto)
{
	size_t size;
	uint8_t *msg = tap_message(serial, len, 0, &size);

	tap_transmit(TAP, proto, msg, size);
	free(msg);
}

/* --- reading ------------------------------------------------------------- */

static void case_order(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	uint32_t n = 0;

	send_messages(tap, 1, 1000, 50);
	expect_is(pcap_loop(p, 300, count, (u_char *)&n), 0);
	expect_is(n, 300);
	expect_is(dispatch(p, -1, count, &n), 700);
	pcap_close(p);
}

static void case_timeout(void)
{
	double start;
	pcap_t *p;

	make_tap();
	p = open_with(&(struct options){ .timeout = 60 });
	start = now();
	expect_is(dispatch(p, -1, ignore, NULL), 0);
	expect(now() - start >= 0.055);
	expect(now() - start < 5);
	pcap_close(p);
}

static void case_nonblock(void)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	int tap = make_tap();
	pcap_t *p = open_default();
	uint32_t n = 0;

	expect_is(pcap_getnonblock(p, errbuf), 0);
	expect_is(pcap_setnonblock(p, 1, errbuf), 0);
	expect_is(pcap_getnonblock(p, errbuf), 1);
	expect(!readable(p));
	expect_is(dispatch(p, -1, count, &n), 0);
	send_messages(tap, 1, 3, 10);
	send_message(tap, 4, 100000);
	expect(readable(p));
	expect_is(dispatch(p, 2, count, &n), 2);
	expect(readable(p));
	expect_is(dispatch(p, -1, count, &n), 2);
	expect(!readable(p));
	expect_is(dispatch(p, -1, count, &n), 0);
	pcap_close(p);
}

static void case_nonblock_before_activate(void)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	make_tap();
	p = create(NULL);
	expect_is(pcap_setnonblock(p, 1, errbuf), 0);
	expect_is(pcap_activate(p), 0);
	expect_is(pcap_getnonblock(p, errbuf), 1);
	expect_is(dispatch(p, -1, ignore, NULL), 0);
	pcap_close(p);
}

/* What pcap_next_ex() returns stays until it's called again. */
static void case_next(void)
{
	static const size_t lens[] = { 10, 3000, 300000, 10 };
	int tap = make_tap();
	pcap_t *p = open_default();
	struct pcap_pkthdr *h;
	const u_char *pkt;
	size_t i, size;
	uint8_t *msg;

	for (i = 0; i < 4; i++)
		send_message(tap, (uint32_t)i, lens[i]);
	for (i = 0; i < 4; i++) {
		expect_is(pcap_next_ex(p, &h, &pkt), 1);
		send_messages(tap, 100, 10000, 10);
		msg = tap_message((uint32_t)i, lens[i], 0, &size);
		expect_is(h->caplen, size);
		expect(!memcmp(msg, pkt, size));
		free(msg);
	}
	pcap_close(p);
}

/* Some fit a slot, most do not; the last has more than 3 MiB. */
static size_t long_length(uint32_t i)
{
	return i == 299 ? 3 << 20 : (size_t)i * 7919 % 300000;
}

static void compare(u_char *user, const struct pcap_pkthdr *h,
		    const u_char *pkt)
{
	uint32_t *n = (uint32_t *)user;
	size_t size;
	uint8_t *msg = tap_message(*n, long_length(*n), 0, &size);

	expect_is(h->len, size);
	expect_is(h->caplen, size);
	expect(!memcmp(msg, pkt, size));
	free(msg);
	++*n;
}

static void check_long(int immediate)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .immediate = immediate });
	uint32_t i, n = 0, m = 0;

	expect_is(pcap_snapshot(p), 128 << 20);
	for (i = 0; i < 300; i++) {
		send_message(tap, i, long_length(i));
		send_message(tap, i, 0);
		if (i % 3 && i < 298)
			continue;
		while (n <= i) {
			expect_is(dispatch(p, 1, compare, &n), 1);
			expect_is(dispatch(p, 1, ignore, &m), 1);
		}
	}
	pcap_close(p);
}

static void case_long(void)
{
	check_long(0);
}

static void case_long_immediate(void)
{
	check_long(1);
}

/* Two senders at once, each message of its own length and content. */
#define RACE_MESSAGES	2500
#define RACE_SECOND	1000000	/* where the second's serial numbers begin */

static size_t race_length(uint32_t serial)
{
	return serial % 50 ? serial * 7919 % 5000 : 40000;
}

struct racer {
	int tap;
	uint32_t from;
};

static void *race(void *arg)
{
	const struct racer *racer = arg;
	uint32_t i;

	for (i = racer->from; i < racer->from + RACE_MESSAGES; i++)
		send_message(racer->tap, i, race_length(i));
	return NULL;
}

static void check_race(u_char *user, const struct pcap_pkthdr *h,
		       const u_char *pkt)
{
	uint32_t *next = (uint32_t *)user;
	uint32_t serial = tap_serial(pkt);
	size_t size;
	uint8_t *msg;

	next += serial >= RACE_SECOND;
	expect_is(serial, *next);
	msg = tap_message(serial, race_length(serial), 0, &size);
	expect_is(h->len, size);
	expect_is(h->caplen, size);
	expect(!memcmp(msg, pkt, size));
	free(msg);
	++*next;
}

static void case_race(void)
{
	int tap = make_tap();
	struct racer racer[2] = { { tap, 0 }, { tap, RACE_SECOND } };
	uint32_t next[2] = { 0, RACE_SECOND };
	pcap_t *p = open_default();
	struct pcap_stat st;
	pthread_t t[2];
	int n = 0, i;

	for (i = 0; i < 2; i++)
		expect_is(pthread_create(&t[i], NULL, race, &racer[i]), 0);
	while (n < 2 * RACE_MESSAGES)
		n += dispatch(p, -1, check_race, next);
	for (i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 2 * RACE_MESSAGES);
	expect_is(st.ps_drop, 0);
	pcap_close(p);
}

static void case_queue_full(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .buffer = 65536 });
	struct last last = { .n = 0 };
	int i;

	/* room is for 256 KiB: for the first, and not for the last */
	for (i = 0; i < 4; i++)
		send_message(tap, 1, 200000);
	expect_is(dispatch(p, 1, keep, &last), 1);
	expect_is(last.h.caplen, last.h.len);
	expect_is(dispatch(p, 3, keep, &last), 3);
	expect(last.h.caplen > 1900 && last.h.caplen < 2048);
	expect(last.h.len > 200000);
	send_message(tap, 1, 200000);
	expect_is(dispatch(p, -1, keep, &last), 1);
	expect_is(last.h.caplen, last.h.len);
	pcap_close(p);
}

static void case_snaplen(void)
{
	static const int snaplens[] = { 1, 100, 1000, 5000, 262144, 300000 };
	struct last last = { .n = 0 };
	int tap = make_tap();
	size_t i;
	pcap_t *p;

	for (i = 0; i < sizeof(snaplens) / sizeof(*snaplens); i++) {
		p = open_with(&(struct options){ .snaplen = snaplens[i] });
		expect_is(pcap_snapshot(p), snaplens[i]);
		send_message(tap, 1, 310000);
		expect_is(dispatch(p, 1, keep, &last), 1);
		expect_is(last.h.caplen, snaplens[i]);
		expect(last.h.len > 310000);
		/* a filter must not change it */
		set_filter(p, "greater 1000");
		send_message(tap, 1, 310000);
		expect_is(dispatch(p, 1, keep, &last), 1);
		expect_is(last.h.caplen, snaplens[i]);
		pcap_close(p);
	}
}

/* --- link types ---------------------------------------------------------- */

static void case_datalinks(void)
{
	int *list, fd;
	pcap_t *p;

	make_tap();
	p = open_default();
	fd = pcap_fileno(p);
	expect_is(pcap_datalink(p), DLT_DBUS);
	expect_is(pcap_list_datalinks(p, &list), 2);
	expect_is(list[0], DLT_DBUS);
	expect_is(list[1], DLT_USER0 + 13);
	pcap_free_datalinks(list);
	expect_is(pcap_set_datalink(p, DLT_EN10MB), -1);
	expect_is(pcap_set_datalink(p, DLT_USER0 + 13), 0);
	expect_is(pcap_datalink(p), DLT_USER0 + 13);
	expect_is(pcap_fileno(p), fd);
	expect_is(pcap_get_selectable_fd(p), fd);
	expect_is(pcap_snapshot(p), 262144);
	expect_is(pcap_set_datalink(p, DLT_DBUS), 0);
	expect_is(pcap_snapshot(p), 128 << 20);
	pcap_close(p);
}

static void check_record(u_char *user, const struct pcap_pkthdr *h,
			 const u_char *pkt)
{
	const struct dbusmon_hdr *hdr = (const void *)pkt;

	expect_is(hdr->magic, DBUSMON_MAGIC);
	expect_is(hdr->seq, ++*(uint32_t *)user);
	expect_is(h->len, hdr->hdr_len + hdr->length);
	expect_is(h->caplen, h->len < 262144 ? h->len : 262144);
}

static void case_records(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	uint32_t n = 0;

	expect_is(pcap_set_datalink(p, DLT_USER0 + 13), 0);
	send_record(tap, 1, 10, DBUSMON_ETH_P_MESSAGE);
	send_record(tap, 2, 10, DBUSMON_ETH_P_EVENT);
	send_record(tap, 3, 300000, DBUSMON_ETH_P_MESSAGE);
	send_record(tap, 0, 10, 0x0800);
	send_record(tap, 4, 3000, DBUSMON_ETH_P_EVENT);
	expect_is(dispatch(p, -1, check_record, &n), 4);
	pcap_close(p);
}

static void case_messages_only(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	uint32_t n = 0;

	send_message(tap, 1, 10);
	send_record(tap, 0, 10, DBUSMON_ETH_P_EVENT);
	send_record(tap, 0, 10, 0x0800);
	send_message(tap, 2, 10);
	expect_is(dispatch(p, -1, count, &n), 2);
	/* nor does a filter let them in */
	set_filter(p, "greater 1");
	send_record(tap, 0, 10, DBUSMON_ETH_P_EVENT);
	send_message(tap, 3, 10);
	expect_is(dispatch(p, -1, count, &n), 1);
	pcap_close(p);
}

static void check_behind_header(u_char *user, const struct pcap_pkthdr *h,
				const u_char *pkt)
{
	expect(h->caplen > TAP_HEADER);
	expect_is(tap_serial(pkt + TAP_HEADER), ++*(uint32_t *)user);
}

/* What the device puts in front of the message is gone or there. */
static void case_link_header(void)
{
	struct last last = { .n = 0 };
	uint32_t n = 0;
	pcap_t *bare, *whole;

	tap_make_with_header(TAP, DBUSMON_ARPHRD);
	bare = open_default();
	whole = open_default();
	expect_is(pcap_set_datalink(whole, DLT_USER0 + 13), 0);
	transmit(1, 10, DBUSMON_ETH_P_MESSAGE);
	transmit(2, 1300, DBUSMON_ETH_P_EVENT);
	transmit(3, 60000, DBUSMON_ETH_P_MESSAGE);
	transmit(0, 1300, 0x0800);
	transmit(4, 1300, DBUSMON_ETH_P_MESSAGE);
	expect_is(dispatch(whole, -1, check_behind_header, &n), 4);
	expect_is(dispatch(bare, 2, keep, &last), 2);
	expect_is(last.serial, 3);
	expect(last.h.caplen > 60000 && last.h.caplen == last.h.len);
	expect_is(dispatch(bare, -1, keep, &last), 1);
	expect_is(last.serial, 4);

	/* offsets are those of the packet that is delivered */
	set_filter(bare, "link[0] = 0x6c and link[8] = 5");
	set_filter(whole, "link[14] = 0x6c and link[22] = 6");
	transmit(5, 10, DBUSMON_ETH_P_MESSAGE);
	transmit(6, 10, DBUSMON_ETH_P_MESSAGE);
	expect_is(dispatch(bare, -1, keep, &last), 1);
	expect_is(last.serial, 5);
	n = 5;
	expect_is(dispatch(whole, -1, check_behind_header, &n), 1);
	pcap_close(bare);
	pcap_close(whole);
}

/* --- filters ------------------------------------------------------------- */

void expect_only(pcap_t *p, int tap, const char *filter,
		 void (*hit)(int tap, uint32_t serial))
{
	struct last last = { .n = 0 };
	struct pcap_stat st;
	int bare = kernel_filter(p);

	set_filter(p, filter);
	expect(kernel_filter(p) > bare);
	send_messages(tap, 1, 500, 10);
	hit(tap, 501);
	send_messages(tap, 502, 500, 10);
	expect_is(dispatch(p, -1, keep, &last), 1);
	expect_is(last.serial, 501);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 1);
	expect_is(st.ps_drop, 0);
}

static void send_long(int tap, uint32_t serial)
{
	send_message(tap, serial, 2000);
}

static void case_filter(void)
{
	int tap = make_tap();
	/* 32 slots: there's no room for what should be filtered out */
	pcap_t *p = open_with(&(struct options){ .buffer = 65536 });
	struct last last = { .n = 0 };

	expect_only(p, tap, "len > 1000", send_long);

	/* the serial number, at the same place in the kernel and here */
	set_filter(p, "link[8] = 77 and link[9] = 0");
	send_messages(tap, 1, 300, 10);
	expect_is(dispatch(p, -1, keep, &last), 1);
	expect_is(last.serial, 77);
	pcap_close(p);
}

static void case_filter_record(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	struct last last = { .n = 0 };

	expect_is(pcap_set_datalink(p, DLT_USER0 + 13), 0);
	/* kind, which is the record's sixth octet */
	set_filter(p, "link[5] = 1 and link[16:4] = 0x2a000000");
	send_record(tap, 41, 10, DBUSMON_ETH_P_MESSAGE);
	send_record(tap, 42, 10, DBUSMON_ETH_P_MESSAGE);
	send_record(tap, 43, 10, DBUSMON_ETH_P_MESSAGE);
	expect_is(dispatch(p, -1, keep, &last), 1);
	pcap_close(p);
}

static void case_filter_queued(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	struct last last = { .n = 0 };
	struct pcap_stat st;

	send_messages(tap, 1, 20, 10);
	send_message(tap, 21, 5000);
	send_message(tap, 22, 10);
	set_filter(p, "greater 1000");
	send_message(tap, 23, 5000);
	expect_is(dispatch(p, -1, keep, &last), 2);
	expect_is(last.serial, 23);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 2);
	pcap_close(p);
}

/* "Is the length more than 1000?", at the end of n instructions. */
static void fill_long_filter(struct bpf_insn *f, u_int n)
{
	u_int i;

	for (i = 0; i < n; i++)
		f[i] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
	f[n] = (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1000, 0, 1);
	f[n + 1] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 100);
	f[n + 2] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
}

static void case_filter_too_long(void)
{
	static struct bpf_insn f[5003];
	struct bpf_program prog = { 5003, f };
	struct last last = { .n = 0 };
	int tap = make_tap();
	pcap_t *p = open_default();
	struct pcap_stat st;
	int bare = kernel_filter(p);

	fill_long_filter(f, 5000);
	expect_is(pcap_setfilter(p, &prog), 0);
	expect_is(kernel_filter(p), bare);
	send_messages(tap, 1, 10, 10);
	send_record(tap, 11, 5000, DBUSMON_ETH_P_EVENT);
	send_message(tap, 12, 5000);
	send_messages(tap, 13, 10, 10);
	expect_is(dispatch(p, -1, keep, &last), 1);
	expect_is(last.serial, 12);
	expect_is(last.h.caplen, last.h.len);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 1);
	/* and back into the kernel */
	set_filter(p, "less 1000");
	expect(kernel_filter(p) > bare);
	send_message(tap, 30, 5000);
	send_message(tap, 31, 10);
	expect_is(dispatch(p, -1, keep, &last), 1);
	expect_is(last.serial, 31);
	pcap_close(p);
}

/* --- counting ------------------------------------------------------------ */

static void case_drops(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .buffer = 65536 });
	struct last last = { .n = 0 };
	struct pcap_stat st;

	send_messages(tap, 1, 100, 10);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 100);
	expect_is(st.ps_drop, 68);
	expect_is(dispatch(p, -1, keep, &last), 32);
	expect_is(last.serial, 32);
	send_messages(tap, 101, 40, 10);
	expect_is(dispatch(p, -1, keep, &last), 32);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_recv, 140);
	expect_is(st.ps_drop, 76);
	expect_is(last.n + (int)st.ps_drop, 140);
	pcap_close(p);
}

static void case_default_buffer(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .immediate = 1 });
	struct pcap_stat st;
	uint32_t n = 0;

	send_messages(tap, 1, 8000, 100);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_drop, 0);
	expect_is(dispatch(p, -1, count, &n), 8000);
	pcap_close(p);
}

/* TUN counts a packet that it had no memory for in the same way as a tap. */
static void case_not_built(void)
{
	size_t size = 64 << 20;
	int tap = make_tap();
	struct pcap_stat st;
	uint8_t *huge;
	pcap_t *p;

	huge = calloc(1, size);
	expect(huge != NULL);
	expect(write(tap, huge, size) < 0);
	p = open_default();
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_ifdrop, 0);
	expect(write(tap, huge, size) < 0);
	expect(write(tap, huge, size) < 0);
	expect_is(pcap_stats(p, &st), 0);
	expect_is(st.ps_ifdrop, 2);
	free(huge);
	pcap_close(p);
}

static void check_stamps(int nano)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .nano = nano });
	struct last last = { .n = 0 };
	struct timespec before, after, ts;
	int i, fine = 0;

	for (i = 0; i < 20; i++) {
		clock_gettime(CLOCK_REALTIME, &before);
		send_message(tap, 1, 10);
		clock_gettime(CLOCK_REALTIME, &after);
		expect_is(dispatch(p, 1, keep, &last), 1);
		ts.tv_sec = last.h.ts.tv_sec;
		ts.tv_nsec = last.h.ts.tv_usec;
		fine |= ts.tv_nsec > 999999;
		if (!nano) {
			ts.tv_nsec *= 1000;
			before.tv_nsec -= before.tv_nsec % 1000;
		}
		expect(ts.tv_sec > before.tv_sec ||
		       (ts.tv_sec == before.tv_sec &&
			ts.tv_nsec >= before.tv_nsec));
		expect(ts.tv_sec < after.tv_sec ||
		       (ts.tv_sec == after.tv_sec &&
			ts.tv_nsec <= after.tv_nsec));
	}
	expect_is(fine, nano);
	expect_is(pcap_get_tstamp_precision(p), nano ?
		  PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
	pcap_close(p);
}

static void case_nanoseconds(void)
{
	check_stamps(1);
}

static void case_microseconds(void)
{
	check_stamps(0);
}

/* --- ending -------------------------------------------------------------- */

static pcap_t *breaking;

static void *break_loop(void *arg)
{
	pcap_t *p = arg;

	/* once the loop has taken the first message, it waits */
	while (readable(p))
		;
	pcap_breakloop(p);
	return NULL;
}

static void case_break_thread(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .timeout = NEVER });
	uint32_t n = 0;
	pthread_t t;

	send_message(tap, 1, 10);
	expect_is(pthread_create(&t, NULL, break_loop, p), 0);
	expect_is(pcap_loop(p, -1, count, (u_char *)&n), PCAP_ERROR_BREAK);
	expect_is(n, 1);
	pthread_join(t, NULL);
	/* and it can be taken up again */
	send_message(tap, 2, 10);
	expect_is(pcap_loop(p, 1, count, (u_char *)&n), 0);
	pcap_close(p);
}

static void on_alarm(int sig)
{
	pcap_breakloop(breaking);
}

static void case_break_signal(void)
{
	/* restarted calls would go on waiting */
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval it = { .it_value = { 0, 100000 } };

	make_tap();
	breaking = open_with(&(struct options){ .timeout = NEVER });
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	expect_is(pcap_loop(breaking, -1, ignore, NULL), PCAP_ERROR_BREAK);
	pcap_close(breaking);
}

static void break_at_3(u_char *user, const struct pcap_pkthdr *h,
		       const u_char *pkt)
{
	count(user, h, pkt);
	if (*(uint32_t *)user == 3)
		pcap_breakloop(breaking);
}

static void case_break_callback(void)
{
	int tap = make_tap();
	uint32_t n = 0;

	breaking = open_default();
	send_messages(tap, 1, 10, 10);
	expect_is(dispatch(breaking, -1, break_at_3, &n), 3);
	expect_is(dispatch(breaking, -1, count, &n), PCAP_ERROR_BREAK);
	expect_is(dispatch(breaking, -1, count, &n), 7);
	pcap_close(breaking);
}

static void case_gone(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	uint32_t n = 0;

	send_messages(tap, 1, 5, 10);
	send_message(tap, 6, 100000);
	send_message(tap, 7, 10);
	close(tap);
	expect_is(pcap_loop(p, -1, count, (u_char *)&n), PCAP_ERROR);
	expect(!strcmp(pcap_geterr(p), "The interface disappeared"));
	expect_is(n, 7);
	pcap_close(p);
}

static void *close_tap(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

static void case_gone_waiting(void)
{
	int tap = make_tap();
	pcap_t *p = open_default();
	pthread_t t;

	expect_is(pthread_create(&t, NULL, close_tap, &tap), 0);
	expect_is(pcap_loop(p, -1, ignore, NULL), PCAP_ERROR);
	expect(!strcmp(pcap_geterr(p), "The interface disappeared"));
	pthread_join(t, NULL);
	pcap_close(p);
}

static void case_gone_nonblock(void)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	int tap = make_tap(), ret;
	pcap_t *p = open_default();

	expect_is(pcap_setnonblock(p, 1, errbuf), 0);
	expect(pcap_get_required_select_timeout(p) == NULL);
	close(tap);
	do {
		ret = pcap_dispatch(p, -1, ignore, NULL);
	} while (ret == 0);
	expect_is(ret, PCAP_ERROR);
	expect(!strcmp(pcap_geterr(p), "The interface disappeared"));
	pcap_close(p);
}

static void case_down_and_up(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .timeout = 30 });
	uint32_t n = 0;

	send_message(tap, 1, 10);
	expect_is(dispatch(p, -1, count, &n), 1);
	tap_set_up(TAP, 0);
	expect_is(dispatch(p, -1, count, &n), 0);
	expect(pcap_get_required_select_timeout(p) != NULL);
	tap_set_up(TAP, 1);
	expect_is(dispatch(p, -1, count, &n), 0);
	expect(pcap_get_required_select_timeout(p) == NULL);
	send_message(tap, 2, 10);
	expect_is(dispatch(p, -1, count, &n), 1);
	pcap_close(p);
}

/* --- refusals ------------------------------------------------------------ */

static void case_no_such_device(void)
{
	pcap_t *p = create(NULL);

	expect_is(pcap_activate(p), PCAP_ERROR_NO_SUCH_DEVICE);
	expect(strstr(pcap_geterr(p), "module"));
	pcap_close(p);
}

static void case_not_up(void)
{
	pcap_t *p;

	tap_make(TAP, DBUSMON_ARPHRD, 0);
	p = create(NULL);
	expect_is(pcap_activate(p), PCAP_ERROR_IFACE_NOT_UP);
	pcap_close(p);
}

static void case_no_permission(void)
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 } };
	pcap_t *p;

	make_tap();
	expect_is(syscall(SYS_capset, &head, none), 0);
	p = create(NULL);
	expect_is(pcap_activate(p), PCAP_ERROR_PERM_DENIED);
	expect(strstr(pcap_geterr(p), "CAP_NET_RAW"));
	pcap_close(p);
}

static void case_other_device(void)
{
	pcap_t *p;

	tap_make(TAP, 65534, 1);	/* a tunnel */
	p = open_default();
	expect_is(pcap_datalink(p), DLT_RAW);
	expect_is(pcap_set_datalink(p, DLT_DBUS), -1);
	pcap_close(p);
}

static void case_unsupported(void)
{
	int tap = make_tap();
	pcap_t *p = create(NULL);

	expect_is(pcap_can_set_rfmon(p), 0);
	expect_is(pcap_set_promisc(p, 1), 0);
	expect_is(pcap_activate(p), 0);
	expect_is(pcap_inject(p, "l", 1), PCAP_ERROR);
	expect(strstr(pcap_geterr(p), "not supported"));
	expect_is(pcap_setdirection(p, PCAP_D_INOUT), 0);
	expect_is(pcap_setdirection(p, PCAP_D_IN), PCAP_ERROR);
	expect(strstr(pcap_geterr(p), "not supported"));
	pcap_close(p);
	p = create(NULL);
	expect_is(pcap_set_rfmon(p, 1), 0);
	expect_is(pcap_activate(p), PCAP_ERROR_RFMON_NOTSUP);
	pcap_close(p);
	close(tap);
}

/* --- the list ------------------------------------------------------------ */

static const char *description(pcap_if_t *list, const char *name)
{
	for (; list; list = list->next)
		if (!strcmp(list->name, name))
			return list->description ? list->description : "";
	return NULL;
}

static void case_list(void)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_if_t *list;

	expect_is(pcap_findalldevs(&list, errbuf), 0);
	expect(!description(list, TAP));
	pcap_freealldevs(list);
	make_tap();
	tap_make("dbus7", DBUSMON_ARPHRD, 1);
	tap_make("mytap", DBUSMON_ARPHRD, 1);
	tap_make("dbus13", 65534, 1);
	if (system("ip link set dbus0 alias 'all buses' && "
		   "ip link set dbus7 alias session-1000"))
		errx(1, "ip link");
	expect_is(pcap_findalldevs(&list, errbuf), 0);
	expect(!strcmp(description(list, TAP), "D-Bus, all buses"));
	expect(!strcmp(description(list, "dbus7"), "D-Bus, bus session-1000"));
	expect(!strcmp(description(list, "mytap"), "D-Bus, all buses"));
	expect(!strcmp(description(list, "dbus13"), ""));
	pcap_freealldevs(list);
}

static const struct test_case cases[] = {
	{ "order", case_order },
	{ "timeout", case_timeout },
	{ "nonblock", case_nonblock },
	{ "nonblock-before-activate", case_nonblock_before_activate },
	{ "next", case_next },
	{ "long", case_long },
	{ "long-immediate", case_long_immediate },
	{ "race", case_race },
	{ "queue-full", case_queue_full },
	{ "snaplen", case_snaplen },
	{ "datalinks", case_datalinks },
	{ "records", case_records },
	{ "messages-only", case_messages_only },
	{ "link-header", case_link_header },
	{ "filter", case_filter },
	{ "filter-record", case_filter_record },
	{ "filter-queued", case_filter_queued },
	{ "filter-too-long", case_filter_too_long },
	{ "drops", case_drops },
	{ "default-buffer", case_default_buffer },
	{ "not-built", case_not_built },
	{ "nanoseconds", case_nanoseconds },
	{ "microseconds", case_microseconds },
	{ "break-thread", case_break_thread },
	{ "break-signal", case_break_signal },
	{ "break-callback", case_break_callback },
	{ "gone", case_gone },
	{ "gone-waiting", case_gone_waiting },
	{ "gone-nonblock", case_gone_nonblock },
	{ "down-and-up", case_down_and_up },
	{ "no-such-device", case_no_such_device },
	{ "not-up", case_not_up },
	{ "no-permission", case_no_permission },
	{ "other-device", case_other_device },
	{ "unsupported", case_unsupported },
	{ "list", case_list },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	const struct test_case *all[] = { cases, place_cases, rule_cases };
	const struct test_case *c;
	size_t i;

	alarm(30);
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (c = all[i]; c->name; c++) {
			if (argc == 2 && !strcmp(argv[1], c->name)) {
				c->run();
				return 0;
			}
			if (argc == 1)
				puts(c->name);
		}
	}
	return argc == 1 ? 0 : 2;
}
