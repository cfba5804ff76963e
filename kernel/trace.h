/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoint dbus:dbus_route: one event for each message routed, for perf and
 * bpftrace.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dbus

#if !defined(_DBUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DBUS_TRACE_H

#include <linux/tracepoint.h>

#include "bus.h"
#include "message.h"
#include "peer.h"

TRACE_EVENT(dbus_route,
	TP_PROTO(const struct dbus_bus *bus, const struct dbus_msg *msg,
		 const struct dbus_peer *from, u8 verdict, u8 reason),
	TP_ARGS(bus, msg, from, verdict, reason),
	TP_STRUCT__entry(
		__field(u32, bus)
		__field(u32, len)
		__field(u64, sender)
		__field(u64, receiver)
		__field(u32, serial)
		__field(u32, recipients)
		__field(u8, type)
		__field(u8, verdict)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->bus = bus->id;
		__entry->len = msg->wire.len;
		__entry->sender = from ? from->id : DBUSMON_ID_BUS;
		__entry->receiver = msg->verdict.receiver;
		__entry->serial = msg->wire.serial;
		__entry->recipients = msg->verdict.n_recipients;
		__entry->type = msg->wire.type;
		__entry->verdict = verdict;
		__entry->reason = reason;
	),
	TP_printk("bus=%u sender=%lld receiver=%lld type=%s serial=%u len=%u verdict=%s reason=%u recipients=%u",
		  __entry->bus, (s64)__entry->sender,
		  (s64)__entry->receiver,
		  __print_symbolic(__entry->type,
				   { WIRE_METHOD_CALL, "call" },
				   { WIRE_METHOD_RETURN, "return" },
				   { WIRE_ERROR, "error" },
				   { WIRE_SIGNAL, "signal" }),
		  __entry->serial, __entry->len,
		  __print_symbolic(__entry->verdict,
				   { DBUSMON_DELIVERED, "delivered" },
				   { DBUSMON_QUEUED, "queued" },
				   { DBUSMON_DENIED, "denied" },
				   { DBUSMON_UNDELIVERED, "undelivered" },
				   { DBUSMON_INVALID, "invalid" }),
		  __entry->reason, __entry->recipients)
);

#endif /* _DBUS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
