#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is broken, or meant to break something, hurts its sender alone.

load bus.bash
load capture.bash

faults=$(realpath "$BATS_TEST_DIRNAME/../../build/tests/dissector/faults")
corpus=/usr/lib/dbus-1.0/installed-tests/dbus/data/invalid-messages

setup_file() {
	start_suite
}

teardown() {
	end_captures
	bus_stays_clean
}

teardown_file() {
	end_suite
}

@test "each invalid message that is known disconnects its sender alone" {
	bustest hostile-corpus "$corpus"
}

@test "changed octets disconnect their sender alone, if they matter" {
	bustest hostile-mutate
}

@test "each rule of the specification is enforced at once" {
	bustest hostile-faults
}

# The host's tests hold dbusdump and Wireshark to the same messages.
@test "of each message the kernel says what dbusdump and Wireshark say" {
	cd "$(mktemp -d /tmp/faults.XXXXXX)"
	chmod 755 .
	"$faults" faults >list
	bustest hostile-capture faults >taken
	sed 's/: valid$/ taken/; t; s/:.*/ hung up/' list >expected
	sed 's/:.*//' list | paste -d' ' - taken | diff expected -
	[[ $(grep -c ' taken$' expected) -ge 12 ]]
	[[ $(grep -c ' hung up$' expected) -ge 80 ]]
}

@test "nothing behind an invalid message is routed" {
	bustest hostile-behind
}

@test "announced messages that never come cost nothing" {
	bustest hostile-promise
}

@test "a client may close at any octet" {
	bustest hostile-close
}

@test "a receiver that does not read holds up nobody" {
	bustest hostile-never-reads
}

@test "a client that only asks holds up nobody" {
	bustest hostile-asks-only
}

@test "rubbish is hung up upon" {
	bustest hostile-rubbish
}

@test "a flood of match rules, names or connections hurts nobody else" {
	bustest flood-rules
	bustest flood-names
	bustest flood-connections
}

@test "253 descriptors at once, 1,000 unread, or sockets in a circle hurt nobody else" {
	bustest flood-files-at-once
	bustest flood-files-unread
	bustest flood-files-circle
}

@test "files whose close blocks are passed, dropped and refused, and block nobody" {
	[[ -e /sys/fs/fuse ]] || modprobe fuse
	mkdir "$BATS_TEST_TMPDIR/mnt"
	"$bin_test/bustest" blocked-files "$BATS_TEST_TMPDIR/mnt" 1000
}

@test "an octet sent out of band is in its place, or its sender goes" {
	bustest oob-inside
}

@test "an octet sent out of band between messages hurts its sender alone" {
	bustest oob-between
}

@test "pages that a sender splices and writes to afterwards are copied before" {
	bustest spliced
	bustest spliced-race
}

@test "invalid messages are seen at the tap, with the verdict invalid" {
	routed=$(counter routed) before=$(counter invalid)
	capture invalid "$tap" -y USER13
	bustest hostile-faults
	capture_end invalid $(($(counter routed) - routed))
	"$bin_test/tapread" "$(capture_file invalid)" >"$BATS_TEST_TMPDIR/table"
	invalid=$(awk '$3 == 5 { n++ } END { print n + 0 }' "$BATS_TEST_TMPDIR/table")
	[[ $invalid -ge 34 ]]
	[[ $((before + invalid)) == "$(counter invalid)" ]]
}

@test "a bus without a daemon routes between sockets that were handed to it" {
	as_user "$bin_test/bustest" genl-bus
}

@test "octets and a hang-up from before the adoption are not lost" {
	as_user "$bin_test/bustest" genl-early
}

@test "each wrong request is refused with a text" {
	as_user "$bin_test/bustest" genl-wrong
}

@test "a user's buses are theirs alone, and not too many" {
	cd "$(mktemp -d /tmp/users.XXXXXX)"
	chmod 777 .
	"$bin_test/bustest" genl-users
}
