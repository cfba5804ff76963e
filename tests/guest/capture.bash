# SPDX-License-Identifier: GPL-2.0-or-later
# Captures by tcpdump that are complete, and say so.

declare -gA capture_pid

capture_file() {
	echo "$BATS_TEST_TMPDIR/$1.pcap"
}

# capture NAME DEVICE OPTION...: returns once tcpdump listens
capture() {
	local name=$1 dev=$2 text=$BATS_TEST_TMPDIR/$1.text

	shift 2
	: >"$text"
	tcpdump -Z root -U -i "$dev" "$@" -w "$(capture_file "$name")" \
		2>"$text" 3>&- &
	capture_pid[$name]=$!
	until_true capture_ready "$name"
}

capture_ready() {
	grep -q '^tcpdump: listening on' "$BATS_TEST_TMPDIR/$1.text" && return
	kill -0 "${capture_pid[$1]}" || {
		cat "$BATS_TEST_TMPDIR/$1.text" >&2
		exit 1
	}
	return 1
}

# capture_count NAME WORDS: "packets captured", "packets dropped by kernel", ...
capture_count() {
	sed -n "s/.*\b\([0-9]\+\) ${2/packets/packets\\?}.*/\1/p" \
		"$BATS_TEST_TMPDIR/$1.text" | tail -n 1
}

# Does tcpdump say that it has captured or dropped @2 packets by now?
capture_has() {
	local captured dropped

	kill -USR1 "${capture_pid[$1]}"
	captured=$(capture_count "$1" "packets captured")
	dropped=$(capture_count "$1" "packets dropped by kernel")
	[[ $((captured + dropped)) -ge $2 ]]
}

# capture_end NAME COUNT: ends it, once it has captured or dropped COUNT packets
capture_end() {
	until_true capture_has "$1" "$2" || {
		cat "$BATS_TEST_TMPDIR/$1.text" >&2
		return 1
	}
	kill -INT "${capture_pid[$1]}"
	wait "${capture_pid[$1]}"
	unset "capture_pid[$1]"
}

# For teardown: whatever a failed test has left running.
end_captures() {
	local pid

	for pid in "${capture_pid[@]}"; do
		kill -KILL "$pid" || :
		wait "$pid" || :
	done
	capture_pid=()
}
