#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The libpcap module, used by Debian's tcpdump and by a program of our own
# (tests/pcap/capture.c), on taps made of TUN devices. What needs the kernel
# module is in tests/guest.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/libpcap/lib/libpcap.so.0.8 build/tests/pcap/capture \
		build/tests/pcap/tap-rig
}

load taps.bash

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8 TZ=UTC
	T=$BATS_TEST_TMPDIR
	enter_namespace
}

teardown() {
	leave_namespace
}

capture() {
	run ns build/tests/pcap/capture "$1"
	echo "$output"
	[ "$status" != 77 ] || skip "no contiguous memory for a TUN packet"
	[ "$status" = 0 ]
}

# --- tcpdump -----------------------------------------------------------------

@test "tcpdump lists taps with a description, and none when there is none" {
	run -0 ns tcpdump -D
	[[ $output != *dbus0* ]]
	rig make dbus0
	rig make dbus3
	ns ip link set dbus3 alias session-1000
	run -0 ns tcpdump -D
	echo "$output"
	grep -E '^[0-9]+\.dbus0 \(D-Bus, all buses\) \[Up' <<<"$output"
	grep -E '^[0-9]+\.dbus3 \(D-Bus, bus session-1000\) \[Up' <<<"$output"
	[ "$(grep -c 'dbus0' <<<"$output")" = 1 ]
}

@test "tcpdump offers DBUS and USER13 for a tap" {
	rig make dbus0
	run -0 ns tcpdump -i dbus0 -L
	echo "$output"
	grep -E '^  DBUS \(D-Bus\)' <<<"$output"
	grep -E '^  USER13 \(' <<<"$output"
	[ "$(grep -c '^  ' <<<"$output")" = 2 ]
}

@test "Debian's tcpdump maps our libpcap, and no other" {
	rig make dbus0
	start_tcpdump -w "$T/x.pcap"
	run -0 grep -o '/.*libpcap.*' "/proc/$tcpdump/maps"
	kill -INT "$tcpdump"
	finish
	[ "$(sort -u <<<"$output")" = "$PWD/build/libpcap/lib/libpcap.so.1.10.3" ]
}

@test "tcpdump -w writes bare messages that stock readers decode" {
	rig make dbus0
	start_tcpdump -c 20 -w "$T/bus.pcap"
	rig event dbus0 3 0
	rig message dbus0 20 100
	run -0 finish
	[[ $output == *"20 packets captured"* ]]
	run -0 --separate-stderr tcpdump -r "$T/bus.pcap" -c 1
	[[ $stderr == *"link-type DBUS (D-Bus)"* ]]
	run -0 tshark -r "$T/bus.pcap" -T fields -e dbus.serial -e dbus.member
	[ "$(grep -v root <<<"$output")" = \
		"$(for i in {1..20}; do printf '%d\tChanged\n' "$i"; done)" ]
}

@test "tcpdump -y USER13 writes all records with their headers" {
	rig make dbus0
	start_tcpdump -y USER13 -c 3 -w "$T/tap.pcap"
	rig record dbus0 1 10 1
	rig event dbus0 1 0 2
	rig record dbus0 1 10 3
	run -0 finish
	[[ $output == *"3 packets captured"* ]]
	run -0 --separate-stderr tcpdump -t -r "$T/tap.pcap"
	[[ $stderr == *"link-type 160"* ]]
	[ "$(grep -c '0x0000:  4442 4dd5 02' <<<"$output")" = 3 ]
	# kind and the length of the header
	grep '0x0000:  4442 4dd5 0205 6000' <<<"$output"
}

@test "tcpdump -c ends after that many packets exactly" {
	rig make dbus0
	start_tcpdump -c 7 -w "$T/x.pcap"
	rig message dbus0 50 10
	run -0 finish
	[[ $output == *"7 packets captured"* ]]
	[ "$(tcpdump --count -r "$T/x.pcap" 2>/dev/null)" = "7 packets" ]
}

@test "a file has the stamps of the precision that was asked for" {
	rig make dbus0
	start_tcpdump -c 3 --nano -w "$T/nano.pcap"
	rig message dbus0 3 10
	finish
	start_tcpdump -c 3 --immediate-mode --micro -w "$T/micro.pcap"
	rig message dbus0 3 10
	finish
	[ "$(od -An -tx4 -N4 "$T/nano.pcap")" = " a1b23c4d" ]
	[ "$(od -An -tx4 -N4 "$T/micro.pcap")" = " a1b2c3d4" ]
	# all three would end in 000 once in 10^9 runs
	run -0 tcpdump --nano -tt -r "$T/nano.pcap"
	grep -vE '^[0-9]+\.[0-9]{6}000 ' <<<"$output" | grep -E '^[0-9]+\.[0-9]{9} '
}

@test "a message of 300 KiB is written whole, its record cut at 256 KiB" {
	rig make dbus0
	start_tcpdump -c 2 -w "$T/bus.pcap"
	rig message dbus0 1 307200
	rig message dbus0 1 10
	finish
	run -0 tshark -r "$T/bus.pcap" -T fields -e frame.len -e frame.cap_len
	grep -E '^(307[0-9]{3})	\1$' <<<"$output"
	start_tcpdump -y USER13 -c 2 -w "$T/tap.pcap"
	rig record dbus0 1 307200
	rig record dbus0 1 10
	finish
	run -0 tshark -r "$T/tap.pcap" -T fields -e frame.len -e frame.cap_len
	grep -E '^307[0-9]{3}	262144$' <<<"$output"
}

@test "tcpdump -s cuts messages" {
	rig make dbus0
	start_tcpdump -s 64 -c 2 -w "$T/x.pcap"
	rig message dbus0 1 1000
	rig message dbus0 1 100000
	finish
	run -0 tshark -r "$T/x.pcap" -T fields -e frame.cap_len
	[ "$(grep -v root <<<"$output")" = $'64\n64' ]
}

@test "with a tiny buffer and a stalled reader, captured + dropped = sent" {
	local line captured received dropped
	rig make dbus0
	start_tcpdump -B 64 -w "$T/x.pcap"
	kill -STOP "$tcpdump"
	rig message dbus0 5000 100
	kill -CONT "$tcpdump"
	for ((i = 0; i < 1000; i++)); do
		kill -USR1 "$tcpdump"
		read -r -t 20 line <&"$messages"
		[[ $line =~ ([0-9]+)\ packets?\ captured,\ ([0-9]+)\ packets?\ received.*,\ ([0-9]+)\ packets?\ dropped ]]
		captured=${BASH_REMATCH[1]} received=${BASH_REMATCH[2]}
		dropped=${BASH_REMATCH[3]}
		((captured + dropped < 5000)) || break
	done
	kill -INT "$tcpdump"
	finish
	echo "captured $captured, received $received, dropped $dropped"
	((captured + dropped == 5000 && received == 5000 && dropped > 0))
	[ "$(tcpdump --count -r "$T/x.pcap" 2>/dev/null)" = "$captured packets" ]
}

@test "what a filter rejects takes no room in the buffer" {
	rig make dbus0
	start_tcpdump -B 64 -c 2 -w "$T/x.pcap" 'len > 1000'
	kill -STOP "$tcpdump"
	rig message dbus0 3000 100
	rig message dbus0 1 3000
	rig message dbus0 3000 100
	rig message dbus0 1 1500
	kill -CONT "$tcpdump"
	run -0 finish
	echo "$output"
	[[ $output == *"2 packets captured"* ]]
	[[ $output == *"2 packets received by filter"* ]]
	[[ $output == *"0 packets dropped by kernel"* ]]
}

@test "tcpdump takes match rules, and the kernel decides them" {
	rig make dbus0
	for linktype in DBUS USER13; do
		kind=message
		[ $linktype = DBUS ] || kind=record
		start_tcpdump -y $linktype -B 64 -c 2 -w "$T/x.pcap" \
			"interface='org.foo.Test',type='signal',member=Hit" or \
			"sender=':1.7',member='Hit2'"
		kill -STOP "$tcpdump"
		rig $kind dbus0 3000 100
		TAP_MEMBER=Hit rig $kind dbus0 1 100 3001
		rig $kind dbus0 3000 100
		TAP_MEMBER=Hit2 rig $kind dbus0 1 100 3002
		kill -CONT "$tcpdump"
		run -0 finish
		echo "$output"
		[[ $output == *"2 packets captured"* ]]
		[[ $output == *"2 packets received by filter"* ]]
		[[ $output == *"0 packets dropped by kernel"* ]]
	done
}

@test "on files, match rules take what dbusdump takes" {
	run -0 build/bin/dbusdump -r captures/clients-kernel-tap.pcap -w "$T/x.pcapng"
	for file in captures/*.pcap "$T/x.pcapng"; do
		for rule in type=signal "interface='org.freedesktop.DBus'" \
			"member=Hello or type=error" "sender=:1.1" \
			"path_namespace=/org" "path=/org/freedesktop/DBus" \
			"destination=org.freedesktop.DBus,type=method_call" \
			"error=org.freedesktop.DBus.Error.ServiceUnknown" \
			"sender=org.freedesktop.DBus,type=method_return"; do
			want=()
			IFS='|' read -ra rules <<<"${rule// or /|}"
			for one in "${rules[@]}"; do
				want+=(--match "$one")
			done
			run -0 build/bin/dbusdump --no-replies --count \
				-r "$file" "${want[@]}"
			count=$output
			echo "$file: $rule: $count"
			LD_LIBRARY_PATH=build/libpcap/lib run -0 \
				tcpdump --count -r "$file" "$rule"
			[ "${lines[-1]}" = "$count" ]
			sum=$((${sum-0} + ${count% *}))
		done
	done
	((sum > 500))
}

@test "on USER13, rules ask the record, too" {
	for rule in pid=1 uid=0 "comm=dbus-send" "bus=1" "bus=1,type=signal" \
		"bus=nosuchbus" "verdict=delivered" "verdict=undelivered"; do
		run -0 build/bin/dbusdump --no-replies --count \
			-r captures/clients-kernel-tap.pcap "$rule"
		count=$output
		echo "$rule: $count"
		LD_LIBRARY_PATH=build/libpcap/lib run -0 tcpdump --count \
			-r captures/clients-kernel-tap.pcap "$rule"
		[ "${lines[-1]}" = "$count" ]
		sum=$((${sum-0} + ${count% *}))
	done
	((sum > 100))
}

@test "on cooked captures, rules find the taps' messages" {
	# each message behind a cooked header: as a stock libpcap captures it
	python3 - captures/clients-kernel-bus.pcap "$T/sll.pcap" <<-'EOF'
		import struct, sys
		data = open(sys.argv[1], 'rb').read()
		out = data[:20] + struct.pack('<I', 113)
		at = 24
		while at < len(data):
		    sec, usec, n, size = struct.unpack_from('<IIII', data, at)
		    out += struct.pack('<IIII', sec, usec, n + 16, size + 16)
		    out += struct.pack('>HHHQH', 4, 827, 6, 0, 0xfb)
		    out += data[at + 16:at + 16 + n]
		    at += 16 + n
		open(sys.argv[2], 'wb').write(out)
	EOF
	for rule in type=signal "interface=org.freedesktop.DBus or type=error" ; do
		LD_LIBRARY_PATH=build/libpcap/lib run -0 tcpdump --count \
			-r captures/clients-kernel-bus.pcap "$rule"
		want=${lines[-1]}
		LD_LIBRARY_PATH=build/libpcap/lib run -0 tcpdump --count \
			-r "$T/sll.pcap" "$rule"
		[[ ${lines[-1]} == "$want" && $want != "0 packets" ]]
	done
	# and nothing else is taken there: as with stock libpcap
	for text in "mumble=x" "type = x y" "len = 120" "ether proto 0xfb"; do
		LD_LIBRARY_PATH=build/libpcap/lib run tcpdump --count -r "$T/sll.pcap" "$text"
		ours="$status $output"
		run tcpdump --count -r "$T/sll.pcap" "$text"
		[[ $text == type* ]] || [ "$ours" = "$status $output" ]
	done
}

@test "stock expressions mean what they did" {
	for file in captures/*.pcap; do
		for text in "" "len > 150" "greater 150" "less 150" "len = 144" \
			"tcpflags = 2" "link[1] = 4" "link[1]=4 and len>150" \
			"not link[0:2] = 0x6c01" "5=5"; do
			run tcpdump --count -r "$file" "$text"
			want="$status ${lines[-1]}"
			LD_LIBRARY_PATH=build/libpcap/lib run tcpdump --count \
				-r "$file" "$text"
			echo "$file: $text: $want"
			[ "$status ${lines[-1]}" = "$want" ]
		done
	done
}

@test "a key that a filter can't decide is refused by name" {
	refused() {
		LD_LIBRARY_PATH=build/libpcap/lib run -1 tcpdump --count \
			-r captures/clients-kernel-bus.pcap "$1"
		echo "$output"
		[[ ${lines[-1]} == "tcpdump: D-Bus match rule: $2"* ]]
	}
	refused "type=signal,arg0='org.foo'" "arg0: a filter can't look at arguments; dbusdump"
	refused "arg12path=/a" "arg12path: a filter can't"
	refused "arg0namespace=a.b" "arg0namespace: a filter can't"
	refused "sender=org.foo.Bar" "sender: a filter can't tell who owns a name; dbusdump"
	refused "destination=:1.7" "destination: a filter can't tell"
	refused "pid=1" "pid: packets of this link type don't say it; those of USER13 do"
	refused "type=signal,verdict=denied" "verdict: packets of this link type"
	refused "interfaec=a.b" "interfaec: unknown key, at character 1"
	refused "type=signal,member=a.b" "member: not a valid member name, at character 20"
	refused "type=signal or member=a.b" "member: not a valid member name, at character 23"
	refused "type=signal or " "no rule beside \"or\""
}

@test "tcpdump -d shows a rule's program, which libpcap's own check takes" {
	LD_LIBRARY_PATH=build/libpcap/lib run -0 tcpdump -d \
		-r captures/clients-kernel-bus.pcap "interface='org.foo.Bar'"
	[[ ${lines[-1]} == *"ret      #0"* && ${#lines[@]} -gt 50 ]]
	LD_LIBRARY_PATH=build/libpcap/lib run -0 tcpdump -d \
		-r captures/clients-kernel-bus.pcap "$(printf 'member=M%d or ' {1..900})type=error"
	((${#lines[@]} > 4096))
}

@test "dumpcap and tshark -f take match rules" {
	rig make dbus0
	ns dumpcap -q -i dbus0 -f "member='Hit',type=signal" -c 2 -w "$T/x.pcapng" \
		2>"$T/dumpcap" &
	dumpcap=$!
	# it says so when it captures, as tcpdump does
	for ((i = 0; i < 2000; i++)); do
		[ ! -s "$T/x.pcapng" ] || break
		kill -0 $dumpcap
		read -r -t 0.01 <> <(:) || :
	done
	rig message dbus0 20 10
	TAP_MEMBER=Hit rig message dbus0 2 10 4711
	wait $dumpcap
	run -0 tshark -r "$T/x.pcapng" -T fields -e dbus.member -e dbus.serial
	[ "$(grep -v root <<<"$output")" = $'Hit\t4711\nHit\t4712' ]
	run ! ns dumpcap -q -i dbus0 -f "arg0=x" -c 1 -w "$T/y.pcapng"
	[[ $output == *"dbusdump --match"* ]]
}

@test "tcpdump says so when the tap disappears" {
	rig make dbus0
	start_tcpdump -w "$T/x.pcap"
	rig message dbus0 5 10
	ns ip link del dbus0
	run finish
	echo "$output"
	[[ $output == *"The interface disappeared"* ]]
	[[ $output == *"5 packets captured"* ]]
}

@test "without a tap, tcpdump says what may be missing" {
	run -1 ns tcpdump -i dbus0
	echo "$output"
	[[ $output == *"dbus0: No such device exists"* ]]
	[[ $output == *"is the kernel module loaded"* ]]
}

@test "without permission, tcpdump names the capability" {
	rig make dbus0
	run -1 ns setpriv --bounding-set -all --inh-caps -all \
		setpriv --no-new-privs tcpdump -Z root -i dbus0
	echo "$output"
	[[ $output == *"have permission"* ]]
	[[ $output == *CAP_NET_RAW* ]]
}

# --- packages ------------------------------------------------------------------

@test "the package replaces Debian's, and Debian's next replaces it" {
	local stock deb version
	stock=$(cat build/libpcap/stock-version)
	for deb in build/libpcap/*.deb; do
		version=$(dpkg-deb -f "$deb" Version)
		dpkg --compare-versions "$version" gt "$stock"
		dpkg --compare-versions "$version" lt "$stock+deb12u1"
		dpkg --compare-versions "$version" lt "${stock%-*}-2"
	done
	# no other libraries than Debian's has
	[ "$(dpkg-deb -f build/libpcap/libpcap0.8_*.deb Depends |
		sed 's/ ([^)]*)//g')" = "libc6, libdbus-1-3" ]
}

@test "the library exports what Debian's does, and nothing else" {
	symbols() {
		objdump -T "$1" | awk '$4 != "*UND*" && / g | w / { print $NF }' |
			sort -u
	}
	ours=$(symbols build/libpcap/lib/libpcap.so.0.8)
	grep -qx pcap_create <<<"$ours"
	! grep dbusmon <<<"$ours"
	[ -e /usr/lib/x86_64-linux-gnu/libpcap.so.0.8 ] || skip "no libpcap0.8 here"
	diff <(symbols /usr/lib/x86_64-linux-gnu/libpcap.so.0.8) - <<<"$ours"
}

# --- programs ------------------------------------------------------------------

@test "messages come in the order in which they were routed" {
	capture order
}

@test "a read ends after the packet buffer timeout" {
	capture timeout
}

@test "non-blocking mode and select work" {
	capture nonblock
	capture nonblock-before-activate
}

@test "a packet from pcap_next_ex stays until the next call" {
	capture next
}

@test "long and short messages arrive whole and in order" {
	capture long
}

@test "long messages arrive whole in immediate mode, too" {
	capture long-immediate
}

@test "messages of two senders at once arrive whole, each's in order" {
	capture race
}

@test "a long message is cut if the receive queue is full, not lost" {
	capture queue-full
}

@test "the snapshot length cuts, with and without a filter" {
	capture snaplen
}

@test "the link type can be changed, the descriptor stays" {
	capture datalinks
}

@test "USER13 has messages and events, and no other protocol" {
	capture records
}

@test "DBUS has valid messages only" {
	capture messages-only
}

@test "DBUS is without the device's header, USER13 with it, filters likewise" {
	capture link-header
}

@test "the kernel filters, at the offsets of the link type" {
	capture filter
	capture filter-record
}

@test "a filter holds for packets that were there before it" {
	capture filter-queued
}

@test "a filter that is too long for the kernel filters all the same" {
	capture filter-too-long
}

@test "statistics count every message once, captured or dropped" {
	capture drops
}

@test "immediate mode has the slots of the default buffer" {
	capture default-buffer
}

@test "records that the kernel could not build count as dropped there" {
	capture not-built
}

@test "stamps have nanoseconds or microseconds, and the time of the message" {
	capture nanoseconds
	capture microseconds
}

@test "the loop is broken from another thread" {
	capture break-thread
}

@test "the loop is broken from a signal handler" {
	capture break-signal
}

@test "the loop is broken from its callback, and no packet is lost" {
	capture break-callback
}

@test "a tap that goes away ends the capture, after its last message" {
	capture gone
	capture gone-waiting
	capture gone-nonblock
}

@test "a tap that goes down and up again is captured on" {
	capture down-and-up
}

@test "a tap that is down, missing or forbidden has its own error each" {
	capture not-up
	capture no-such-device
	capture no-permission
}

@test "another type of device named dbus0 is left alone" {
	capture other-device
}

@test "what a tap can't do is refused with a reason" {
	capture unsupported
}

@test "the list of devices describes taps, and nothing but taps" {
	capture list
}

@test "a capture stays in its network namespace, and sees no other's" {
	capture namespaces
	capture namespace-left
}

@test "immediate mode gives messages sooner" {
	capture immediate-sooner
}

@test "the snapshot length is up to 128 MiB, for DBUS alone" {
	capture longest-snaplen
}

@test "programs give rules to pcap_compile, for a tap and for none" {
	capture rule
	capture rule-record
	capture rule-dead
}
