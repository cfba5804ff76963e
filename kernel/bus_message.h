/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DBUS_BUS_MESSAGE_H
#define _DBUS_BUS_MESSAGE_H

#include "message.h"
#include "wire/build.h"

struct dbus_peer;
struct dbus_txn;

#define DBUS_NAME	"org.freedesktop.DBus"
#define DBUS_PATH	"/org/freedesktop/DBus"
#define DBUS_ERROR(name) "org.freedesktop.DBus.Error." name

bool dbus_is_bus_name(struct wire_str name);
void dbus_put_field(struct wire_builder *b, enum wire_field field,
		    const char *s);

struct dbus_msg *dbus_answer_begin(struct dbus_txn *txn,
				   struct wire_builder *b,
				   struct dbus_peer *to,
				   const struct dbus_msg *call,
				   const char *signature);
void dbus_answer_end(struct dbus_txn *txn, struct wire_builder *b,
		     struct dbus_peer *to, struct dbus_msg *msg);
void dbus_answer(struct dbus_txn *txn, struct dbus_peer *to,
		 const struct dbus_msg *call);
void dbus_answer_u32(struct dbus_txn *txn, struct dbus_peer *to,
		     const struct dbus_msg *call, char type, u32 value);
struct dbus_msg *dbus_answer_new_u32(struct dbus_peer *to,
				     const struct dbus_msg *call, u32 value);
void dbus_answer_str(struct dbus_txn *txn, struct dbus_peer *to,
		     const struct dbus_msg *call, struct wire_str value);

__printf(5, 6)
void dbus_answer_error(struct dbus_txn *txn, struct dbus_peer *to,
		       const struct dbus_msg *call, const char *error,
		       const char *fmt, ...);
void dbus_no_reply(struct dbus_txn *txn, struct dbus_peer *to, u32 serial,
		   const char *why);

void dbus_announce_owner(struct dbus_txn *txn, struct wire_str name,
			 struct dbus_peer *old_owner,
			 struct dbus_peer *new_owner, bool tell_old);
void dbus_announce_acquired(struct dbus_txn *txn, struct wire_str name,
			    struct dbus_peer *new_owner);
void dbus_announce_change(struct dbus_txn *txn, struct wire_str name,
			  struct dbus_peer *old_owner,
			  struct dbus_peer *new_owner, bool tell_old);
void dbus_bus_message_note(struct dbus_txn *txn);

#endif /* _DBUS_BUS_MESSAGE_H */
