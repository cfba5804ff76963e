// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Wireshark looks for in a plugin. These symbols alone leave the shared
 * object, which is loaded only by the minor release that it was built for.
 */
#include <epan/proto.h>

#include "dissector/compat.h"
#include "dissector/encap.h"
#include "dissector/record.h"

#define EXPORT __attribute__((visibility("default")))

/* WS_PLUGIN_DESC_DISSECTOR, whose header the older releases do not install */
#define DESC_DISSECTOR 1u

EXPORT extern const char plugin_version[];
EXPORT extern const int plugin_want_major;
EXPORT extern const int plugin_want_minor;
EXPORT uint32_t plugin_describe(void);
EXPORT void plugin_register(void);

const char plugin_version[] = PLUGIN_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static void register_protocol(void)
{
	encap_register(record_register());
}

uint32_t plugin_describe(void)
{
	return DESC_DISSECTOR;
}

void plugin_register(void)
{
	static const proto_plugin plugin = {
		.register_protoinfo = register_protocol,
		.register_handoff = encap_handoff,
	};

	proto_register_plugin(&plugin);
}
