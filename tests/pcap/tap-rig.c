// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a tap of a TUN device, or let messages arrive there. The body of each
 * is an array of SIZE octets; their serial numbers count from SERIAL, or 1.
 * Their member is Changed, or what the environment says by TAP_MEMBER.
 * With "record" they have record headers; "event" is a record without message.
 *
 * usage: tap-rig make NAME [HARDWARE-TYPE]
 *	  tap-rig message|record|event NAME COUNT SIZE [SERIAL]
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/dbus.h>

#include "tests/pcap/tap.h"

int main(int argc, char **argv)
{
	unsigned long i, n, serial, len;
	uint16_t proto = DBUSMON_ETH_P_MESSAGE;
	uint8_t *msg;
	size_t size;
	int fd, event;

	if (argc >= 3 && !strcmp(argv[1], "make")) {
		tap_keep(tap_make(argv[2], argc > 3 ? atoi(argv[3]) :
				  DBUSMON_ARPHRD, 1));
		return 0;
	}
	if (argc < 5)
		errx(2, "usage: see the source");
	event = !strcmp(argv[1], "event");
	if (event)
		proto = DBUSMON_ETH_P_EVENT;
	n = strtoul(argv[3], NULL, 0);
	len = strtoul(argv[4], NULL, 0);
	serial = argc > 5 ? strtoul(argv[5], NULL, 0) : 1;
	fd = tap_open(argv[2]);
	for (i = 0; i < n; i++) {
		msg = tap_message((uint32_t)(serial + i), len,
				  strcmp(argv[1], "message"), &size);
		if (event) {
			((struct dbusmon_hdr *)msg)->kind = DBUSMON_KIND_LOSS;
			((struct dbusmon_hdr *)msg)->length = 0;
			size = sizeof(struct dbusmon_hdr);
		}
		tap_send(fd, proto, msg, size);
		free(msg);
	}
	close(fd);
	return 0;
}
