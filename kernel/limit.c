// SPDX-License-Identifier: GPL-2.0
/*
 * Limits: how much of each resource one connection, or one user, may take.
 */
#include "limit.h"
#include "wire/message.h"

#define FDS_MOST	253	/* SCM_MAX_FD: what one message can carry */

/* Of a bus that nobody has set limits for. */
const u32 dbus_limit_standard[DBUS_LIMIT_MAX + 1] = {
	[DBUS_LIMIT_MESSAGE_SIZE] = WIRE_MESSAGE_MAX,
	[DBUS_LIMIT_MESSAGE_FDS] = 16,
	[DBUS_LIMIT_QUEUED_BYTES] = 256u << 20,
	[DBUS_LIMIT_QUEUED_FDS] = 4096,
	[DBUS_LIMIT_FDS_TIMEOUT] = 150000,
	[DBUS_LIMIT_REPLY_TIMEOUT] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_PEERS] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_USER_PEERS] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_NAMES] = 50000,
	[DBUS_LIMIT_MATCHES] = 50000,
	[DBUS_LIMIT_REPLIES] = 50000,
};

/* What can be set at most: more is taken for this. */
const u32 dbus_limit_most[DBUS_LIMIT_MAX + 1] = {
	[DBUS_LIMIT_MESSAGE_SIZE] = WIRE_MESSAGE_MAX,
	[DBUS_LIMIT_MESSAGE_FDS] = FDS_MOST,
	[DBUS_LIMIT_QUEUED_BYTES] = 1u << 30,
	[DBUS_LIMIT_QUEUED_FDS] = 65536,
	[DBUS_LIMIT_FDS_TIMEOUT] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_REPLY_TIMEOUT] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_PEERS] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_USER_PEERS] = DBUS_LIMIT_NONE,
	[DBUS_LIMIT_NAMES] = 1u << 20,
	[DBUS_LIMIT_MATCHES] = 1u << 20,
	[DBUS_LIMIT_REPLIES] = 1u << 20,
};
