// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcapng files. The lengths of blocks stand in them twice, which no mutation
 * finds: the second is put right, unless the octet behind the file's first says
 * not to.
 */
#include <string.h>

#include "tests/fuzz/require.h"
#include "tests/fuzz/sniff.h"

static const uint8_t magic[4] = { 0x0a, 0x0d, 0x0d, 0x0a };

static void mend(uint8_t *file, size_t size)
{
	size_t at = 0;
	uint32_t len;

	while (size - at >= 12) {
		memcpy(&len, file + at + 4, 4);
		if (len > size - at) {
			len = (uint32_t)(size - at);
			memcpy(file + at + 4, &len, 4);
		}
		len &= ~3u;
		if (len < 12)
			return;
		memcpy(file + at + 4, &len, 4);
		memcpy(file + at + len - 4, &len, 4);
		at += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t file[8192];

	if (size < 5 || size > sizeof(file))
		return 0;
	memcpy(file, data + 1, size - 1);
	memcpy(file, magic, 4);
	if (!(data[0] & 1))
		mend(file, size - 1);
	sniff_begin();
	sniff_file(file, size - 1);
	sniff_end();
	return 0;
}
