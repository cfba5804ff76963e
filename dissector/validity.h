/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_VALIDITY_H
#define DISSECTOR_VALIDITY_H

#include <epan/packet.h>

#include "wire/message.h"

struct message;

/* @proto: the protocol "dbus" */
void validity_register(int proto);

/**
 * validity_tell() - an expert item for a fault; no more than one of a kind at
 *	one place
 * @msg: the message
 * @item: what is at fault
 * @status: what is wrong with it; nothing is told of WIRE_OK and WIRE_E_SHORT
 */
void validity_tell(struct message *msg, proto_item *item,
		   enum wire_status status);

/**
 * validity_finish() - tell what nobody has told of yet
 * @msg: the message, its status known, its tree complete
 *
 * Afterwards a message has an expert item of a fault if and only if wire/ finds
 * it invalid, whatever was shown of it.
 */
void validity_finish(struct message *msg);

#endif /* DISSECTOR_VALIDITY_H */
