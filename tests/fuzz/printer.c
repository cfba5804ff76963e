// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as a packet for tcpdump's printers of D-Bus: what they print must
 * be text, of which a terminal need not be afraid, and no more than the packet
 * can account for. The first octet tells how it is printed.
 */
#include <config.h>

#include "netdissect-stdinc.h"

#include <stdlib.h>
#include <string.h>

#include "netdissect.h"
#include "tests/fuzz/require.h"

#define TEXT_MAX 65536

static size_t printed;
static int lines;

static int PRINTFLIKE(2, 3)
check_text(netdissect_options *ndo, const char *fmt, ...)
{
	static char text[TEXT_MAX];
	va_list ap;
	int i, n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	REQUIRE(n >= 0 && n < TEXT_MAX);
	for (i = 0; i < n; i++) {
		REQUIRE((text[i] >= ' ' && text[i] <= '~') ||
			text[i] == '\n' || text[i] == '\t');
		lines += text[i] == '\n';
	}
	printed += (size_t)n;
	return n;
}

static void print(netdissect_options *ndo, const u_char *p, u_int n, u_int len,
		  int record)
{
	struct pcap_pkthdr h = { .caplen = n, .len = len };

	ndo->ndo_packetp = p;
	ndo->ndo_snapend = p + n;
	ndo->ndo_ll_hdr_len = 0;
	ndo->ndo_protocol = "";
	if (setjmp(ndo->ndo_early_end) == 0)
		(record ? dbusmon_if_print : dbus_if_print)(ndo, &h, p);
	else
		nd_print_trunc(ndo);
	REQUIRE(ndo->ndo_ll_hdr_len >= 0 && (u_int)ndo->ndo_ll_hdr_len <= n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	netdissect_options ndo = { .ndo_printf = check_text };
	u_char *packet;
	u_int how, len;

	if (n < 2)
		return 0;
	how = *data++;
	n--;
	ndo.ndo_vflag = how & 3;
	ndo.ndo_eflag = how >> 2 & 1;
	ndo.ndo_qflag = how >> 3 & 1;
	/* some were longer on the wire */
	len = (u_int)n + (how >> 4 & 1 ? 1 + (how >> 6) * 1000 : 0);
	/* of its own, so that a step behind it shows */
	packet = malloc(n);
	REQUIRE(packet);
	memcpy(packet, data, n);
	printed = 0;
	lines = 0;
	print(&ndo, packet, (u_int)n, len, how >> 5 & 1);
	free(packet);
	REQUIRE(printed > 0);
	if (how >> 5 & 1)	/* hexadecimal, if it's no record */
		return 0;
	/* a line for the message and one for each field and argument at most */
	REQUIRE(lines <= (ndo.ndo_vflag ? 2 + (int)n : 0));
	REQUIRE(printed < 1000 + n * 200);
	return 0;
}
