// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets of every link type, record headers foremost. Two octets before each
 * packet say of what link type it is, how long, and whether its header comes in
 * pcapng's option.
 */
#include <string.h>

#include "tests/fuzz/require.h"
#include "tests/fuzz/sniff.h"

static const uint8_t magic[4] = { 'D', 'B', 'M', 0xd5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t links[8] = {
		LINKTYPE_USER13, LINKTYPE_USER13, LINKTYPE_USER13, LINKTYPE_DBUS,
		LINKTYPE_DBUS, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2,
		LINKTYPE_NULL,
	};
	struct packet p;
	uint8_t *buf;

	sniff_begin();
	while (size > 2) {
		uint8_t how = data[0];
		size_t len = data[1] == 255 ? size - 2 : data[1] * 4u;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		/* of its own length: the sanitizer sees who reads on */
		buf = malloc(len);
		REQUIRE(buf);
		memcpy(buf, data, len);
		memset(&p, 0, sizeof(p));
		p.linktype = links[how & 7];
		p.data = buf;
		p.caplen = (uint32_t)len;
		p.len = (uint32_t)len + (how & 8 ? 100 : 0);
		if (p.linktype == LINKTYPE_USER13 && len >= 4 && how & 16)
			memcpy(buf, magic, 4);
		/* a header of 96 octets in the option, the message behind it */
		if ((how & 7) == 4 && len > 96) {
			memcpy(buf, magic, 4);
			p.meta = buf;
			p.meta_len = 96;
			p.data = buf + 96;
			p.caplen -= 96;
			p.len -= 96;
		}
		sniff_packet(&p);
		free(buf);
		data += len;
		size -= len;
	}
	sniff_end();
	return 0;
}
