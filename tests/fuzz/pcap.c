// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain pcap files: the first octet chooses one of the four magic numbers. */
#include <string.h>

#include "tests/fuzz/require.h"
#include "tests/fuzz/sniff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t magic[4][4] = {
		{ 0xd4, 0xc3, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xc3, 0xd4 },
		{ 0x4d, 0x3c, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0x3c, 0x4d },
	};
	uint8_t file[8192];

	if (size < 4 || size > sizeof(file))
		return 0;
	memcpy(file, data, size);
	if (memcmp(data, magic[0], 4) && memcmp(data, magic[1], 4) &&
	    memcmp(data, magic[2], 4) && memcmp(data, magic[3], 4))
		memcpy(file, magic[data[0] & 3], 4);
	sniff_begin();
	sniff_file(file, size);
	sniff_end();
	return 0;
}
