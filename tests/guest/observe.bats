#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A bus that stock programs serve is seen at the tap as it is, and notices
# nothing.

load bus.bash
load capture.bash

export BUS_TEST_STOCK=1

setup() {
	modprobe dbus
	clients=()
	daemon_pid=
}

teardown() {
	end_captures
	for pid in "${clients[@]}"; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" || :
	done
	# a test may have unloaded it
	[[ ! -e /sys/module/dbus ]] || dbusctl unobserve all
	[[ ! $daemon_pid ]] || stop_daemon
}

teardown_file() {
	unload_module
}

# Observes the daemon of the test, as "test".
observe() {
	dbusctl observe "${1-$DBUS_SESSION_BUS_ADDRESS}" name test
	bus=test
	tap=$(dbusctl -j observe | jq -r '.[] | select(.bus == "test").tap')
}

start_stock() {
	start_daemon dbus-daemon --config-file="$bus_conf"
}

is_observed() {
	dbusctl -j observe | jq -e ".[] | select(.bus == \"$1\")" >/dev/null
}

is_not_observed() {
	! is_observed "$1"
}

nobody_is_on() {
	[[ $(dbusctl -j observe | jq '.[0].connections') == 0 ]]
}

# A service that answers every call to org.test.Echo, and does not say much itself.
start_echo() {
	as_user dbus-test-tool echo --session --name=org.test.Echo 3>&- &
	clients+=($!)
	until_true has_owner org.test.Echo
}

has_owner() {
	as_user dbus-send --session --print-reply=literal \
		--dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.GetNameOwner string:"$1" >/dev/null 2>&1
}

spam() {
	as_user dbus-test-tool spam --session --dest=org.test.Echo --count="$1"
}

# table NAME: the packets of a capture, one a line, each checked
table() {
	"$bin_test/tapread" "$(capture_file "$1")" >"$BATS_TEST_TMPDIR/$1.table"
}

# lines NAME AWK-CONDITION: how many packets are like that
lines() {
	awk "$2 { n++ } END { print n + 0 }" "$BATS_TEST_TMPDIR/$1.table"
}

# has NAME AWK-CONDITION: one packet, and only one, is like that
has() {
	[[ $(lines "$@") == 1 ]] || {
		echo "$(lines "$@") packets with $2:" >&2
		grep -a Story "$BATS_TEST_TMPDIR/$1.table" >&2
		return 1
	}
}

no_gap() {
	awk '$1 != last + 1 && NR > 1 { print "after " last " comes " $1; exit 1 }
		{ last = $1 }' "$BATS_TEST_TMPDIR/$1.table"
}

# seq kind verdict reason sender receiver recipients fds length pid uid comm
# 1   2    3       4      5      6        7          8   9      10  11  12
# bus lost type member
# 13  14   15   16

@test "each message of a client is seen once, with its name and its process" {
	start_stock
	observe
	capture story "$tap" -y USER13
	bustest story >"$BATS_TEST_TMPDIR/who"
	until_true nobody_is_on
	capture_end story "$(counter routed)"
	table story
	no_gap story
	while read -r word id; do
		printf -v "$word" %s "${id#:1.}"
	done <"$BATS_TEST_TMPDIR/who"
	uid=$(id -u user)
	has story "\$16 == \"StoryCall\" && \$3 == 1 && \$5 == $a && \$6 == $b"
	has story "\$16 == \"org.test.StoryError\" && \$3 == 1 && \$5 == $b && \$6 == $a"
	has story "\$16 == \"StoryNoTaker\" && \$5 == $a && \$6 == -1"
	has story "\$16 == \"StoryBroadcast\" && \$5 == $a && \$6 == -1"
	has story "\$16 == \"StoryForged\" && \$5 == $a && \$6 == $b"
	has story "\$16 == \"StoryFds\" && \$8 == 3"
	has story "\$3 == 5 && \$5 == $invalid && \$4 == 9"
	# what the bus said itself: to each its name; that a client left once,
	# however many were told
	[[ $(lines story "\$16 == \"NameAcquired\" && \$5 == -2 && \$6 == $a") == 1 ]]
	[[ $(lines story '$15 == "return" && $5 == -2') -ge 5 ]]
	# the handshakes: each client's last word
	[[ $(lines story '$2 == 2 && $9 == 5 && $12 == "bustest"') -ge 4 ]]
	[[ $(lines story '$2 == 2 && $5 == -2 && $12 == "dbus-daemon"') -ge 4 ]]
	[[ $(lines story '$2 == 5') == 0 ]]
	[[ $(awk '$5 >= 0 { print $10, $11, $12 }' "$BATS_TEST_TMPDIR/story.table" |
		sort -u) == "$pid $uid bustest" ]]
}

@test "connections from before are seen; while nobody listens, nothing is looked at" {
	start_stock
	start_echo
	observe
	[[ $(dbusctl -j observe | jq '.[0].connections') == 1 ]]
	spam 20
	[[ $(counter observed_bytes) == 0 && $(counter routed) == 0 ]]
	capture old "$tap" -y USER13
	spam 20
	[[ $(counter observed_bytes) -gt 2000 ]]
	capture_end old "$(counter routed)"
	table old
	no_gap old
	calls=$(lines old '$15 == "call" && $12 == "dbus-test-tool" && $6 != -2')
	replies=$(lines old '$15 == "return" && $12 == "dbus-test-tool"')
	[[ $calls == 20 && $replies == 20 ]]
	# the service never called anybody: its name is learnt from its first reply,
	# whose record waits for it; and so does that of Hello
	echo=$(awk '$15 == "return" && $5 >= 0 { print $5 }' \
		"$BATS_TEST_TMPDIR/old.table" | sort -u)
	[[ $echo == [0-9]* ]]
	[[ $(lines old "\$15 == \"return\" && \$5 == $echo") == 20 ]]
	[[ $(lines old '$16 == "Hello" && $5 >= 0') == 1 ]]
	[[ $(lines old '$2 == 1 && $5 == -1') == 0 ]]
	[[ $(lines old '$2 == 5') == 0 ]]
}

monitor_sees() {
	has_owner org.freedesktop.DBus
	[[ $(stat -c %s "$BATS_TEST_TMPDIR/monitor.pcap") -gt 24 ]]
}

monitor_saw_all() {
	"$bin_test/observe-check" "$daemon_dir/truth" \
		"$BATS_TEST_TMPDIR/monitor.pcap" >"$BATS_TEST_TMPDIR/seen" 2>&1
}

@test "known traffic is captured whole, once, in order, octet by octet" {
	start_stock
	observe
	capture all "$tap" -y USER13 -B 65536
	as_user dbus-monitor --session --pcap >"$BATS_TEST_TMPDIR/monitor.pcap" 3>&- &
	clients+=($!)
	until_true monitor_sees
	sent=$(as_user "$bin_test/observe-load" "$daemon_dir/truth" 40 60)
	[[ $sent -ge 40 ]]
	capture_end all "$(counter routed)"
	[[ $(counter tap_lost) == 0 ]]
	[[ $("$bin_test/observe-check" "$daemon_dir/truth" \
		"$(capture_file all)") == "$sent" ]]
	table all
	no_gap all
	# the bus's own monitor saw the same of them
	until_true monitor_saw_all
	[[ $(<"$BATS_TEST_TMPDIR/seen") == "$sent" ]]
}

# calls_observed [ARG...]: runs observe-calls with a socket and these, observed and
# captured, to its end
calls_observed() {
	local go=$BATS_TEST_TMPDIR/go out=$BATS_TEST_TMPDIR/observed pid

	mkfifo "$go"
	"$bin_test/observe-calls" "${@//SOCKET/$BATS_TEST_TMPDIR/socket}" \
		<"$go" >"$out" 3>&- &
	pid=$!
	clients+=("$pid")
	exec {go_fd}>"$go"
	until_true grep -q ready "$out"
	observe "$BATS_TEST_TMPDIR/socket"
	capture calls "$tap" -y USER13 -B 65536
	echo go >&$go_fd
	until_true calls_are_done "$out" "$pid"
	# all but those that could not be built
	capture_end calls "$(counter tap_records)"
	exec {go_fd}>&-
	wait "$pid"
	clients=()
}

calls_are_done() {
	grep -q '^done' "$1" || ! kill -0 "$2"
}

@test "a server gets the same from each of its calls, observed and captured" {
	echo go | "$bin_test/observe-calls" "$BATS_TEST_TMPDIR/lonely" \
		>"$BATS_TEST_TMPDIR/alone"
	calls_observed SOCKET
	diff "$BATS_TEST_TMPDIR/alone" "$BATS_TEST_TMPDIR/observed"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/alone") -gt 100 ]]
	table calls
	no_gap calls
	# descriptors as they came, whatever the header says; what went by splice
	# is missing, and said to be
	[[ $(lines calls '$16 == "Numbered"') -ge 20 ]]
	[[ $(lines calls '$2 == 5') -ge 2 ]]
}

@test "of more than 192 MiB that is not complete, one is lost, and its connection goes on" {
	[[ ${VM_KERNEL-} != debug ]] || skip "takes a minute there"
	calls_observed -l SOCKET
	table calls
	no_gap calls
	[[ $(lines calls '$16 == "Long" && $3 == 1') == 1 ]]
	has calls '$16 == "Long" && $9 > 98 * 1024 * 1024'
	has calls '$2 == 5 && $4 == 8 && $14 == 1'
	[[ $(lines calls '$16 == "Numbered"') == 2 ]]
}

@test "without memory records are lost, and said to be; the server gets everything" {
	[[ -e /proc/self/fail-nth ]] || skip "this kernel's memory can't be made to fail"
	failslab=/sys/kernel/debug/failslab
	for what in "$failslab" /sys/kernel/debug/fail_page_alloc; do
		echo 0 >"$what/verbose"
		echo N >"$what/ignore-gfp-wait"
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	calls_observed SOCKET "$BATS_TEST_TMPDIR/truth"
	sent=$(grep '^[0-9]' "$BATS_TEST_TMPDIR/observed")
	seen=$("$bin_test/observe-check" -l "$BATS_TEST_TMPDIR/truth" \
		"$(capture_file calls)")
	echo "$seen of $sent" >&2
	[[ $seen -gt $((sent / 3)) && $seen -lt $sent ]]
}

@test "the broker is killed under traffic" {
	start_stock
	start_echo
	while spam 20; do :; done >"$BATS_TEST_TMPDIR/spam" 2>&1 3>&- &
	spammer=$!
	observe
	# the bus's own device goes with it
	capture killed dbus0 -y USER13
	until_true eval '(($(counter routed) > 5))'
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" || :
	daemon_pid=
	wait "$spammer" || :
	until_true is_not_observed test
	capture_end killed 5
	table killed
	no_gap killed
}

@test "it ends, and the module goes, while messages are going to and fro" {
	start_stock
	start_echo
	while spam 20; do :; done >"$BATS_TEST_TMPDIR/spam" 3>&- &
	spammer=$!
	clients+=("$spammer")
	observe
	capture under "$tap" -y USER13
	until_true eval '(($(counter routed) > 5))'
	dbusctl unobserve test
	is_not_observed test
	unload_module
	# they are still being answered
	spam 20
	kill -0 "$spammer"
}

@test "observing and ending it, again and again, under clients that come and go" {
	start_stock
	bustest stress-clients 10 20 3>&- &
	stress=$!
	clients+=("$stress")
	capture all dbus0 -y USER13
	for ((i = 0; i < 3; i++)); do
		observe
		dbusctl observe "$DBUS_SESSION_BUS_ADDRESS" name test
		dbusctl unobserve test
	done
	wait "$stress"
	capture_end all 0
	table all
}

@test "a bus that ends is forgotten; one that comes back is found again" {
	start_stock
	dbusctl observe "unix:path=$daemon_dir/bus" name test --follow 3>&- &
	follow=$!
	clients+=("$follow")
	until_true is_observed test
	kill "$daemon_pid"
	wait "$daemon_pid" || :
	until_true is_not_observed test
	setpriv --reuid user --regid user --init-groups -- \
		dbus-daemon --config-file="$bus_conf" --nofork \
		--address="unix:path=$daemon_dir/bus" 3>&- &
	daemon_pid=$!
	until_true is_observed test
	kill -TERM "$follow"
	wait "$follow"
	is_not_observed test
	# who ends it by hand ends that too
	dbusctl observe "unix:path=$daemon_dir/bus" name test --follow \
		2>"$BATS_TEST_TMPDIR/follow" 3>&- &
	follow=$!
	clients=("$follow")
	until_true is_observed test
	dbusctl unobserve test
	wait "$follow" || :
	clients=()
	grep -q "not observed any more" "$BATS_TEST_TMPDIR/follow"
}

@test "what speaks no D-Bus is found out by what it says, and let go" {
	daemon_pid=
	dir=$BATS_TEST_TMPDIR
	socat "UNIX-LISTEN:$dir/other,fork" EXEC:cat 3>&- &
	clients+=($!)
	until_true test -S "$dir/other"
	observe "$dir/other"
	capture other dbus0 -y USER13
	[[ $(printf 'GET / HTTP/1.0\r\n\r\n' | socat -t "$patience" - "UNIX:$dir/other") == GET* ]]
	until_true is_not_observed test
	capture_end other 1
	table other
	[[ $(lines other '$2 == 5') -ge 1 && $(lines other '$2 == 1') == 0 ]]
}

@test "what can't be observed is refused, with what to do" {
	run dbusctl observe /nowhere/bus
	[[ $status == 2 && $output == *"nobody listens on /nowhere/bus"* ]]
	run dbusctl observe --pid 1
	[[ $status == 2 && $output == *"process 1 listens on no"* ]]
	run dbusctl observe tcp:host=localhost
	[[ $status == 1 ]]
	start_stock
	run as_user dbusctl observe "$DBUS_SESSION_BUS_ADDRESS"
	[[ $status == 2 && $output == *CAP_NET_ADMIN* ]]
	observe
	run dbusctl observe "$DBUS_SESSION_BUS_ADDRESS" name test
	[[ $status == 0 && $output == *"observed already"* ]]
	[[ $(dbusctl -j observe | jq length) == 1 ]]
	# nor by root that may not look into other processes
	run setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace \
		dbusctl observe "$DBUS_SESSION_BUS_ADDRESS"
	[[ $status == 2 && $output == *CAP_SYS_PTRACE* ]]
	# a bus of the kernel's own needs none, and is found out
	stop_daemon
	daemon_pid=
	until_true is_not_observed test
	start_bus
	run dbusctl unobserve "$bus"
	[[ $status == 2 && $output == *"kernel's own"* ]]
	dbusctl observe "$DBUS_SESSION_BUS_ADDRESS" name twin
	has_owner org.freedesktop.DBus
	until_true is_not_observed twin
	dmesg | grep -q "twin is a bus of the kernel's own"
	stop_bus
	daemon_pid=
	"$bin_test/bustest" genl-observe
}

@test "connections without a bus are seen: those of GDBus's server and libdbus's" {
	for kind in gdbus libdbus; do
		"$bin_test/serve-$kind" "unix:path=$BATS_TEST_TMPDIR/$kind" \
			>"$BATS_TEST_TMPDIR/$kind.ready" 3>&- &
		clients+=($!)
		until_true grep -q ready "$BATS_TEST_TMPDIR/$kind.ready"
		dbusctl observe "$BATS_TEST_TMPDIR/$kind"
	done
	capture peers dbus0 -y USER13
	for kind in gdbus libdbus; do
		[[ $(dbus-send --peer="unix:path=$BATS_TEST_TMPDIR/$kind" \
			--print-reply=literal /peer org.test.Peer.Say \
			"string:hello $kind") == *"hello $kind" ]]
	done
	capture_end peers "$(dbusctl -j stats show | jq 'map(.routed) | add')"
	table peers
	[[ $(lines peers '$16 == "Say" && $12 == "dbus-send"') == 2 ]]
	has peers '$15 == "return" && $12 == "serve-gdbus"'
	has peers '$15 == "return" && $12 == "serve-libdbus"'
	[[ $(lines peers '$2 == 5') == 0 ]]
}

@test "a bus is its socket's namespace's, with clients from any other" {
	start_stock
	observe
	capture here dbus0 -y USER13
	# one that listens there, and hears nothing
	unshare -n bash -c 'ip link add dbus0 type dbusmon && ip link set dbus0 up &&
		exec tcpdump -Z root -U -i dbus0 -w "$1"' - "$BATS_TEST_TMPDIR/there" \
		2>"$BATS_TEST_TMPDIR/there.text" 3>&- &
	there=$!
	clients+=("$there")
	until_true grep -q '^tcpdump: listening' "$BATS_TEST_TMPDIR/there.text"
	# as with PrivateNetwork=yes
	unshare -n setpriv --reuid user --regid user --init-groups -- \
		dbus-send --session /private org.test.Private.Said
	[[ $(nsenter -n -t "$there" dbusctl -j observe | jq length) == 0 ]]
	run nsenter -n -t "$there" dbusctl observe "$DBUS_SESSION_BUS_ADDRESS"
	[[ $status == 2 ]]
	capture_end here 1
	table here
	has here '$16 == "Said" && $12 == "dbus-send" && $5 >= 0'
	kill -INT "$there"
	wait "$there"
	clients=()
	grep -q '^0 packets received by filter' "$BATS_TEST_TMPDIR/there.text"
}

@test "hostile clients of an observed bus hurt nobody" {
	start_stock
	observe
	capture hostile "$tap" -y USER13
	for what in behind close rubbish; do
		bustest "hostile-$what"
	done
	bustest oob-between || :
	capture_end hostile 100
	table hostile
	# what is broken is recorded as such, or as lost if not even its length is known
	[[ $(lines hostile '$3 == 5 || $2 == 5') -ge 1 ]]
	has_owner org.freedesktop.DBus
}

@test "dbus-broker, and several buses at once, are seen as well" {
	start_stock
	observe
	first=$tap
	dir=$(mktemp -d /tmp/broker.XXXXXX)
	"$bin_test/broker" "$dir/bus" >"$dir/ready" 3>&- &
	clients+=($!)
	until_true test -s "$dir/ready"
	dbusctl observe "$dir/bus" name broker
	[[ $(dbusctl -j observe | jq length) == 2 ]]
	tap=$(dbusctl -j observe | jq -r '.[] | select(.bus == "broker").tap')
	capture one "$first" -y USER13
	capture two "$tap" -y USER13 -B 65536
	bustest signals 20
	sent=$(DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/bus \
		"$bin_test/observe-load" "$dir/truth" 40 60)
	capture_end one "$(counter routed)"
	capture_end two "$(bus=broker counter routed)"
	[[ $("$bin_test/observe-check" "$dir/truth" "$(capture_file two)") == "$sent" ]]
	for name in one two; do
		table $name
		no_gap $name
		[[ $(cut -d' ' -f13 "$BATS_TEST_TMPDIR/$name.table" | sort -u | wc -l) == 1 ]]
	done
	[[ $(lines one '$16 == "Numbered"') -ge 1 ]]
	rm -rf "$dir"
}
