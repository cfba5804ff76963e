/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_OBJECTS_H
#define DISSECTOR_OBJECTS_H

struct message;

/* @proto: the protocol "dbus" */
void objects_register(int proto);

/* What of a message is worth a file of its own; nothing if nobody listens */
void objects_tell(const struct message *msg);

#endif /* DISSECTOR_OBJECTS_H */
