# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installing on Debian as it is, with AppArmor enforcing, and undoing it. The
# tests build on each other: they are one administrator's day.

bats_require_minimum_version 1.5.0
load installed.bash

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	export BEFORE=$BATS_FILE_TMPDIR/before AFTER=$BATS_FILE_TMPDIR/after
	# The machine has no network: the archive is a folder.
	rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
	echo "deb [trusted=yes] file:$PWD/build/vm/libpcap ./" >/etc/apt/sources.list
	apt-get -qq -o APT::Sandbox::User=root update
	apt-mark -q auto libpcap0.8
	state >"$BEFORE"
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

# All that is installed: packages with their versions, whether they were asked
# for, and every file that installing could touch.
state() {
	dpkg-query -W
	apt-mark showauto
	dpkg -V libpcap0.8 || :
	find /usr/local /usr/lib/udev /usr/lib/systemd /usr/lib/NetworkManager \
		/usr/lib/x86_64-linux-gnu/wireshark /usr/share/wireshark \
		/usr/lib/x86_64-linux-gnu/libpcap* \
		"/lib/modules/$(uname -r)/updates" ! -type d -exec md5sum {} + \
		2>/dev/null | LC_ALL=C sort -k 2 || :
}

@test "AppArmor is in force, with Debian's profile for tcpdump" {
	[ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ]
	grep -q '^tcpdump (enforce)$' /sys/kernel/security/apparmor/profiles ||
		grep -q '^/usr/bin/tcpdump (enforce)$' \
			/sys/kernel/security/apparmor/profiles
}

@test "make install, and everything is in its place and works" {
	make_it install
	modprobe dbus
	ip -d link show dbus0 | grep -q 'mtu'
	[ "$(command -v dbusctl)" = /usr/local/sbin/dbusctl ]
	[ "$(command -v dbus-routed)" = /usr/local/bin/dbus-routed ]
	dbusctl bus show
	tshark -G protocols | grep -q $'\tdbusmon$'
}

@test "udev and networkd leave the tap alone" {
	udevadm settle -t 20
	run -0 udevadm info /sys/class/net/dbus0
	[[ $output == *"NM_UNMANAGED=1"* ]]
	run -0 networkctl --no-pager --no-legend list dbus0
	[[ $output == *unmanaged* ]]
}

@test "make install-libpcap, and tcpdump captures the tap under AppArmor" {
	make_it install-libpcap
	[[ $(dpkg-query -W -f '${Version}' libpcap0.8) == *+dbusmon* ]]
	run -0 tcpdump -D
	[[ $output == *"dbus0 (D-Bus, all buses)"* ]]

	cd "$BATS_TEST_TMPDIR"
	mkfifo address
	dbus-routed --session --nofork --print-address=4 4>address 3>&- 2>log &
	routed=$!
	read -r -t 20 DBUS_SESSION_BUS_ADDRESS <address
	export DBUS_SESSION_BUS_ADDRESS
	tcpdump -i dbus0 -U -w /tmp/bus.pcap 3>&- 2>tcpdump.log &
	tcpdump=$!
	for ((i = 0; i < 100; i++)); do
		grep -q 'listening on dbus0' tcpdump.log && break
		sleep 0.1
	done
	grep -q '(enforce)' "/proc/$tcpdump/attr/current"
	grep -q '/usr/lib/.*/libpcap.so.1' "/proc/$tcpdump/maps"
	dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.ListNames
	dbus-send --session --type=signal /org/foo org.foo.Cried
	kill -INT $tcpdump
	wait $tcpdump
	dbusdump -r /tmp/bus.pcap | grep -q org.foo.Cried
	kill $routed
	wait $routed
	! dmesg | grep -i 'apparmor="DENIED".*tcpdump'
}

@test "make uninstall-libpcap brings Debian's own back" {
	make_it uninstall-libpcap
	[[ $(dpkg-query -W -f '${Version}' libpcap0.8) != *dbusmon* ]]
	tcpdump --version
}

@test "make uninstall leaves nothing behind" {
	modprobe -r dbus
	make_it uninstall
	! modprobe -n dbus
	state >"$AFTER"
	diff "$BEFORE" "$AFTER"
}
