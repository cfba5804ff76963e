# SPDX-License-Identifier: GPL-2.0-or-later
# Installing here, where there are no development packages to ask where Wireshark
# keeps its plugins, and no headers below /lib/modules.

make_it() {
	make --no-print-directory PREFIX=/usr/local \
		KDIR="$PWD/build/vm/6.1/build" \
		DISSECTOR_DIR=/usr/lib/x86_64-linux-gnu/wireshark/plugins/4.0 \
		DISSECTOR_PROFILE=/usr/share/wireshark/profiles/D-Bus "$@"
}
