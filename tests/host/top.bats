# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbusdump --top on a terminal of its own: tests/dbusdump/screen looks at what a
# user would see there.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8 TZ=UTC TOP=$PWD
	export DBUSDUMP=$PWD/build/bin/dbusdump
	cd "$BATS_FILE_TMPDIR"
	"$TOP/build/tests/dbusdump/make-capture" pcap-ns:user13 talk >talk.pcap
	"$TOP/build/tests/dbusdump/make-capture" pcap-ns:user13 nasty >nasty.pcap
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# on SIZE COMMAND...: the standard input says what is expected and typed
on() {
	run "-${ends:-0}" timeout 60 "$TOP/tests/dbusdump/screen" "$@"
}

@test "--top: rates, totals, errors, waiting calls and mean times of a capture" {
	on 120x20 "$DBUSDUMP" --top -r talk.pcap <<-'END'
		expect ^talk.pcap  12 messages
		expect org.nobody$
		show
		key 2
		expect PropertiesChanged$
		show
		key \t
		expect org.freedesktop.DBus.Properties$
		show
		key q
		end
	END
	[[ $output = *$'\n2 errors, 3 refused, 3 lost, '*' calls wait'* ]]
	# Who sent how many, as another reads it.
	local name count peers=0
	while read -r count name; do
		grep -qE "^( +[0-9.-]+){3} +$count .* session-100 $name( |\$)" <<<"$output"
		peers=$((peers + 1))
	done < <("$DBUSDUMP" -r talk.pcap --json 2>/dev/null |
		jq -r '.sender | select(startswith(":"))' | sort | uniq -c)
	[ "$peers" = 2 ]
	grep -qE '^ +424\.2 +56\.9 +181\.8 +7 +4 +1 +1\.5 +-  floods org.foo.Bar.Ask$' <<<"$output"
	grep -qE '^ +60\.6 .* org.freedesktop.DBus.Properties$' <<<"$output"
}

@test "--top sorts by any column, turns round and filters" {
	on 120x20 "$DBUSDUMP" --top -r talk.pcap <<-'END'
		expect messages
		key 2
		expect Bar.Ask\n.* -.Ping\n
		key >
		expect Bar.Ask\n.* org.freedesktop.DBus.Properties.PropertiesChanged\n.* org.free.*NameOwnerChanged\n
		key r
		expect NAME\n.* -.Ping\n(.*\n){4}.* org.foo.Bar.Ask\n
		key <<<<
		expect NAME\n.* -.Ping\n(.*\n){4}.* org.foo.Bar.Ask\n
		key r/FOO.bar\n
		expect filter: FOO.bar$
		expect NAME\n.* org.foo.Bar.Ask\n.* org.foo.Bar.(Take|Wrong)\n.* org.foo.Bar.(Take|Wrong)\n\s*\nq end
		key \e
		expect PropertiesChanged
		key q
		end
	END
}

@test "--top fits every terminal, scrolls, and shows its keys" {
	on 60x8 "$DBUSDUMP" --top -r talk.pcap <<-'END'
		expect messages
		key 2
		expect 1 to 3 of 6
		key \e[B
		expect 2 to 4 of 6
		size 20x4
		expect ^talk
		size 120x30
		expect PropertiesChanged
		key h
		expect does not answer +a call has waited
		key h
		expect PropertiesChanged
		key q
		end
	END
}

@test "--top: nothing in a message steers the terminal" {
	on 120x20 script -qec "$DBUSDUMP --top -r nasty.pcap" raw <<-'END'
		expect messages
		key 2
		expect 2 members
		key q
		end
	END
	# The title that a string in there would set.
	! grep -qa 'title' raw
}

# A bus of its own, to be monitored: all that can be had without a tap.
bus() {
	exec 7< <(exec dbus-daemon --session --nofork --print-address=1 --print-pid=1 \
		2>/dev/null 3>&-)
	read -r -t 10 DBUS_SESSION_BUS_ADDRESS <&7
	read -r -t 10 bus_pid <&7
	echo "$bus_pid" >bus.pid
	export DBUS_SESSION_BUS_ADDRESS
}

teardown() {
	[ -z "${bus_pid-}" ] || kill "$bus_pid" 2>/dev/null || :
}

@test "--top live: who floods, who does not answer; pause holds it; the end is told" {
	bus
	dbus-test-tool black-hole --name=org.foo.Hole 3>&- 7<&- 2>/dev/null &
	dbus-test-tool echo --name=org.foo.Echo 3>&- 7<&- 2>/dev/null &
	gdbus wait --session --timeout 10 org.foo.Hole
	gdbus wait --session --timeout 10 org.foo.Echo
	ends=1 on 130x20 "$DBUSDUMP" --top -i session <<-'END'
		expect ^session
		run dbus-send --session --dest=org.foo.Hole --type=method_call /foo org.foo.Bar.Hang
		run dbus-send --session --print-reply --reply-timeout=1 --dest=org.foo.Hole /foo org.foo.Bar.Hang || :
		run dbus-test-tool spam --session --dest=org.foo.Echo --count=20000 --queue=50 >/dev/null
		expect floods session :1\.\d+
		colours
		key \x20
		expect paused
		run dbus-send --session --type=signal /foo org.foo.Bar.Late
		key 2
		expect Spam
		show
		key \x20
		expect org.foo.Bar.Late
		key 1
		expect does not answer session :1\.\d+ org.foo.Hole \[dbus-test-tool \d+\]
		colours
		run kill $(cat bus.pid)
		expect the bus closed the connection
		end
	END
}
