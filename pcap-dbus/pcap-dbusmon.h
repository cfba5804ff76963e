/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */

/*
 * What a D-Bus tap looks like to user space; the kernel's own definitions are
 * in <linux/dbus.h>, which need not be installed where libpcap is built.
 */
#define DBUSMON_LINK_TYPE	827	/* hardware type of a tap device */
#define DBUSMON_PROTO_MESSAGE	0x00FB	/* record holding one valid message */
#define DBUSMON_PROTO_EVENT	0x00FC	/* every other record */

int dbusmon_findalldevs(pcap_if_list_t *devlistp, char *errbuf);
pcap_t *dbusmon_create(const char *device, char *ebuf, int *is_ours);
