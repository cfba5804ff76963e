// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/message.h"
#include "wire/frame.h"
#include "wire/octets.h"

/*
 * "The signature of the header is yyyyuua(yv)": byte order, type, flags,
 * version, body length, serial, and the length of the field array.
 */
enum wire_status wire_frame_check(const uint8_t *p, size_t n, uint32_t *len,
				  uint32_t *bad_at)
{
	uint32_t body_len, fields_len;
	bool big;

	*len = 0;
	*bad_at = 0;
	if (n < 1)
		return WIRE_OK;
	if (p[0] != 'l' && p[0] != 'B')
		return WIRE_E_ENDIAN;
	big = p[0] == 'B';

	*bad_at = 1;
	if (n >= 2 && !p[1])
		return WIRE_E_TYPE;
	*bad_at = 3;
	if (n >= 4 && p[3] != 1)
		return WIRE_E_VERSION;
	*bad_at = 4;
	if (n < 8)
		return WIRE_OK;
	body_len = wire_load32(p + 4, big);
	if (body_len > WIRE_MESSAGE_MAX - WIRE_FIXED_LEN)
		return WIRE_E_LENGTH;
	*bad_at = 8;
	if (n >= 12 && !wire_load32(p + 8, big))
		return WIRE_E_SERIAL;
	*bad_at = 12;
	if (n < WIRE_FIXED_LEN)
		return WIRE_OK;
	fields_len = wire_load32(p + 12, big);
	if (fields_len > WIRE_ARRAY_MAX)
		return WIRE_E_ARRAY_LENGTH;
	*len = wire_align(WIRE_FIXED_LEN + fields_len, 8) + body_len;
	if (*len > WIRE_MESSAGE_MAX) {
		*len = 0;
		return WIRE_E_LENGTH;
	}
	return WIRE_OK;
}

enum wire_status wire_frame(const void *p, size_t n, uint32_t *len)
{
	uint32_t bad_at;

	return wire_frame_check(p, n, len, &bad_at);
}
