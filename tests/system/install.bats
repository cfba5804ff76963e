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
	echo "deb [trusted=yes] file:$PWD/build/vm/stock ./" >/etc/apt/sources.list
	apt-get -qq -o APT::Sandbox::User=root update
	apt-mark -q auto libpcap0.8 tcpdump
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
	dpkg -V libpcap0.8 tcpdump || :
	md5sum /usr/bin/tcpdump
	find /usr/local /usr/lib/udev /usr/lib/systemd /usr/lib/NetworkManager \
		/usr/lib/x86_64-linux-gnu/wireshark /usr/share/wireshark \
		/usr/lib/x86_64-linux-gnu/libpcap* \
		"/lib/modules/$(uname -r)/updates" ! -type d -exec md5sum {} + \
		2>/dev/null | LC_ALL=C sort -k 2 || :
}

# A bus of ours, whose address is in the environment
start_bus() {
	mkfifo "$BATS_TEST_TMPDIR/address"
	dbus-routed --session --nofork --print-address=4 \
		4>"$BATS_TEST_TMPDIR/address" 3>&- 2>/dev/null &
	routed=$!
	read -r -t 20 DBUS_SESSION_BUS_ADDRESS <"$BATS_TEST_TMPDIR/address"
	export DBUS_SESSION_BUS_ADDRESS
}

stop_bus() {
	kill $routed
	wait $routed
}

# Until a program has said something in the log
until_said() {
	for ((i = 0; i < 1000; i++)); do
		! grep -q "$1" "$BATS_TEST_TMPDIR/log" || return 0
		read -r -t 0.02 <> <(:) || :
	done
	return 1
}

# One message, captured by another user's program, whose log says when it's ready.
# usage: captures_as USER READY PROGRAM...
captures_as() {
	local user=$1 ready=$2
	shift 2
	: >"$BATS_TEST_TMPDIR/log"
	runuser -u "$user" -- "$@" 3>&- 2>"$BATS_TEST_TMPDIR/log" &
	program=$!
	until_said "$ready" || { cat "$BATS_TEST_TMPDIR/log"; return 1; }
	dbus-send --session --type=signal /org/foo org.foo.Cried
	wait $program
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

@test "udev, systemd and networkd leave the tap alone" {
	udevadm settle -t 20
	run -0 udevadm info /sys/class/net/dbus0
	[[ $output == *"NM_UNMANAGED=1"* ]]
	run -0 systemctl list-units --all --no-legend '*-net-*dbus0.device'
	[[ ! $output ]]
	run -0 networkctl --no-pager --no-legend list dbus0
	[[ $output == *unmanaged* ]]
}

@test "make install-libpcap, and tcpdump captures the tap under AppArmor" {
	make_it install-libpcap
	[[ $(dpkg-query -W -f '${Version}' libpcap0.8) == *+dbusmon* ]]
	run -0 tcpdump -D
	[[ $output == *"dbus0 (D-Bus, all buses)"* ]]

	start_bus
	tcpdump -i dbus0 -U -w /tmp/bus.pcap 3>&- 2>"$BATS_TEST_TMPDIR/log" &
	tcpdump=$!
	until_said 'listening on dbus0'
	grep -q '(enforce)' "/proc/$tcpdump/attr/current"
	grep -q '/usr/lib/.*/libpcap.so.1' "/proc/$tcpdump/maps"
	dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.ListNames
	dbus-send --session --type=signal /org/foo org.foo.Cried
	kill -INT $tcpdump
	wait $tcpdump
	dbusdump -r /tmp/bus.pcap | grep -q org.foo.Cried
	stop_bus
	! dmesg | grep -i 'apparmor="DENIED".*tcpdump'
}

@test "make install-tcpdump, and tcpdump prints what it captures, and captured" {
	make_it install-tcpdump
	[[ $(dpkg-query -W -f '${Version}' tcpdump) == *+dbusmon* ]]
	tcpdump -n -r /tmp/bus.pcap >"$BATS_TEST_TMPDIR/lines"
	grep 'DBus :1\.[0-9]* > \*: signal /org/foo org.foo.Cried(), serial' \
		"$BATS_TEST_TMPDIR/lines"
	# the new program is confined as the old one was
	tcpdump -i dbus0 -l 2>"$BATS_TEST_TMPDIR/log" 3>&- &
	tcpdump=$!
	until_said 'listening on dbus0'
	grep -q '(enforce)' "/proc/$tcpdump/attr/current"
	kill -INT $tcpdump
	wait $tcpdump
}

@test "who is in the group captures without being root, as the man page says" {
	useradd --no-create-home sniffer
	useradd --no-create-home other
	groupadd pcap
	usermod -a -G pcap sniffer
	run ! runuser -u sniffer -- tcpdump -i dbus0 -c 1
	[[ $output == *"You don't have permission to perform this capture"*CAP_NET_RAW* ]]
	# the man page's three commands
	grep -q '^setcap cap_net_raw,cap_net_admin=eip /usr/bin/tcpdump$' \
		pcap-dbus/pcap-dbus.7
	chgrp pcap /usr/bin/tcpdump
	chmod 750 /usr/bin/tcpdump
	setcap cap_net_raw,cap_net_admin=eip /usr/bin/tcpdump
	start_bus
	install -d -o sniffer /tmp/sniffer
	captures_as sniffer 'listening on dbus0' \
		tcpdump -i dbus0 -c 1 -w /tmp/sniffer/group.pcap
	run ! runuser -u other -- tcpdump --version
	[[ $output == *"Permission denied"* ]]
	stop_bus
}

@test "who is in the group wireshark captures with dumpcap" {
	reconfigure() {
		echo "wireshark-common wireshark-common/install-setuid boolean $1" |
			debconf-set-selections
		DEBIAN_FRONTEND=noninteractive dpkg-reconfigure wireshark-common
	}
	reconfigure true
	usermod -a -G wireshark sniffer
	start_bus
	captures_as sniffer '^File:' dumpcap -q -i dbus0 -c 1 -w /tmp/sniffer/dumpcap.pcapng
	run ! runuser -u other -- dumpcap -D
	stop_bus
	dbusdump -r /tmp/sniffer/dumpcap.pcapng | grep .
	reconfigure false
	gpasswd -d sniffer wireshark
}

@test "make uninstall-tcpdump brings Debian's own back" {
	make_it uninstall-tcpdump
	[[ $(dpkg-query -W -f '${Version}' tcpdump) != *dbusmon* ]]
	run -0 tcpdump -c 1 -r /tmp/bus.pcap
	[[ $output == *UNSUPPORTED* ]]
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
