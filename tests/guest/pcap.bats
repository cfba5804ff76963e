#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# libpcap with our module on the taps of the kernel: both link types of one tap,
# long messages, filters, and the end of a bus.

bats_require_minimum_version 1.5.0

load bus.bash
load capture.bash

same=$(realpath "$BATS_TEST_DIRNAME/../../build/tests/pcap/same")

setup() {
	start_bus
}

teardown() {
	end_captures
	[[ ! ${tap-} ]] || stop_bus
}

teardown_file() {
	unload_module
}

# valid_messages NAME: how many a USER13 capture has
valid_messages() {
	"$bin_test/tapread" "$(capture_file "$1")" | awk '$3 != 5' | wc -l
}

@test "taps are listed with the names of their buses" {
	run -0 tcpdump -D
	echo "$output"
	grep -E '^[0-9]+\.dbus0 \(D-Bus, all buses\) \[Up, Running' <<<"$output"
	grep -F ".$tap (D-Bus, bus $bus) [Up, Running" <<<"$output"
}

@test "DBUS has the messages of USER13, octet for octet, with the same stamps" {
	capture records "$tap" --nano -y USER13
	capture messages "$tap" --nano
	bustest story
	bustest sizes-types
	bustest hostile-behind
	records=$(counter tap_records)
	capture_end records "$records"
	valid=$(valid_messages records)
	((valid > 100 && valid < records))
	capture_end messages "$valid"
	run -0 "$same" "$(capture_file records)" "$(capture_file messages)"
	[[ ${output%% *} == "$valid" ]]
}

@test "messages of 64 MiB are captured whole" {
	capture records "$tap" --nano -y USER13
	# the queue holds all of them, however slow the reader
	capture messages "$tap" --nano -B 32768
	bustest sizes-bodies
	records=$(counter tap_records)
	capture_end records "$records"
	capture_end messages "$records"
	[[ $(capture_count messages "packets captured") == "$records" ]]
	run -0 "$same" "$(capture_file records)" "$(capture_file messages)"
	echo "$output"
	((${output#* } >= 64 << 20))
}

@test "a message of 128 MiB is captured whole" {
	# half a gigabyte is copied for it
	[[ ${VM_KERNEL-} != debug ]] || skip "takes too long"
	capture longest "$tap" member=Longest
	bustest sizes-longest
	capture_end longest 1
	[[ $(capture_count longest "packets captured") == 1 ]]
	size=$(stat -c %s "$(capture_file longest)")
	# with the headers of a file and of a packet
	((size > (128 << 20) - 64 && size <= (128 << 20) + 40))
	rm "$(capture_file longest)"
}

@test "a filter takes signals alone, by the message or by the record" {
	capture all "$tap" -y USER13
	capture messages "$tap" 'link[1] = 4'
	bustest signals 200
	bustest story
	records=$(counter tap_records)
	capture_end all "$records"
	signals=$("$bin_test/tapread" "$(capture_file all)" |
		awk '$15 == "signal" && $3 != 5' | wc -l)
	((signals > 20 && signals < records))
	capture_end messages "$signals"
	[[ $(capture_count messages "packets captured") == "$signals" ]]
	[[ $(capture_count messages "packets received by filter") == "$signals" ]]
	[[ $("$bin_test/tapread" "$(capture_file messages)" | cut -d' ' -f1 |
		sort -u) == signal ]]
}

@test "in immediate mode nothing is lost that fits the buffer" {
	capture now "$tap" --immediate-mode
	kill -STOP "${capture_pid[now]}"
	bustest signals 2000
	records=$(counter tap_records)
	((records > 200))
	kill -CONT "${capture_pid[now]}"
	capture_end now "$records"
	[[ $(capture_count now "packets captured") == "$records" ]]
	[[ $(capture_count now "packets dropped by kernel") == 0 ]]
}

@test "the capture of a bus ends with it, and says why" {
	capture ends "$tap"
	bustest signals 10
	stop_bus
	tap=
	until_true eval "! kill -0 ${capture_pid[ends]} 2>/dev/null"
	wait "${capture_pid[ends]}" || :
	unset "capture_pid[ends]"
	cat "$BATS_TEST_TMPDIR/ends.text"
	grep "The interface disappeared" "$BATS_TEST_TMPDIR/ends.text"
	(($(capture_count ends "packets captured") > 10))
}

@test "the capture of all buses ends with the module, and says why" {
	capture gone dbus0
	bustest signals 10
	stop_bus
	tap=
	unload_module
	until_true eval "! kill -0 ${capture_pid[gone]} 2>/dev/null"
	wait "${capture_pid[gone]}" || :
	unset "capture_pid[gone]"
	cat "$BATS_TEST_TMPDIR/gone.text"
	grep "The interface disappeared" "$BATS_TEST_TMPDIR/gone.text"
	(($(capture_count gone "packets captured") > 10))
}
