#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that use libpcap, as their users run them: with our libpcap on taps
# made of TUN devices, with Debian's, and on buses that libpcap itself connects
# to.

bats_require_minimum_version 1.5.0

load taps.bash

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/libpcap/lib/libpcap.so.0.8 build/tests/pcap/tap-rig \
		build/bin/dbusdump
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8 TZ=UTC
	T=$BATS_TEST_TMPDIR
	enter_namespace
}

teardown() {
	[ -z "${daemon-}" ] || kill "$daemon" 2>/dev/null || true
	[ -z "${sniffer-}" ] || kill -KILL "$sniffer" 2>/dev/null || true
	leave_namespace
}

# Until a command succeeds, twenty seconds at most
until_true() {
	local i
	for ((i = 0; i < 2000; i++)); do
		! "$@" || return 0
		read -r -t 0.01 <> <(:) || :
	done
	return 1
}

serials() {
	tshark -r "$1" -T fields -e dbus.serial 2>/dev/null
}

ended() {
	! kill -0 "$sniffer" 2>/dev/null
}

# --- tcpdump -----------------------------------------------------------------

@test "tcpdump -C -W keeps a ring of files, and the last messages" {
	rig make dbus0
	start_tcpdump -C 1 -W 3 -c 600 -w "$T/ring.pcap"
	# 6 MB in messages of 10 kB
	rig message dbus0 600 10000
	run -0 finish
	[[ $output == *"600 packets captured"* ]]
	[ "$(ls "$T"/ring.pcap*)" = "$(printf '%s\n' "$T"/ring.pcap{0,1,2})" ]
	for file in "$T"/ring.pcap*; do
		(($(stat -c %s "$file") < 1020000))
		serials "$file"
	done | sort -n >"$T/serials"
	# the last ones, without a gap
	n=$(wc -l <"$T/serials")
	((n > 200 && n < 310))
	diff <(seq $((601 - n)) 600) "$T/serials"
}

@test "tcpdump -G -W rotates by time, and ends with the last file" {
	rig make dbus0
	start_tcpdump -G 1 -W 2 -w "$T/%s.pcap"
	n=0
	until [ "$(find "$T" -name '*.pcap' | wc -l)" = 2 ] && ! kill -0 "$tcpdump" 2>/dev/null; do
		n=$((n + 1))
		((n < 2000))
		rig message dbus0 1 10 $n
	done
	tcpdump=
	for file in "$T"/*.pcap; do
		serials "$file"
	done >"$T/serials"
	diff <(seq "$(wc -l <"$T/serials")") "$T/serials"
}

@test "tcpdump -U -w - hands each message on at once" {
	rig make dbus0
	mkfifo "$T/pipe"
	tcpdump -l -t -n -r - <"$T/pipe" >"$T/lines" 2>"$T/stderr" 3>&- &
	reader=$!
	(enter tcpdump -Z root -i dbus0 -U --immediate-mode -w - >"$T/pipe" 2>"$T/log" 3>&-) &
	tcpdump=$!
	until_true grep -q "listening on" "$T/log"
	for n in 1 2 3; do
		rig message dbus0 1 10 $n
		until_true eval '[ "$(grep -c UNSUPPORTED "$T/lines")" = $n ]'
	done
	kill -INT "$tcpdump"
	wait "$tcpdump" || true
	tcpdump=
	wait "$reader"
}

@test "tcpdump -r reads what -w wrote, through a filter as well" {
	rig make dbus0
	start_tcpdump -c 20 -w "$T/all.pcap"
	rig message dbus0 10 10
	TAP_MEMBER=Hit rig message dbus0 10 10 101
	finish
	ns tcpdump -r "$T/all.pcap" -w "$T/hits.pcap" "member=Hit" 2>"$T/log"
	diff <(seq 101 110) <(serials "$T/hits.pcap")
	[ "$(ns tcpdump -c 3 --count -r "$T/hits.pcap" 2>/dev/null)" = "3 packets" ]
}

@test "ten rules with strings of 255 octets, too much for the kernel, are exact" {
	local long text= i
	rig make dbus0
	printf -v long '%0241d' 0
	for i in 0 1 2 3 4 5 6 7 8; do
		text+="interface=org.x${long//0/i}.aaaaa$i,member=m${long//0/m}aaaaaaaaaaaa$i"
		text+=",path=/p${long//0/p}aaaaaaaaaaaa$i or "
	done
	start_tcpdump -c 3 -w "$T/x.pcap" "${text}interface=org.foo.Test,member=Hit,path=/org/foo"
	# the last octet of a member is what tells
	rig message dbus0 50 10
	TAP_MEMBER=Hiu rig message dbus0 50 10
	TAP_MEMBER=Hit rig message dbus0 3 10 4711
	run -0 finish
	[[ $output == *"3 packets received by filter"* ]]
	diff <(seq 4711 4713) <(serials "$T/x.pcap")
}

@test "tcpdump -Q, -I and -j are refused or taken as the man page says" {
	rig make dbus0
	run -1 ns tcpdump -Z root -i dbus0 -Q in -c 1
	[[ $output == *"a message is shown once, as it is routed"* ]]
	run -1 ns tcpdump -Z root -i dbus0 -I -c 1
	[[ $output == *"monitor mode"* ]]
	run -0 ns tcpdump -J -i dbus0
	[[ $output == *host* ]]
}

# --- Wireshark's ---------------------------------------------------------------

@test "dumpcap lists taps and their link types, and captures each" {
	rig make dbus0
	run -0 ns dumpcap -D
	grep -E '^[0-9]+\. dbus0' <<<"$output"
	run -0 ns dumpcap -L -i dbus0
	[[ $output == *"DBUS (D-Bus)"*"USER13"* ]]
	for link in DBUS USER13; do
		: >"$T/log"
		(enter dumpcap -q -i dbus0 -y $link -c 5 -w "$T/$link.pcapng" 2>"$T/log" 3>&-) &
		sniffer=$!
		until_true grep -q "^File:" "$T/log"
		kind=message
		[ $link = DBUS ] || kind=record
		rig $kind dbus0 5 10
		until_true ended
	done
	diff <(seq 5) <(serials "$T/DBUS.pcapng")
	[ "$(build/bin/dbusdump --count -r "$T/USER13.pcapng")" = "5 packets" ]
	# the name of the tap is in the file
	[ "$(tshark -r "$T/DBUS.pcapng" -c 1 -T fields -e frame.interface_name 2>/dev/null)" = dbus0 ]
}

@test "dumpcap -b keeps a ring of files" {
	rig make dbus0
	(enter dumpcap -q -i dbus0 -b packets:10 -b files:3 -c 45 -w "$T/ring.pcapng" 2>"$T/log" 3>&-) &
	sniffer=$!
	until_true grep -q "^File:" "$T/log"
	rig message dbus0 45 10
	until_true ended
	[ "$(find "$T" -name 'ring_*.pcapng' | wc -l)" = 3 ]
	for file in "$T"/ring_*.pcapng; do
		serials "$file"
	done >"$T/serials"
	diff <(seq 21 45) "$T/serials"
}

@test "tshark decodes a tap live, through a rule in the kernel" {
	rig make dbus0
	(enter tshark -l -i dbus0 -f "member='Hit',interface='org.foo.Test'" -c 2 \
		-T fields -e dbus.member -e dbus.serial >"$T/lines" 2>"$T/log" 3>&-) &
	sniffer=$!
	until_true grep -q "Capture started" "$T/log"
	rig message dbus0 20 10
	TAP_MEMBER=Hit rig message dbus0 2 10 4711
	until_true ended
	grep Hit "$T/lines"
	[ "$(cat "$T/lines")" = $'Hit\t4711\nHit\t4712' ]
	run ! ns tshark -i dbus0 -f "arg0='x'" -c 1
	[[ $output == *"arg0: a filter can't look at arguments; dbusdump --match does"* ]]
}

# --- another --------------------------------------------------------------------

@test "a Python program captures with pcapy, filter and statistics included" {
	rig make dbus0
	cat >"$T/capture.py" <<-'EOF'
		import sys
		import pcapy

		assert "dbus0" in pcapy.findalldevs()
		p = pcapy.open_live("dbus0", 65536, 0, 100)
		assert p.datalink() == 231, p.datalink()
		p.setfilter("member='Hit'")
		d = p.dump_open(sys.argv[1])
		print("ready", flush=True)
		seen = []
		while len(seen) < 3:
		    header, data = p.next()
		    if header is None:
		        continue
		    assert header.getcaplen() == header.getlen() == len(data)
		    seen.append(int.from_bytes(data[8:12], "little"))
		    d.dump(header, data)
		print(seen, p.stats())
	EOF
	(enter /usr/bin/python3 "$T/capture.py" "$T/x.pcap" >"$T/log" 2>&1 3>&-) &
	sniffer=$!
	until_true grep -q ready "$T/log"
	rig message dbus0 100 10
	TAP_MEMBER=Hit rig message dbus0 3 10 7
	until_true ended
	cat "$T/log"
	grep -qF '[7, 8, 9] (3, 0, 0)' "$T/log"
	diff <(seq 7 9) <(serials "$T/x.pcap")
}

# --- Debian's libpcap -----------------------------------------------------------

# enter() without our library
stock() {
	(
		enter() { exec nsenter -t "$holder" "${ENTER[@]}" "$@"; }
		ENTER=(-n)
		[ "$(id -u)" = 0 ] || ENTER=(-U --preserve-credentials -n)
		"$@"
	)
}

@test "with Debian's libpcap, tcpdump, dumpcap and dbusdump have all cooked" {
	[ ! -e /usr/lib/x86_64-linux-gnu/libpcap.so.1.10.3 ] ||
		! grep -q dbusmon_create /usr/lib/x86_64-linux-gnu/libpcap.so.1.10.3 ||
		skip "ours is installed"
	rig make dbus0
	stock enter tcpdump -D | grep -E '^[0-9]+\.dbus0 \[Up'
	(stock enter tcpdump -Z root -i dbus0 -c 12 -w "$T/tcpdump.pcap" 2>"$T/log" 3>&-) &
	tcpdump=$!
	(stock enter dumpcap -q -i dbus0 -c 12 -w "$T/dumpcap.pcapng" 2>"$T/log2" 3>&-) &
	sniffer=$!
	until_true grep -q "listening on dbus0, link-type LINUX_SLL" "$T/log"
	until_true grep -q "^File:" "$T/log2"
	rig message dbus0 11 10
	rig message dbus0 1 100000 12
	wait "$tcpdump"
	tcpdump=
	until_true ended
	for file in "$T/tcpdump.pcap" "$T/dumpcap.pcapng"; do
		[ "$(tshark -r "$file" -T fields -e sll.hatype 2>/dev/null | sort -u)" = 827 ]
		[ "$(build/bin/dbusdump --json -r "$file" | jq -r '"\(.serial) \(.member)"')" = \
			"$(for n in {1..12}; do echo "$n Changed"; done)" ]
	done
	# and ours reads those files with rules
	[ "$(LD_LIBRARY_PATH=build/libpcap/lib tcpdump --count -r "$T/tcpdump.pcap" \
		"member=Changed,type=signal" 2>/dev/null)" = "12 packets" ]
}

# --- libpcap's own D-Bus module ---------------------------------------------------

# A bus of one's own, at the address in $address
private_bus() {
	cat >"$T/bus.conf" <<-EOF
		<busconfig><type>session</type><listen>unix:path=$T/bus</listen>
		<auth>EXTERNAL</auth><policy context="default">
		<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
		<allow own="*"/></policy></busconfig>
	EOF
	dbus-daemon --config-file="$T/bus.conf" --nofork 3>&- &
	daemon=$!
	until_true test -S "$T/bus"
	address=unix:path=$T/bus
}

# What tcpdump with a library captures of a signal from dbus-session or
# dbus-system, without its numbers
own_module() {
	local device=$1 library=$2 file=$T/$1-${2:+ours}.pcap
	rm -f "$T/log"
	env ${library:+LD_LIBRARY_PATH="$library"} \
		DBUS_SESSION_BUS_ADDRESS="$address" DBUS_SYSTEM_BUS_ADDRESS="$address" \
		tcpdump -Z root -i "$device" -U -w "$file" 2>"$T/log" 3>&- &
	tcpdump=$!
	until_true grep -q "listening on $device, link-type DBUS" "$T/log"
	DBUS_SESSION_BUS_ADDRESS=$address dbus-send --session /org/foo org.foo.Test.Cried
	until_true eval 'tshark -r "$file" 2>/dev/null | grep -q Cried'
	kill -INT "$tcpdump"
	wait "$tcpdump" || true
	tcpdump=
	tshark -r "$file" -T fields -e dbus.message_type -e dbus.member 2>/dev/null
}

@test "dbus-session and dbus-system are listed and captured as they were" {
	private_bus
	for library in "" "$PWD/build/libpcap/lib"; do
		env ${library:+LD_LIBRARY_PATH="$library"} tcpdump -D |
			sed 's/^[0-9]*\.//' | grep '^dbus-' >"$T/list-${library:+ours}"
	done
	diff "$T/list-" "$T/list-ours"
	grep '^dbus-system (D-Bus system bus)' "$T/list-ours"
	grep '^dbus-session (D-Bus session bus)' "$T/list-ours"
	for device in dbus-session dbus-system; do
		own_module $device "" >"$T/stock"
		own_module $device "$PWD/build/libpcap/lib" >"$T/ours"
		diff "$T/stock" "$T/ours"
	done
}
