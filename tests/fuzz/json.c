// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON: what is accepted is printed again and read again, the same; and as a
 * file of lines.
 */
#include "tests/fuzz/require.h"
#include "tests/fuzz/sniff.h"
#include "tools/dbusdump/jsonread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonread *j = jsonread_create();
	struct packet p;
	const char *why;
	size_t at;

	sniff_begin();
	why = jsonread_line(j, (const char *)data, size, &p, &at);
	REQUIRE(at <= size);
	if (!why)
		sniff_packet(&p);
	jsonread_free(j);
	if (size && data[0] == '{')
		sniff_file(data, size);
	sniff_end();
	return 0;
}
