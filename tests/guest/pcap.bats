#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# libpcap with our module on the taps of the kernel: both link types of one tap,
# long messages, filters, and the end of a bus.

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

@test "taps are listed with the names of their buses" {
	run -0 tcpdump -D
	echo "$output"
	grep -E '^[0-9]+\.dbus0 \(D-Bus, all buses\) \[Up, Running' <<<"$output"
	grep -F ".$tap (D-Bus, bus $bus) [Up, Running" <<<"$output"
}

@test "DBUS has the messages of USER13, octet for octet, with the same stamps" {
	before=$(counter routed) invalid=$(counter invalid)
	capture records "$tap" --nano -y USER13
	capture messages "$tap" --nano
	bustest story
	bustest sizes-types
	bustest hostile-behind
	routed=$(($(counter routed) - before))
	invalid=$(($(counter invalid) - invalid))
	((invalid > 0))
	capture_end records "$routed"
	capture_end messages $((routed - invalid))
	run -0 "$same" "$(capture_file records)" "$(capture_file messages)"
	[[ ${output%% *} == $((routed - invalid)) ]]
}

@test "messages of 64 MiB are captured whole" {
	before=$(counter routed)
	capture records "$tap" --nano -y USER13
	capture messages "$tap" --nano -B 262144
	bustest sizes-bodies
	routed=$(($(counter routed) - before))
	capture_end records "$routed"
	capture_end messages "$routed"
	[[ $(capture_count messages "packets captured") == "$routed" ]]
	run -0 "$same" "$(capture_file records)" "$(capture_file messages)"
	echo "$output"
	((${output#* } >= 64 << 20))
}

@test "a filter takes signals alone, by the message or by the record" {
	before=$(counter routed)
	capture all "$tap" -y USER13
	capture messages "$tap" 'link[1] = 4'
	bustest signals 200
	bustest story
	routed=$(($(counter routed) - before))
	capture_end all "$routed"
	signals=$("$bin_test/tapread" "$(capture_file all)" |
		awk '$15 == "signal" && $3 != 5' | wc -l)
	((signals > 200 && signals < routed))
	capture_end messages "$signals"
	[[ $(capture_count messages "packets captured") == "$signals" ]]
	[[ $(capture_count messages "packets received by filter") == "$signals" ]]
	[[ $("$bin_test/tapread" "$(capture_file messages)" | cut -d' ' -f1 |
		sort -u) == signal ]]
}

@test "in immediate mode nothing is lost that fits the buffer" {
	before=$(counter routed)
	capture now "$tap" --immediate-mode
	kill -STOP "${capture_pid[now]}"
	bustest signals 2000
	routed=$(($(counter routed) - before))
	((routed > 2000))
	kill -CONT "${capture_pid[now]}"
	capture_end now "$routed"
	[[ $(capture_count now "packets captured") == "$routed" ]]
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
