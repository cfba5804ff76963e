// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a message is valid is decided by wire/, as for the kernel and for
 * dbusdump. Each of its faults has an expert item, named as Wireshark's own
 * dissector names it where that knows it.
 */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/wmem_scopes.h>

#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/validity.h"

static const char *const names[WIRE_STATUS_COUNT] = {
	[WIRE_E_ENDIAN] = "dbus.endianness.invalid",
	[WIRE_E_TYPE] = "dbus.message_type.invalid",
	[WIRE_E_VERSION] = "dbus.version.invalid",
	[WIRE_E_SERIAL] = "dbus.serial.invalid",
	[WIRE_E_LENGTH] = "dbus.length.invalid",
	[WIRE_E_ARRAY_LENGTH] = "dbus.type.array.too_long",
	[WIRE_E_ARRAY_BOUNDS] = "dbus.type.array.content_out_of_bounds",
	[WIRE_E_PADDING] = "dbus.padding.invalid",
	[WIRE_E_FIELD_CODE] = "dbus.field_code.invalid",
	[WIRE_E_FIELD_TYPE] = "dbus.field_signature_wrong",
	[WIRE_E_FIELD_TWICE] = "dbus.field_twice",
	[WIRE_E_FIELD_MISSING] = "dbus.required_header_field_missing",
	[WIRE_E_PATH] = "dbus.type.object_path.invalid",
	[WIRE_E_INTERFACE] = "dbus.interface.invalid",
	[WIRE_E_MEMBER] = "dbus.member.invalid",
	[WIRE_E_ERROR_NAME] = "dbus.error_name.invalid",
	[WIRE_E_BUS_NAME] = "dbus.bus_name.invalid",
	[WIRE_E_LOCAL] = "dbus.local",
	[WIRE_E_SIGNATURE] = "dbus.type.signature.invalid",
	[WIRE_E_DEPTH] = "dbus.nested_too_deeply",
	[WIRE_E_VARIANT] = "dbus.type.variant.signature.invalid",
	[WIRE_E_BOOLEAN] = "dbus.type.boolean.invalid",
	[WIRE_E_UTF8] = "dbus.type.string.invalid",
	[WIRE_E_STRING] = "dbus.type.string.unterminated",
	[WIRE_E_BODY_SHORT] = "dbus.body.short",
	[WIRE_E_BODY_LONG] = "dbus.body.long",
	[WIRE_E_FD_INDEX] = "dbus.type.unix_fd.invalid",
};

static expert_field ei[WIRE_STATUS_COUNT];

void validity_tell(struct message *msg, proto_item *item,
		   enum wire_status status)
{
	if (status == WIRE_E_SHORT || status >= WIRE_STATUS_COUNT ||
	    !names[status])
		return;
	/* where a length can't be, the body has no end to be compared with */
	if (status == WIRE_E_BODY_LONG && msg->status == WIRE_E_LENGTH)
		return;
	msg->told |= 1u << status;
	expert_add_info(msg->pinfo, item, &ei[status]);
}

void validity_finish(struct message *msg)
{
	if (msg->told & 1u << msg->status)
		return;
	validity_tell(msg, msg->item, msg->status);
}

static const char *sentence(enum wire_status status)
{
	char *s = wmem_strdup(wmem_epan_scope(), wire_strerror(status));

	*s = g_ascii_toupper(*s);
	return s;
}

void validity_register(int proto)
{
	static ei_register_info info[WIRE_STATUS_COUNT];
	int i, n = 0;

	for (i = 0; i < WIRE_STATUS_COUNT; i++) {
		ei[i] = (expert_field)EI_INIT;
		if (!names[i])
			continue;
		info[n++] = (ei_register_info){ &ei[i], { names[i],
			PI_PROTOCOL, PI_ERROR, sentence(i), EXPFILL } };
	}
	expert_register_field_array(expert_register_protocol(proto), info, n);
}
