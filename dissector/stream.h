/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_STREAM_H
#define DISSECTOR_STREAM_H

#include <epan/packet.h>

/* The protocol of a connection, and its fields */
void stream_register(void);

/* @handle: dissector of messages. Takes a place in TCP. */
void stream_handoff(dissector_handle_t handle);

#endif /* DISSECTOR_STREAM_H */
