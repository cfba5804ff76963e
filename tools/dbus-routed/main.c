// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dbus-routed: stands where dbus-daemon stood, with the routing in the kernel.
 */
#include "tools/dbus-routed/daemon.h"
#include "tools/dbus-routed/options.h"

int main(int argc, char **argv)
{
	struct options o;

	options_parse(&o, argv);
	return daemon_run(&o);
}
