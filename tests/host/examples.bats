# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every line in the EXAMPLES of dbusdump(1) does what it is there for, where a
# TUN device stands for the tap, and a private bus for the session's.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/tests/pcap/tap-rig
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export TOP=$PWD LC_ALL=C.UTF-8 TZ=UTC PATH=$PWD/build/bin:$PATH
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there or not writable"
}

# The examples, as they are to be typed.
examples() {
	sed -n '/^\.SH EXAMPLES/,/^\.SH SEE ALSO/p' tools/dbusdump/dbusdump.1 |
		sed -n '/^\.EX/,/^\.EE/{/^\.E[XE]/d;p}' | sed 's/\\-/-/g; s/\\e/\\/g'
}

# What is not here, or has no place here. What listens is ended after a second.
stand_ins() {
	dump=$(command -v dbusdump)
	sudo() { "$@"; }
	modprobe() { [ "$*" = dbus ]; }
	ip() { [ "$*" = "link add dbus0 type dbusmon" ]; }
	setcap() { [ "$*" = "cap_net_raw+ep dbusdump" ]; }
	ssh() { shift; "$@"; }
	wireshark() {
		if [ "$1" = -k ]; then
			timeout 20 tshark -i - -c 2 2>/dev/null
		else
			tshark -r "$1" 2>/dev/null
		fi
	}
	dbus-monitor() { timeout --preserve-status -s TERM 1 dbus-monitor "$@" || :; }
	dbusdump() {
		case " $* " in
		*" -r "* | *" -c "*) "$dump" "$@" ;;
		*" --top "*) "$TOP/tests/dbusdump/screen" 100x20 "$dump" "$@" <<-'END' ;;
			expect messages, [1-9]
			show
			key q
			end
		END
		*) timeout --preserve-status -s INT 1 "$dump" "$@" ;;
		esac
	}
}

run_examples() {
	local line

	stand_ins
	exec 7< <(exec dbus-daemon --session --nofork --print-address=1 3>&- 2>/dev/null)
	read -r -t 10 DBUS_SESSION_BUS_ADDRESS <&7
	export DBUS_SESSION_BUS_ADDRESS
	"$TOP/build/tests/pcap/tap-rig" make dbus0
	command ip link set dbus0 up
	# as long as this runs, somebody talks at the tap
	while "$TOP/build/tests/pcap/tap-rig" message dbus0 100 20; do :; done \
		>/dev/null 2>&1 &
	while IFS= read -r line <&6; do
		echo "== $line"
		eval "$line" 2>said || { echo "$line: $?"; cat said; return 1; }
	done 6<lines </dev/null
}

@test "every example of the man page can be typed, and shows something" {
	cd "$BATS_TEST_TMPDIR"
	(cd "$TOP" && examples) >lines
	[ "$(wc -l <lines)" -ge 20 ]
	export -f stand_ins run_examples
	run -0 timeout 110 unshare -rn --kill-child --pid --fork bash -c 'run_examples'
	[ "$(grep -c '^== ' <<<"$output")" = "$(wc -l <lines)" ]
	# What only reads or writes files says nothing; all others do.
	for line in 'sudo dbusdump' 'sudo dbusdump --top' 'wireshark bus.pcapng' \
		'dbusdump -r bus.pcapng --latency' 'dbusdump -r bus.pcapng --stats'; do
		[ "$(grep -Fx -A1 -- "== $line" <<<"$output" | tail -n 1)" != "" ]
		[[ $(grep -Fx -A1 -- "== $line" <<<"$output" | tail -n 1) != '== '* ]]
	done
	[ -s bus.pcapng ] && [ -s bus.svg ] && [ -s give.pcapng ] && [ -s ring.pcapng0 ]
	xmllint --noout bus.svg
}
