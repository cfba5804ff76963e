#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Filters in this kernel's BPF, and dbusdump's on the kernel's own tap.

bats_require_minimum_version 1.5.0

load bus.bash
load capture.bash

filters=$(realpath "$BATS_TEST_DIRNAME/../../build/tests/wire/filters")

teardown() {
	end_captures
	[[ ! ${dump-} ]] || kill -KILL "$dump" 2>/dev/null || :
	[[ ! ${tap-} ]] || stop_bus
}

teardown_file() {
	unload_module
}

# Programs are made to fit 20480 octets of converted code, which is all that a
# socket of Linux 6.1 takes.
@test "this kernel takes the programs of filters, and decides as libpcap does" {
	run -0 "$filters" -s "$RANDOM" -n 300
	echo "$output"
	[[ ${lines[0]} == "300 sets of rules, 4800 packets, "* ]]
}

listening() {
	grep -q listening "$BATS_TEST_TMPDIR/dump.text"
}

# The last count of such packets that dbusdump gave
dump_count() {
	sed -n "s/^\([0-9]*\) packets\? $1\$/\1/p" \
		"$BATS_TEST_TMPDIR/dump.text" | tail -n 1
}

dump_has() {
	kill -USR1 "$dump"
	[[ $(dump_count captured) == "$1" ]]
}

# filtered LINKTYPE RULE...: dbusdump sees what the rules take of everything,
# and no more than that was given to it
filtered() {
	local linktype=$1 want

	shift
	start_bus
	capture all "$tap" -y USER13
	dbusdump -i "$tap" -n --no-replies -y "$linktype" "$@" \
		>/dev/null 2>"$BATS_TEST_TMPDIR/dump.text" 3>&- &
	dump=$!
	until_true listening
	bustest signals 100
	bustest story
	records=$(counter tap_records)
	capture_end all "$records"
	want=$(dbusdump --no-replies --count -r "$(capture_file all)" "$@")
	want=${want% *}
	invalid=$(dbusdump --no-replies --count -r "$(capture_file all)" verdict=invalid)
	invalid=${invalid% *}
	((want > 0 && want < records))
	until_true dump_has "$want"
	kill -INT "$dump"
	wait "$dump"
	dump=
	cat "$BATS_TEST_TMPDIR/dump.text"
	[[ $(dump_count captured) == "$want" ]]
	# what is not valid has no header to be held against the rules
	received=$(dump_count "received by filter")
	((received >= want && received <= want + invalid))
	[[ $(dump_count "dropped by kernel") == 0 ]]
	stop_bus
	tap=
}

@test "a rule is decided in the kernel, by the message and by the record" {
	filtered USER13 type=signal verdict=delivered
	filtered DBUS type=signal,sender=org.freedesktop.DBus
}

@test "dbusdump knows who was there before it, from the kernel's tables" {
	start_bus
	# not by the function, whose process would be another one
	setpriv --reuid user --regid user --init-groups -- \
		dbus-test-tool echo --name=org.foo.Early 3>&- &
	service=$!
	until_true as_user dbus-send --print-reply --dest=org.foo.Early / org.foo.Is.There
	dbusdump -i "$tap" -v -l --no-replies --match member=Late \
		>"$BATS_TEST_TMPDIR/dump.lines" 2>"$BATS_TEST_TMPDIR/dump.text" 3>&- &
	dump=$!
	until_true listening
	as_user dbus-send --print-reply --dest=org.foo.Early / org.foo.Is.Late
	until_true grep -q Late "$BATS_TEST_TMPDIR/dump.lines"
	cat "$BATS_TEST_TMPDIR/dump.lines"
	grep -q "org.foo.Early \[dbus-test-tool $service\]" \
		"$BATS_TEST_TMPDIR/dump.lines"
	kill -INT "$dump"
	wait "$dump"
	dump=
	kill $service
	stop_bus
	tap=
}
