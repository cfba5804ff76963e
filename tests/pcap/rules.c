// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * D-Bus match rules as filter expressions, by the functions of libpcap.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/dbus.h>

#include "tests/pcap/cases.h"

static void send_hit(int tap, uint32_t serial, int record)
{
	size_t size;
	uint8_t *msg;

	setenv("TAP_MEMBER", "Hit", 1);
	msg = tap_message(serial, 10, record, &size);
	unsetenv("TAP_MEMBER");
	tap_send(tap, DBUSMON_ETH_P_MESSAGE, msg, size);
	free(msg);
}

static void send_hit_bare(int tap, uint32_t serial)
{
	send_hit(tap, serial, 0);
}

/* The kernel decides: there's room for no message that doesn't match. */
static void case_rule(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .buffer = 65536 });

	expect_only(p, tap,
		    "interface='org.foo.Test',member='Hit' or type=error",
		    send_hit_bare);
	pcap_close(p);
}

static void case_rule_record(void)
{
	int tap = make_tap();
	pcap_t *p = open_with(&(struct options){ .timeout = 30 });
	struct last last = { .n = 0 };

	expect_is(pcap_set_datalink(p, DLT_USER0 + 13), 0);
	set_filter(p, "bus=1,comm=tap,member=Hit");
	send_record(tap, 1, 10, DBUSMON_ETH_P_MESSAGE);
	send_hit(tap, 2, 1);
	expect_is(dispatch(p, -1, keep, &last), 1);
	set_filter(p, "bus=2,member=Hit");
	send_hit(tap, 3, 1);
	send_record(tap, 4, 10, DBUSMON_ETH_P_MESSAGE);
	expect_is(dispatch(p, -1, keep, &last), 0);
	pcap_close(p);
}

/* How Wireshark looks whether what is typed into its field is an expression. */
static void case_rule_dead(void)
{
	static const struct {
		int dlt;
		const char *text;
		const char *refused;
	} all[] = {
		{ DLT_DBUS, "member='Changed'", NULL },
		{ DLT_DBUS, "pid=1", "USER13" },
		{ DLT_DBUS, "arg0='x'", "dbusdump" },
		{ DLT_DBUS, "member='a.b'", "not a valid member name" },
		{ DLT_USER0 + 13, "pid=1,type=signal", NULL },
		{ DLT_USER0 + 13, "sender='org.foo'", "dbusdump" },
		{ DLT_LINUX_SLL, "type=signal", NULL },
		{ DLT_LINUX_SLL2, "type=signal", NULL },
		{ DLT_EN10MB, "type=signal", "syntax error" },
		{ DLT_EN10MB, "member='Changed'", "" },
		{ DLT_RAW, "interface=org.foo", "" },
		{ DLT_DBUS, "", NULL },
		{ DLT_EN10MB, "tcp port 80", NULL },
	};
	struct bpf_program prog;
	pcap_t *p;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		p = pcap_open_dead(all[i].dlt, 262144);
		expect(p != NULL);
		if (!all[i].refused) {
			if (pcap_compile(p, &prog, all[i].text, 1, 0))
				errx(1, "%s: %s", all[i].text, pcap_geterr(p));
			pcap_freecode(&prog);
		} else {
			expect(pcap_compile(p, &prog, all[i].text, 1, 0) < 0);
			if (!strstr(pcap_geterr(p), all[i].refused))
				errx(1, "%s: %s", all[i].text, pcap_geterr(p));
		}
		pcap_close(p);
	}
}

const struct test_case rule_cases[] = {
	{ "rule", case_rule },
	{ "rule-record", case_rule_record },
	{ "rule-dead", case_rule_dead },
	{ NULL, NULL }
};
