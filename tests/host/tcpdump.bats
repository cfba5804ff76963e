#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tcpdump prints of D-Bus, by Debian's package of it with our series.

bats_require_minimum_version 1.5.0

load taps.bash

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/tcpdump/bin/tcpdump build/libpcap/lib/libpcap.so.0.8 \
		build/tests/pcap/tap-rig build/bin/dbusdump
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8 TZ=GMT0
	T=$BATS_TEST_TMPDIR
	TCPDUMP=$PWD/build/tcpdump/bin/tcpdump
}

teardown() {
	leave_namespace
}

# A file of Debian's source package
from_source() {
	tar -xOf build/tcpdump/src/tcpdump_*.orig.tar.gz --wildcards "*/tests/$1"
}

@test "the series' own tests hold" {
	local name file expected options n=0
	cp pcap-dbus/tcpdump/tests/*.pcap "$T"
	for file in dbus 160; do
		from_source unsupported-link-type-$file.pcap \
			>"$T/unsupported-link-type-$file.pcap"
	done
	# what the patches add to the list of tests
	while read -r name file expected options; do
		[[ -z $name ]] || n=$((n + 1))
		# shellcheck disable=SC2086 # options are words
		"$TCPDUMP" -# -n -r "$T/$file" $options >"$T/$expected" 2>"$T/stderr"
		diff "pcap-dbus/tcpdump/tests/$expected" "$T/$expected"
	done < <(sed -n 's/^+\(dbus.*\.out\)/\1/p' pcap-dbus/tcpdump/*.patch)
	[ "$n" = 8 ]
	# and the one that is still true of others
	diff <(from_source unsupported-link-type-160.out) \
		<("$TCPDUMP" -# -n -r "$T/unsupported-link-type-160.pcap" 2>"$T/stderr")
}

@test "the series' captures are made by tests/pcap/messages" {
	tests/pcap/messages DBUS "$T/dbus.pcap"
	tests/pcap/messages USER13 "$T/dbusmon.pcap"
	cmp "$T/dbus.pcap" pcap-dbus/tcpdump/tests/dbus.pcap
	cmp "$T/dbusmon.pcap" pcap-dbus/tcpdump/tests/dbusmon.pcap
}

# The lines, made of what Wireshark's own dissector found
by_tshark() {
	tshark -r "$1" -T fields -E separator='|' -E occurrence=f \
		-e dbus.sender -e dbus.destination -e dbus.message_type \
		-e dbus.path -e dbus.interface -e dbus.member -e dbus.error_name \
		-e dbus.signature -e dbus.reply_serial -e dbus.serial \
		-e dbus.unix_fds -e frame.len 2>/dev/null |
		awk -F'|' '{
			split("call return error signal", type, " ")
			line = "DBus " ($1 == "" ? "?" : $1) " > " \
				($2 == "" ? "*" : $2) ": " type[$3]
			name = $5 ($5 != "" && $6 != "" ? "." : "") $6 $7
			line = line ($4 != "" ? " " $4 : "") (name != "" ? " " name : "")
			if ($8 != "")
				line = line (name == "" ? " " : "") "(" $8 ")"
			else if ($6 != "")
				line = line "()"
			line = line ($9 != "" ? ", reply to " $9 : "") ", serial " $10
			print line ($11 > 0 ? ", fds " $11 : "") ", length " $12
		}'
}

@test "a line says of each message what Wireshark knows of it" {
	local file
	for file in captures/*-bus.pcap; do
		"$TCPDUMP" -t -n -r "$file" >"$T/ours" 2>"$T/stderr"
		by_tshark "$file" >"$T/theirs"
		diff "$T/theirs" "$T/ours"
		cat "$T/ours" >>"$T/all"
	done
	(($(wc -l <"$T/all") > 200))
}

FIELDS='(path|interface|member|error name|reply serial|destination|sender|signature|fds|field [0-9]+)'

@test "with -vv, all arguments are what dbusdump takes them for" {
	local file
	for file in captures/*.pcap pcap-dbus/tcpdump/tests/dbus.pcap; do
		count=()
		# of the last, what follows is damaged
		[[ $file == captures/* ]] || count=(-c 16)
		"$TCPDUMP" -t -n -vv "${count[@]}" -r "$file" 2>"$T/stderr" |
			grep -P '^\t' | grep -vP '^\t((little|big)-endian|'"$FIELDS"' <)' |
			sed 's/^\t//' >"$T/ours" || :
		build/bin/dbusdump --json "${count[@]}" -r "$file" |
			jq -r -f tests/pcap/as-tcpdump.jq >"$T/theirs"
		diff "$T/theirs" "$T/ours"
		cat "$T/ours" >>"$T/all"
	done
	(($(wc -l <"$T/all") > 300))
}

@test "a record says its bus, its verdict and, with -e, its sender's process" {
	"$TCPDUMP" -t -n -e -r captures/clients-kernel-tap.pcap 2>"$T/stderr" |
		sed -n 's/^DBus \([^ ]*\) \(\[\([a-z]*\).*\] \)\?(bus 1, seq \([0-9]*\),.*/\4 \1 \3/p' |
		sed 's/ $/ delivered/' >"$T/ours"
	build/bin/dbusdump --json -r captures/clients-kernel-tap.pcap |
		jq -r '"\(.seq) \(.bus) \(.verdict)"' >"$T/theirs"
	diff "$T/theirs" "$T/ours"
	grep -q undelivered "$T/ours"
}

# Captures of one message with LEN octets of body and their link type's header
long_capture() {
	python3 - "$@" <<-'PYTHON'
		import struct, sys
		n = int(sys.argv[2])
		m = struct.pack('<4sIII', b'l\4\0\1', n + 4, 7, 0) + b''
		f = b'\x08\1g\0\2ay\0' + b'\3\1s\0\4\0\0\0Long\0\0\0\0'
		f += b'\1\1o\0\1\0\0\0/\0\0\0\0\0\0\0' + b'\2\1s\0\3\0\0\0a.b\0'
		m = struct.pack('<4sIII', b'l\4\0\1', n + 4, 7, len(f)) + f
		m += b'\0' * (-len(m) % 8) + struct.pack('<I', n) + b'x' * n
		with open(sys.argv[1], 'wb') as out:
		    out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 1 << 27, 231))
		    out.write(struct.pack('<IIII', 0, 0, len(m), len(m)) + m)
	PYTHON
}

@test "a message of 20 MiB is printed, abbreviated unless all is asked for" {
	long_capture "$T/long.pcap" 20971520
	run -0 --separate-stderr "$TCPDUMP" -t -n -v -r "$T/long.pcap"
	[ "${lines[0]}" = "DBus: signal / a.b.Long(ay), serial 7, length 20971596" ]
	[ "${#lines[2]}" -lt 200 ]
	"$TCPDUMP" -t -n -vv -r "$T/long.pcap" 2>"$T/stderr" | tail -n 1 | wc -c >"$T/count"
	[ "$(cat "$T/count")" = $((20971520 + 7)) ]
}

@test "damaged captures are printed to their end, as text" {
	local seed
	for seed in 1 2; do
		# each packet with some octets changed, and many times
		python3 - "$seed" "$T/damaged.pcap" captures/*.pcap \
			pcap-dbus/tcpdump/tests/*.pcap <<-'PYTHON'
			import struct, sys
			state = int(sys.argv[1])
			def rng(n):
			    global state
			    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
			    return (state >> 33) % n
			out = {231: [], 160: []}
			for name in sys.argv[3:]:
			    data = open(name, 'rb').read()
			    link, = struct.unpack_from('<I', data, 20)
			    at = 24
			    while at < len(data):
			        n, size = struct.unpack_from('<II', data, at + 8)
			        for _ in range(5):
			            p = bytearray(data[at + 16:at + 16 + n])
			            for _ in range(1 + rng(4)):
			                p[rng(n)] = rng(256) if rng(2) else rng(2) * 255
			            out[link].append((p[:rng(n) + 1] if rng(8) == 0 else p, size))
			        at += 16 + n
			for link in out:
			    with open('%s.%d' % (sys.argv[2], link), 'wb') as f:
			        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, link))
			        for p, size in out[link]:
			            f.write(struct.pack('<IIII', 0, 0, len(p), size) + p)
			    print(len(out[link]))
		PYTHON
		for file in "$T"/damaged.pcap.*; do
			for options in "" -q -e -v "-vv -e"; do
				# shellcheck disable=SC2086 # options are words
				"$TCPDUMP" -t -n $options -r "$file" >"$T/out" 2>"$T/stderr"
				! grep -qP '[^\t -~]' "$T/out"
				[ "$(tcpdump --count -r "$file" 2>"$T/stderr")" = \
					"$(grep -cP '^(DBus|UNSUPPORTED)' "$T/out") packets" ]
			done
		done
	done
}

@test "other link types are printed as Debian's tcpdump prints them" {
	local name n=0
	for name in vsock-1.pcapng 802_15_4-data.pcap usb_control_msg.pcap \
		bgp_vpn_attrset.pcap ppp.pcap; do
		from_source "$name" >"$T/x" 2>/dev/null || continue
		diff <(tcpdump -n -vv -r "$T/x" 2>&1) <("$TCPDUMP" -n -vv -r "$T/x" 2>&1)
		n=$((n + 1))
	done
	((n > 2))
}

@test "tcpdump -i dbus0 prints messages as they come, and -y USER13 records" {
	local line
	enter_namespace
	export TAP_TCPDUMP=$TCPDUMP
	rig make dbus0
	start_tcpdump -l -t -n -c 2
	rig message dbus0 2 10
	run -0 finish
	echo "$output"
	[[ $output == *"DBus :1.7 > *: signal /org/foo org.foo.Test.Changed(ay), serial 1, length "* ]]
	[[ $output == *"serial 2, length "* ]]
	start_tcpdump -l -t -n -c 2 -y USER13 "member='Changed',comm='tap'" or verdict=denied
	rig event dbus0 1 0
	rig record dbus0 2 300000
	run -0 finish
	echo "$output"
	[[ $output == *"DBus bus 1 :1.7 > *: signal /org/foo org.foo.Test.Changed(ay), serial 2, length 300"* ]]
}

@test "the package is a tcpdump above Debian's and below the next" {
	local stock version
	stock=$(cat build/tcpdump/stock-version)
	version=$(dpkg-deb -f build/tcpdump/*.deb Version)
	dpkg --compare-versions "$version" gt "$stock"
	dpkg --compare-versions "$version" lt "$stock+deb12u1"
	dpkg --compare-versions "$version" lt "${stock%-*}-2"
	# no library that Debian's has not
	[ "$(dpkg-deb -f build/tcpdump/*.deb Depends | sed 's/ ([^)]*)//g')" = \
		"$(dpkg-query -W -f '${Depends}' tcpdump | sed 's/ ([^)]*)//g')" ]
}
