# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bus for a suite or a test: dbus-routed, started by the ordinary user "user" on
# an address of its own. After each test it must be as clean as it was before.

bin_test=$(realpath "$BATS_TEST_DIRNAME/../../build/bin-test")
bus_conf=$(realpath "$BATS_TEST_DIRNAME/../bus/stock.conf")

# Without hardware's help, or with a kernel that checks everything, there is less of
# what is done by the thousand, and more time for it.
if [[ ${VM_KERNEL-} == debug ]]; then
	export BUS_TEST_SCALE=${BUS_TEST_SCALE:-10} BUS_TEST_LIMIT=90000
elif ! grep -q kvm /sys/devices/system/clocksource/clocksource0/available_clocksource; then
	export BUS_TEST_SCALE=${BUS_TEST_SCALE:-20} BUS_TEST_LIMIT=60000
fi
patience=$((${BUS_TEST_LIMIT:-20000} / 1000))

as_user() {
	setpriv --reuid user --regid user --init-groups -- "$@"
}

# bustest, as the ordinary user, on the bus of the test
bustest() {
	as_user "$bin_test/bustest" "$@"
}

# until_true COMMAND...: tries it again until it succeeds
until_true() {
	local end=$((SECONDS + patience))

	until "$@"; do
		if ((SECONDS > end)); then
			echo "never became true: $*" >&2
			return 1
		fi
	done
}

# Starts "$@" with --print-address=4 and reads the address.
start_daemon() {
	daemon_dir=$(mktemp -d /tmp/bus.XXXXXX)
	chown user: "$daemon_dir"
	mkfifo -m 666 "$daemon_dir/address"
	setpriv --reuid user --regid user --init-groups -- \
		"$@" --nofork --address="unix:path=$daemon_dir/bus" \
		--print-address=4 4>"$daemon_dir/address" \
		2>"$daemon_dir/log" 3>&- &
	daemon_pid=$!
	if ! read -r -t "$patience" DBUS_SESSION_BUS_ADDRESS <"$daemon_dir/address"; then
		cat "$daemon_dir/log" >&2
		return 1
	fi
	export DBUS_SESSION_BUS_ADDRESS
}

daemon_is_gone() {
	! kill -0 "$daemon_pid" 2>/dev/null
}

# Its status counts, if this shell is the one that started it.
stop_daemon() {
	local status=0

	kill -CONT "$daemon_pid" 2>/dev/null || :
	kill "$daemon_pid" 2>/dev/null || :
	if jobs -p | grep -qx "$daemon_pid"; then
		wait "$daemon_pid" || status=$?
	else
		until_true daemon_is_gone
	fi
	((!status)) || cat "$daemon_dir/log" >&2
	rm -rf "$daemon_dir"
	return $status
}

start_bus() {
	modprobe dbus
	drop_buses
	start_daemon dbus-routed --config-file="$bus_conf"
	bus=$(dbusctl -j bus show | jq -r '.[].bus')
	tap=$(dbusctl -j bus show "$bus" | jq -r '.[0].tap')
}

# counter NAME: of the bus of the test
counter() {
	dbusctl -j stats show "$bus" | jq ".[0].$1"
}

# What is left of all that has happened? Of peers, the daemon's own.
bus_is_clean() {
	local now

	now=$(dbusctl -j stats show "$bus" 2>/dev/null | jq -r '.[0] |
		"\(.peers) \(.names) \(.matches) \(.open_calls) " +
		"\(.kept_calls) \(.queued_bytes)"')
	[[ $now == "1 0 0 0 0 0" ]]
}

# A bus for those who send what never ends: such a message may hold its own
# connection, and with it its sender, as long as this limit says. To be removed.
hasty_conf() {
	bus_conf=$(mktemp /tmp/hasty.XXXXXX)
	chmod 644 "$bus_conf"
	sed 's|<policy |<limit name="pending_fd_timeout">2000</limit>&|' \
		"$BATS_TEST_DIRNAME/../bus/stock.conf" >"$bus_conf"
}

# A connection that was passed over itself is lost, and the kernel looks for those
# when a socket is closed: one comes and goes.
lost_are_found() {
	as_user dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.GetId >/dev/null && bus_is_clean
}

# A bus that a failed test has left behind must not fail the next one.
drop_buses() {
	local name

	for name in $(dbusctl -j bus show | jq -r '.[].bus'); do
		dbusctl bus del "$name"
	done
}

bus_stays_clean() {
	until_true bus_is_clean && return
	dbusctl stats show "$bus" >&2
	dbusctl -d peer show bus "$bus" >&2
	return 1
}

stop_bus() {
	bus_stays_clean
	stop_daemon
	[[ $(dbusctl -j bus show) != *"\"$bus\""* ]]
}

# scarce PERCENT: that many requests for memory fail, of those who ask for it and
# of the kernel's workers
scarce() {
	local what worker

	[[ -e /proc/self/fail-nth ]] || return 0
	for what in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
		echo 0 >$what/verbose
		echo N >$what/ignore-gfp-wait
		echo Y >$what/task-filter
		echo -1 >$what/times
		echo "$1" >$what/probability
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	for worker in /proc/[0-9]*; do
		if [[ $(cat "$worker/comm" 2>/dev/null) == kworker/u* ]]; then
			echo $(($1 > 0)) >"$worker/make-it-fail" || :
		fi
	done
}

# For setup_file and teardown_file: one bus for all tests of a suite.
start_suite() {
	start_bus
	export bus tap daemon_pid daemon_dir
}

end_suite() {
	stop_bus
	unload_module
}

# Nothing may hold the module once its last bus is gone.
unload_module() {
	until_true modprobe -r dbus
	[[ ! -e /sys/module/dbus ]]
}

# same_as_stock ARG...: bustest prints the same on dbus-daemon as on our bus.
same_as_stock() {
	local ours=$BATS_TEST_TMPDIR/ours stock=$BATS_TEST_TMPDIR/stock

	bustest "$@" >"$ours"
	(
		start_daemon dbus-daemon --config-file="$bus_conf"
		export BUS_TEST_STOCK=1
		status=0
		bustest "$@" >"$stock" || status=$?
		stop_daemon
		exit $status
	)
	[[ $(wc -l <"$ours") -gt 50 ]]
	diff -U 8 "$stock" "$ours" >"$BATS_TEST_TMPDIR/diff" || {
		head -n 60 "$BATS_TEST_TMPDIR/diff" >&2
		return 1
	}
}
