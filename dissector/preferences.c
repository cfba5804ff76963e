// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/prefs.h>
#include <epan/proto.h>

#include "dissector/preferences.h"
#include "dissector/text.h"

struct preferences preferences = {
	.info_arguments = true,
	.info_max = 200,
	.slow_ms = 1000,
	.elements_max = 1000,
	.object_min = 256,
};

/* Wireshark's own dissector has a module of that name in some releases. */
static module_t *module_of(int proto)
{
	module_t *module = prefs_find_module("dbus");

	return module ? module : prefs_register_protocol(proto, NULL);
}

void preferences_register(int proto)
{
	module_t *module = module_of(proto);

	prefs_register_bool_preference(module, "info_arguments",
		"Show arguments in the Info column",
		"Values of arguments, the text of errors and changed properties are shown in the packet list.",
		&preferences.info_arguments);
	prefs_register_uint_preference(module, "info_max",
		"Longest arguments in the Info column (octets)",
		"What goes beyond is left out there; the packet's details show it all. At most 1024.",
		10, &preferences.info_max);
	prefs_register_uint_preference(module, "slow_ms",
		"Slow replies (ms)",
		"Calls that are answered later than this get an expert item; 0 turns that off.",
		10, &preferences.slow_ms);
	prefs_register_uint_preference(module, "elements_max",
		"Most elements of an array to show",
		"Arrays with more elements are shown up to this one in the packet's details. The rest is checked but not shown, which keeps large messages quick.",
		10, &preferences.elements_max);
	prefs_register_uint_preference(module, "object_min",
		"Smallest array of bytes to export (octets)",
		"Arrays of bytes that are at least this long are listed among the objects that can be exported.",
		10, &preferences.object_min);
}
