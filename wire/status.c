// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/message.h"

static const char *const text[WIRE_STATUS_COUNT] = {
	[WIRE_OK] = "valid",
	[WIRE_E_SHORT] = "cut short",
	[WIRE_E_ENDIAN] = "first octet is not a byte order",
	[WIRE_E_TYPE] = "message type is 0",
	[WIRE_E_VERSION] = "protocol version is not 1",
	[WIRE_E_SERIAL] = "serial is 0",
	[WIRE_E_LENGTH] = "message is longer than 128 MiB",
	[WIRE_E_ARRAY_LENGTH] = "array is longer than 64 MiB",
	[WIRE_E_ARRAY_BOUNDS] = "array ends inside one of its elements",
	[WIRE_E_PADDING] = "padding is not zero",
	[WIRE_E_FIELD_CODE] = "header field code is 0",
	[WIRE_E_FIELD_TYPE] = "header field has the wrong type",
	[WIRE_E_FIELD_TWICE] = "header field is there twice",
	[WIRE_E_FIELD_MISSING] = "header field that the type requires is missing",
	[WIRE_E_PATH] = "not a valid object path",
	[WIRE_E_INTERFACE] = "not a valid interface name",
	[WIRE_E_MEMBER] = "not a valid member name",
	[WIRE_E_ERROR_NAME] = "not a valid error name",
	[WIRE_E_BUS_NAME] = "not a valid bus name",
	[WIRE_E_LOCAL] = "path or interface is reserved for local use",
	[WIRE_E_SIGNATURE] = "not a valid signature",
	[WIRE_E_DEPTH] = "nested too deeply",
	[WIRE_E_VARIANT] = "variant's signature is not one complete type",
	[WIRE_E_BOOLEAN] = "boolean is neither 0 nor 1",
	[WIRE_E_UTF8] = "string is not valid UTF-8",
	[WIRE_E_STRING] = "string does not end in a NUL",
	[WIRE_E_BODY_SHORT] = "body ends before its signature does",
	[WIRE_E_BODY_LONG] = "body goes on after its signature ends",
	[WIRE_E_FD_INDEX] = "index of a file descriptor that is not there",
	[WIRE_E_NO_ROOM] = "buffer is too small",
};

const char *wire_strerror(enum wire_status status)
{
	if ((unsigned int)status >= WIRE_STATUS_COUNT || !text[status])
		return "unknown status";
	return text[status];
}
