#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The tap: every message that is routed makes a record, and each record tells the
# truth.

load bus.bash
load capture.bash

setup() {
	modprobe dbus
}

teardown() {
	end_captures
	[[ ! ${tap-} ]] || stop_bus
}

teardown_file() {
	unload_module
}

# table NAME: the packets of a capture, one a line, each checked
table() {
	"$bin_test/tapread" "$(capture_file "$1")" >"$BATS_TEST_TMPDIR/$1.table"
}

# has NAME AWK-CONDITION: one line of the table, and only one, is like that
has() {
	local n

	n=$(awk "$2 { n++ } END { print n + 0 }" "$BATS_TEST_TMPDIR/$1.table")
	[[ $n == 1 ]] || {
		echo "$n packets with $2:" >&2
		grep -a "Story" "$BATS_TEST_TMPDIR/$1.table" >&2
		return 1
	}
}

# Sequence numbers from 1 on, by 1.
no_gap() {
	awk '$1 != NR { print "record " NR " has the number " $1; exit 1 }' \
		"$BATS_TEST_TMPDIR/$1.table"
}

@test "routed = records = packets captured = packets in the file, without a gap" {
	capture all dbus0 -y USER13
	capture bare dbus0
	start_bus
	bustest stress-clients 20 40
	bustest story
	bustest sizes-octets
	bustest hostile-behind
	routed=$(counter routed)
	invalid=$(counter invalid)
	[[ $routed -gt 1000 && $invalid -ge 2 ]]
	capture_end all "$routed"
	capture_end bare $((routed - invalid))
	[[ $(counter tap_records) == "$routed" && $(counter tap_lost) == 0 ]]
	[[ $(capture_count all "packets captured") == "$routed" ]]
	[[ $(capture_count all "packets dropped by kernel") == 0 ]]
	table all
	[[ $(wc -l <"$BATS_TEST_TMPDIR/all.table") == "$routed" ]]
	no_gap all
	# bare messages: all but the invalid ones
	[[ $(capture_count bare "packets captured") == $((routed - invalid)) ]]
	table bare
	[[ $(wc -l <"$BATS_TEST_TMPDIR/bare.table") == $((routed - invalid)) ]]
	[[ $(tcpdump --count -r "$(capture_file bare)" 2>/dev/null) == \
		"$((routed - invalid)) packets" ]]
}

@test "with a tiny buffer and a stalled reader, captured + dropped = routed" {
	capture tiny dbus0 -y USER13 -B 4
	start_bus
	kill -STOP "${capture_pid[tiny]}"
	bustest signals 20000
	routed=$(counter routed)
	kill -CONT "${capture_pid[tiny]}"
	capture_end tiny "$routed"
	captured=$(capture_count tiny "packets captured")
	dropped=$(capture_count tiny "packets dropped by kernel")
	echo "captured $captured, dropped $dropped, routed $routed"
	[[ $dropped -gt 0 && $captured -gt 0 ]]
	[[ $((captured + dropped)) == "$routed" ]]
	table tiny
	[[ $(wc -l <"$BATS_TEST_TMPDIR/tiny.table") == "$captured" ]]
	# the numbers say how many are missing, and where
	awk -v routed="$routed" '{ gap += $1 - last - 1; last = $1 }
		END { exit gap + routed - last != routed - NR }' \
		"$BATS_TEST_TMPDIR/tiny.table"
}

@test "each record says what became of its message, and who sent it" {
	start_bus
	before=$(counter routed)
	capture story "$tap" -y USER13
	bustest story >"$BATS_TEST_TMPDIR/who"
	capture_end story $(($(counter routed) - before))
	table story
	while read -r word id; do
		printf -v "$word" %s "${id#:1.}"
	done <"$BATS_TEST_TMPDIR/who"
	uid=$(id -u user)

	# seq kind verdict reason sender receiver recipients fds length pid uid comm
	# 1   2    3       4      5      6        7          8   9      10  11  12
	# bus lost type member
	# 13  14   15   16
	has story "\$16 == \"StoryCall\" && \$3 == 1 && \$5 == $a && \$6 == $b && \$7 == 1"
	has story "\$16 == \"org.test.StoryError\" && \$3 == 1 && \$5 == $b && \$6 == $a"
	has story "\$16 == \"StoryNoTaker\" && \$3 == 4 && \$4 == 2 && \$6 == -1 && \$7 == 0"
	has story "\$16 == \"StoryBroadcast\" && \$3 == 1 && \$5 == $a && \$6 == -1 && \$7 == 2"
	# tapread holds SENDER against the record's sender
	has story "\$16 == \"StoryForged\" && \$3 == 1 && \$5 == $a && \$6 == $b"
	has story "\$16 == \"StoryFds\" && \$3 == 1 && \$8 == 3"
	has story "\$16 == \"StoryNoFds\" && \$3 != 1 && \$4 == 6 && \$6 == $no_fds"
	has story "\$16 == \"StoryNobody\" && \$3 == 4 && \$4 == 1 && \$6 == -1 && \$7 == 0"
	has story "\$16 == \"StoryUnique\" && \$3 == 4 && \$4 == 1 && \$7 == 0"
	has story "\$16 == \"StoryEarly\" && \$3 == 3 && \$4 == 7"
	has story "\$15 == \"return\" && \$3 == 3 && \$4 == 3 && \$5 == $a && \$6 == $b"
	has story "\$3 == 5 && \$5 == $invalid && \$4 == 9"
	# the process that connected, on each that it sent
	[[ $(awk '$5 >= 0 { print $10, $11, $12 }' "$BATS_TEST_TMPDIR/story.table" |
		sort -u | grep -c "^$pid $uid bustest\$") == 1 ]]
	[[ $(awk '$5 >= 0 && $12 == "bustest" { print $10, $11 }' \
		"$BATS_TEST_TMPDIR/story.table" | sort -u) == "$pid $uid" ]]
}

@test "while nobody listens no record is built" {
	start_bus
	bustest signals 1000
	[[ $(counter routed) -gt 1000 ]]
	[[ $(counter tap_records) == 0 && $(counter tap_lost) == 0 ]]
}

@test "dbusN shows bus N alone, dbus0 all of them; dbusN goes with its bus" {
	start_bus
	first=$bus first_tap=$tap first_dir=$daemon_dir first_pid=$daemon_pid
	first_address=$DBUS_SESSION_BUS_ADDRESS
	start_daemon dbus-routed --session
	second=$(dbusctl -j bus show | jq -r ".[] | select(.bus != \"$first\") | .bus")
	second_tap=$(dbusctl -j bus show "$second" | jq -r '.[0].tap')
	[[ $first_tap != "$second_tap" && $second_tap == dbus[1-9]* ]]
	[[ -e /sys/class/net/$first_tap && -e /sys/class/net/$second_tap ]]

	one=$(counter routed) two=$(bus=$second counter routed)
	capture both dbus0 -y USER13
	capture one "$first_tap" -y USER13
	capture two "$second_tap" -y USER13
	bustest signals 30
	DBUS_SESSION_BUS_ADDRESS=$first_address bustest signals 50
	one=$(($(counter routed) - one))
	two=$(($(bus=$second counter routed) - two))
	[[ $one -gt 50 && $two -gt 30 && $two -lt $one ]]
	capture_end both $((one + two))
	capture_end one $one
	capture_end two $two
	for name in both one two; do
		table $name
	done
	[[ $(wc -l <"$BATS_TEST_TMPDIR/both.table") == $((one + two)) ]]
	[[ $(cut -d' ' -f13 "$BATS_TEST_TMPDIR/one.table" | sort -u) == "${first_tap#dbus}" ]]
	[[ $(cut -d' ' -f13 "$BATS_TEST_TMPDIR/two.table" | sort -u) == "${second_tap#dbus}" ]]
	[[ $(wc -l <"$BATS_TEST_TMPDIR/one.table") == "$one" ]]
	[[ $(wc -l <"$BATS_TEST_TMPDIR/two.table") == "$two" ]]

	stop_daemon
	[[ ! -e /sys/class/net/$second_tap && -e /sys/class/net/$first_tap ]]
	daemon_dir=$first_dir daemon_pid=$first_pid
}

@test "a capture is not stopped by the end of its bus" {
	start_bus
	capture ends dbus0 -y USER13
	bustest signals 10
	routed=$(counter routed)
	stop_bus
	tap=
	capture_end ends 10
	table ends
	[[ $(grep -c Numbered "$BATS_TEST_TMPDIR/ends.table") == 10 ]]
}

@test "another network namespace has its own buses and, if it likes, a tap" {
	start_bus
	capture outside dbus0 -y USER13
	unshare -n bash -euc '
		ip link add dbus0 type dbusmon
		ip link set dbus0 up
		ip -d link show dbus0 | grep -q dbusmon
		[[ $(dbusctl -j bus show | jq length) == 0 ]]
		dbusctl bus add inside
		[[ $(dbusctl -j bus show | jq -r ".[].bus") == inside ]]
		dbusctl bus del inside
		ip link del dbus0
	'
	[[ $(dbusctl -j bus show | jq length) == 1 ]]
	bustest signals 5
	capture_end outside 5
	table outside
	[[ $(cut -d' ' -f13 "$BATS_TEST_TMPDIR/outside.table" | sort -u) == "${tap#dbus}" ]]
}

@test "a namespace that ends takes its buses with it: the module can go" {
	unshare -n dbusctl bus add inside
	unload_module
}

@test "stock libpcap captures the tap cooked, with hatype 827" {
	start_bus
	mkdir -p "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/lib"
	mount -o ro /dev/vda "$BATS_TEST_TMPDIR/root"
	cp "$BATS_TEST_TMPDIR"/root/usr/lib/x86_64-linux-gnu/libpcap.so.* \
		"$BATS_TEST_TMPDIR/lib/"
	umount "$BATS_TEST_TMPDIR/root"
	before=$(counter routed)
	LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/lib capture stock "$tap"
	grep -q 'LINUX_SLL' "$BATS_TEST_TMPDIR/stock.text"
	bustest story >/dev/null
	capture_end stock $(($(counter routed) - before))
	tcpdump --version >/dev/null
	table stock
	[[ $(grep -c ' StoryCall$' "$BATS_TEST_TMPDIR/stock.table") == 1 ]]
	# what is no valid message has a protocol of its own
	[[ $(grep -c '^0xfc ' "$BATS_TEST_TMPDIR/stock.table") -ge 1 ]]
}

@test "tcpdump uses the built libpcap, which lists the taps and their link types" {
	start_bus
	capture maps dbus0
	lib=$(awk '/libpcap\.so/ { print $NF; exit }' "/proc/${capture_pid[maps]}/maps")
	cmp "$lib" "$BATS_TEST_DIRNAME/../../build/libpcap/lib/libpcap.so.0.8"
	capture_end maps 0
	list=$(tcpdump -D)
	grep -E '^[0-9]+\.dbus0 \(.*D-Bus, all buses' <<<"$list"
	grep -E "^[0-9]+\.$tap \(.*D-Bus, bus $bus" <<<"$list"
	types=$(tcpdump -i dbus0 -L 2>&1)
	grep -w DBUS <<<"$types"
	grep -w USER13 <<<"$types"
}

@test "who has no right to capture is told so" {
	start_bus
	run as_user tcpdump -i dbus0 -c 1
	[[ $status -ne 0 ]]
	grep -i 'permission' <<<"$output"
}
