/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DISSECTOR_PREFERENCES_H
#define DISSECTOR_PREFERENCES_H

#include "dissector/compat.h"

/**
 * struct preferences - what the user may choose for messages
 * @info_arguments: show arguments in the Info column
 * @info_max: octets of the arguments there
 * @slow_ms: milliseconds from which on a reply is slow, 0: never
 * @elements_max: elements of an array that get a line in the tree
 * @object_min: octets from which on an array of bytes can be exported
 */
struct preferences {
	ws_boolean info_arguments;
	unsigned int info_max;
	unsigned int slow_ms;
	unsigned int elements_max;
	unsigned int object_min;
};

extern struct preferences preferences;

/* @proto: the protocol "dbus" */
void preferences_register(int proto);

#endif /* DISSECTOR_PREFERENCES_H */
