// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compare a USER13 capture with a DBUS capture of the same tap: the valid
 * messages of the one must be the packets of the other, octet for octet and
 * with the same stamps. Where the first is cut, as far as it goes.
 *
 * usage: same USER13-FILE DBUS-FILE
 *
 * Prints how many they are, and the length of the longest.
 */
#include <endian.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include <linux/dbus.h>
#include <pcap/pcap.h>

static pcap_t *open_file(const char *name, int dlt)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(name,
			PCAP_TSTAMP_PRECISION_NANO, errbuf);

	if (!p)
		errx(1, "%s", errbuf);
	if (pcap_datalink(p) != dlt)
		errx(1, "%s: link type %d", name, pcap_datalink(p));
	return p;
}

/* Is there another packet? */
static int next(pcap_t *p, struct pcap_pkthdr **h, const u_char **pkt)
{
	int ret = pcap_next_ex(p, h, pkt);

	if (ret == PCAP_ERROR)
		errx(1, "%s", pcap_geterr(p));
	return ret == 1;
}

static const struct dbusmon_hdr *next_message(pcap_t *p, struct pcap_pkthdr **h)
{
	const struct dbusmon_hdr *hdr;
	const u_char *pkt;

	while (next(p, h, &pkt)) {
		hdr = (const void *)pkt;
		if (le32toh(hdr->magic) != DBUSMON_MAGIC)
			errx(1, "no record");
		if (hdr->kind == DBUSMON_KIND_MESSAGE &&
		    hdr->verdict != DBUSMON_INVALID)
			return hdr;
	}
	return NULL;
}

static void compare(unsigned long n, const struct dbusmon_hdr *hdr,
		    const struct pcap_pkthdr *h, const struct pcap_pkthdr *h2,
		    const u_char *pkt)
{
	unsigned int hdr_len = le16toh(hdr->hdr_len);

	if (h2->caplen != h2->len)
		errx(1, "message %lu: cut at %u of %u", n, h2->caplen, h2->len);
	if (h2->len != le32toh(hdr->length) || h->len != hdr_len + h2->len)
		errx(1, "message %lu: %u octets, and %u in the record", n,
		     h2->len, le32toh(hdr->length));
	if (memcmp((const u_char *)hdr + hdr_len, pkt, h->caplen - hdr_len))
		errx(1, "message %lu is another", n);
	if (h->ts.tv_sec != h2->ts.tv_sec || h->ts.tv_usec != h2->ts.tv_usec)
		errx(1, "message %lu has two times", n);
}

int main(int argc, char **argv)
{
	struct pcap_pkthdr *h, *h2;
	const struct dbusmon_hdr *hdr;
	unsigned int longest = 0;
	unsigned long n = 0;
	const u_char *pkt;
	pcap_t *records, *messages;

	if (argc != 3)
		errx(2, "usage: same USER13-FILE DBUS-FILE");
	records = open_file(argv[1], DLT_USER0 + 13);
	messages = open_file(argv[2], DLT_DBUS);
	while ((hdr = next_message(records, &h))) {
		n++;
		if (!next(messages, &h2, &pkt))
			errx(1, "message %lu is missing", n);
		compare(n, hdr, h, h2, pkt);
		if (h2->len > longest)
			longest = h2->len;
	}
	if (next(messages, &h2, &pkt))
		errx(1, "there are more messages than records");
	printf("%lu %u\n", n, longest);
	pcap_close(records);
	pcap_close(messages);
	return 0;
}
