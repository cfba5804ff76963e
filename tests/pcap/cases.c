// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/dbus.h>
#include <linux/filter.h>

#include "tests/pcap/cases.h"

pcap_t *create(const struct options *o)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(TAP, errbuf);

	if (!p)
		errx(1, "pcap_create: %s", errbuf);
	if (!o)
		return p;
	pcap_set_snaplen(p, o->snaplen);
	pcap_set_timeout(p, o->timeout);
	pcap_set_immediate_mode(p, o->immediate);
	if (o->buffer)
		pcap_set_buffer_size(p, o->buffer);
	if (o->nano)
		expect_is(pcap_set_tstamp_precision(p,
				PCAP_TSTAMP_PRECISION_NANO), 0);
	return p;
}

pcap_t *open_with(const struct options *o)
{
	pcap_t *p = create(o);
	int ret = pcap_activate(p);

	if (ret)
		errx(1, "pcap_activate: %d: %s", ret, pcap_geterr(p));
	return p;
}

pcap_t *open_default(void)
{
	return open_with(NULL);
}

int make_tap(void)
{
	return tap_make(TAP, DBUSMON_ARPHRD, 1);
}

void send_message(int tap, uint32_t serial, size_t len)
{
	size_t size;
	uint8_t *msg = tap_message(serial, len, 0, &size);

	tap_send(tap, DBUSMON_ETH_P_MESSAGE, msg, size);
	free(msg);
}

void send_record(int tap, uint32_t serial, size_t len, uint16_t proto)
{
	size_t size;
	uint8_t *msg = tap_message(serial, len, 1, &size);

	tap_send(tap, proto, msg, size);
	free(msg);
}

void send_messages(int tap, uint32_t from, uint32_t n, size_t len)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		send_message(tap, from + i, len);
}

void set_filter(pcap_t *p, const char *text)
{
	struct bpf_program prog;

	if (pcap_compile(p, &prog, text, 1, PCAP_NETMASK_UNKNOWN))
		errx(1, "pcap_compile: %s", pcap_geterr(p));
	if (pcap_setfilter(p, &prog))
		errx(1, "pcap_setfilter: %s", pcap_geterr(p));
	pcap_freecode(&prog);
}

int dispatch(pcap_t *p, int n, pcap_handler handler, void *arg)
{
	int ret = pcap_dispatch(p, n, handler, arg);

	if (ret == PCAP_ERROR)
		errx(1, "pcap_dispatch: %s", pcap_geterr(p));
	return ret;
}

void count(u_char *user, const struct pcap_pkthdr *h, const u_char *pkt)
{
	expect_is(h->caplen, h->len);
	expect_is(tap_serial(pkt), ++*(uint32_t *)user);
}

void ignore(u_char *user, const struct pcap_pkthdr *h, const u_char *pkt)
{
}

void keep(u_char *user, const struct pcap_pkthdr *h, const u_char *pkt)
{
	struct last *last = (struct last *)user;

	last->h = *h;
	last->serial = tap_serial(pkt);
	last->n++;
}

int readable(pcap_t *p)
{
	struct pollfd fd = { pcap_get_selectable_fd(p), POLLIN, 0 };

	expect(fd.fd >= 0);
	expect(poll(&fd, 1, 0) >= 0);
	return (fd.revents & POLLIN) != 0;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

int kernel_filter(pcap_t *p)
{
	struct sock_filter f[8192];
	socklen_t len = sizeof(f) / sizeof(*f);

	expect_is(getsockopt(pcap_fileno(p), SOL_SOCKET, SO_GET_FILTER, f,
			     &len), 0);
	return (int)len;
}
