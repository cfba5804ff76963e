# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbusdump where there is no tap: as a monitor of a bus that dbus-daemon serves,
# and as what Wireshark captures by (extcap).

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s build/tests/pcap/tap-rig
	# Wireshark ignores WIRESHARK_EXTCAP_DIR as root, and whoever all this
	# is run as instead may not be able to look into our folders.
	export TOP=$PWD LC_ALL=C.UTF-8 TZ=UTC T
	T=$(mktemp -d /tmp/watch.XXXXXX)
	mkdir -m 755 "$T/extcap"
	mkdir -m 777 "$T/home"
	cp build/bin/dbusdump "$T/extcap"
	cat >"$T/bus.bash" <<-'END'
		exec 7< <(exec dbus-daemon ${CONFIG:---session} --nofork --print-address=1 \
			--print-pid=1 2>/dev/null 3>&-)
		read -r -t 10 DBUS_SESSION_BUS_ADDRESS <&7
		read -r -t 10 bus_pid <&7
		export DBUS_SESSION_BUS_ADDRESS WIRESHARK_EXTCAP_DIR=$T/extcap
		PATH=$T/extcap:$PATH
		trap 'kill $(jobs -p) $bus_pid 2>/dev/null || :' EXIT

		# what a test waits for, with a bound
		until_true() {
			local n=400
			until eval "$1"; do
				((n--)) || { echo "never: $1"; exit 1; }
				read -rt 0.05 <> <(:) || :
			done
		}
		serve() {
			dbus-test-tool echo --name=org.foo.Echo 3>&- 7<&- 2>/dev/null &
			gdbus wait --session --timeout 10 org.foo.Echo
		}
		# watch OPTION...: when it returns the bus is watched
		watch() {
			: >said
			dbusdump "$@" >lines 2>said 3>&- 7<&- &
			watcher=$!
			until_true 'grep -q "listening" said || ! kill -0 $watcher'
		}
		talk() {
			dbus-send --session --print-reply --dest=org.foo.Echo /org/foo \
				org.foo.Bar.Do string:hello int32:5 >/dev/null
			dbus-send --session --print-reply --dest=org.nobody /org/foo \
				org.foo.Bar.Do >/dev/null 2>&1 || :
			gdbus emit --session -o /org/foo -s org.foo.Bar.Changed "'x'"
		}
	END
	chmod -R a+rX "$T"
}

teardown_file() {
	rm -rf "$T"
}

# script: the standard input, as an ordinary user, beside a bus of its own
script() {
	local as=()

	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	cat >"$T/script" # for whoever looks for what went wrong
	rm -rf "$T/work"
	mkdir -m 777 "$T/work"
	run -0 env -C "$T/work" HOME="$T/home" "${as[@]}" \
		timeout 60 bash -ec '. "$T/bus.bash"; . "$T/script"'
}

@test "-i session, -i ADDRESS: a bus is watched by a monitor, and it says so" {
	script <<-'END'
		serve
		for bus in session "$DBUS_SESSION_BUS_ADDRESS"; do
			watch -i "$bus" -t --match interface=org.foo.Bar
			grep -q "^dbusdump: listening on .*: as a monitor of the bus, not at a tap" said
			talk
			until_true '[ "$(wc -l <lines)" = 5 ]'
			kill -INT $watcher
			wait $watcher
			sed -i -E 's/:1\.[0-9]+(\([a-z-]+\))? /:1.N /; s/ \[.*s\]$//; s/^session //' lines
			diff lines - <<-'EOT'
				call   :1.N → org.foo.Echo /org/foo org.foo.Bar.Do("hello", 5)
				reply  org.foo.Echo → :1.N /org/foo org.foo.Bar.Do
				call   :1.N → org.nobody /org/foo org.foo.Bar.Do()
				error  org.freedesktop.DBus → :1.N /org/foo org.foo.Bar.Do org.freedesktop.DBus.Error.ServiceUnknown "The name org.nobody was not provided by any .service files"
				signal :1.N → * /org/foo org.foo.Bar.Changed("x")
			EOT
			tail -n 3 said | diff - <(printf '%s\n' "5 packets captured" \
				"$(sed -n 's/ received by filter$//p' said) received by filter" \
				"0 packets dropped by kernel")
		done
	END
}

@test "-i system: the bus of DBUS_SYSTEM_BUS_ADDRESS" {
	script <<-'END'
		serve
		DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS watch -i system -c 1 -t \
			type=signal,interface=org.foo.Bar
		talk
		wait $watcher
		[[ $(<lines) = 'system signal :1.'*' → * /org/foo org.foo.Bar.Changed("x")' ]]
	END
}

@test "who was on the bus before is known, with all names and process" {
	script <<-'END'
		serve
		pid=$!
		watch -i session -v -c 2 member=Do
		talk
		wait $watcher
		# It was not named in the traffic, nor asked for.
		grep -q "to :1\.[01] org.foo.Echo \[dbus-test-tool $pid\]$" lines
		echo=$(sed -n 's/.* to \(:1\.[01]\) org.foo.Echo .*/\1/p' lines | head -n 1)
		watch -i session -n -t -c 2 member=Do
		talk
		wait $watcher
		[[ $(tail -n 1 lines) = "session reply  $echo → "* ]]
	END
}

@test "what a monitor writes is, octet for octet, what dbus-monitor writes" {
	script <<-'END'
		serve
		dbus-monitor --session --pcap >theirs.pcap 3>&- 7<&- &
		until_true '[ -s theirs.pcap ]'
		watch -i session -U -w ours.pcap
		for i in 1 2 3; do talk; done
		dbus-send --session --type=signal /org/foo org.foo.Bar.End
		until_true 'grep -qa End theirs.pcap && grep -qa End ours.pcap'
		kill -INT $watcher
		wait $watcher
		# From the first call on, until the last signal.
		for file in ours theirs; do
			dbusdump -r $file.pcap -n -t -xx | sed 's/ \[[^]]*s\]$//' |
				sed -n '/Bar.Do("hello/,/Bar.End/p' >$file
			[ "$(grep -c 'Bar\.' $file)" = 16 ]
		done
		diff ours theirs
	END
}

@test "a bus that ends, refuses or is not there is told in a line, status 1" {
	script <<-'END'
		watch -i session
		kill $bus_pid
		wait $watcher && exit 1 || [ $? = 1 ]
		grep -q '^dbusdump: session: the bus closed the connection$' said
		! dbusdump -i session 2>said
		grep -q '^dbusdump: session: .*Connection refused\|No such file' said
		! env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR=/nowhere \
			dbusdump -i session 2>said
		[ "$(<said)" = 'dbusdump: session: DBUS_SESSION_BUS_ADDRESS says no address' ]
	END
	cat >"$T/strict.conf" <<-'END'
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
		<policy context="default"><allow own="*"/><allow send_destination="*"/>
		<allow receive_sender="*"/>
		<deny send_interface="org.freedesktop.DBus.Monitoring"/></policy></busconfig>
	END
	chmod a+r "$T/strict.conf"
	CONFIG=--config-file=$T/strict.conf script <<-'END'
		! dbusdump -i session 2>said
		grep -q '^dbusdump: session: the bus allows no monitor: org.freedesktop.DBus.Error.AccessDenied: ' said
		grep -q 'Run it as root, or as the user whose bus it is' said
	END
}

# sshd ARGUMENT...: Debian's, unpacked in the build folder. As root it wants a user
# and a folder of its own: it gets them where nobody else sees them.
sshd() {
	local dir=$BATS_TEST_TMPDIR/ssh
	local run=("$TOP/build/sshd/usr/sbin/sshd" "$@")

	((EUID)) || {
		grep -v '^sshd:' /etc/passwd >"$dir/passwd"
		echo 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin' >>"$dir/passwd"
		run=(unshare -m sh -c 'mount --bind "$1" /etc/passwd && shift &&
			mount -t tmpfs run /run && mkdir /run/sshd && exec "$@"'
			sh "$dir/passwd" "${run[@]}")
	}
	exec "${run[@]}"
}

# An sshd with keys and a port of its own, for us alone: sets $ssh, how to reach it,
# and $sshd, its pid. Where it lets nobody in, as with a locked account, a shell
# stands for it.
ssh_here() {
	local dir=$BATS_TEST_TMPDIR/ssh port n

	mkdir -p "$dir"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/user"
	for port in 20022 20122 20222; do
		sshd -D -e -f /dev/null -p $port -h "$dir/host" -o UsePAM=no \
			-o ListenAddress=127.0.0.1 -o StrictModes=no -o PidFile=none \
			-o AuthorizedKeysFile="$dir/user.pub" \
			-o PermitRootLogin=prohibit-password \
			-o PasswordAuthentication=no 2>"$dir/log" 3>&- &
		sshd=$!
		n=200
		until grep -q 'listening on' "$dir/log" || ((!n--)) ||
			! kill -0 $sshd 2>/dev/null; do
			read -rt 0.05 <> <(:) || :
		done
		ssh=(ssh -q -F /dev/null -i "$dir/user" -p $port -o BatchMode=yes
			-o IdentitiesOnly=yes -o StrictHostKeyChecking=no
			-o UserKnownHostsFile=/dev/null "$(id -un)@127.0.0.1")
		! timeout 10 "${ssh[@]}" true || return 0
		kill $sshd 2>/dev/null || :
	done
	echo "# no ssh, but a shell: $(tail -n 1 "$dir/log")" >&3
	ssh=(sh -c)
	sshd=
}

@test "ssh HOST dbusdump -w - | tshark -i -: shown at once, while it goes on" {
	local ssh sshd tshark
	cd "$BATS_TEST_TMPDIR"
	ssh_here
	. "$T/bus.bash"
	serve
	"${ssh[@]}" "$TOP/build/bin/dbusdump -i $DBUS_SESSION_BUS_ADDRESS -w - interface=org.foo.Bar" \
		2>said 3>&- 7<&- |
		tshark -l -i - -T fields -e dbus.member -e dbus.signature \
			>shown 2>tshark.said 3>&- 7<&- &
	until_true 'grep -q listening said'
	talk
	# five messages; neither has ended
	until_true '[ "$(wc -l <shown)" = 5 ]'
	grep -q '^Changed.s$' shown
	! grep -q captured said
	# The bus ends: so does the pipe, one end after the other.
	kill $bus_pid
	until_true 'grep -q "the bus closed the connection" said'
	until_true 'grep -q "5 packets captured" tshark.said'
	[ -z "$sshd" ] || grep -q '^Accepted publickey' ssh/log
	[ -z "$sshd" ] || kill "$sshd" 2>/dev/null || :
}

# --- extcap ------------------------------------------------------------------

@test "extcap: lists one interface, its link type, and its options" {
	local dump=$TOP/build/bin/dbusdump

	run -0 --separate-stderr "$dump" --extcap-interfaces --extcap-version=4.0
	[ -z "$stderr" ]
	[ "${lines[1]}" = 'interface {value=dbusmon}{display=D-Bus (match rules)}' ]
	run -0 --separate-stderr "$dump" --extcap-dlts --extcap-interface dbusmon
	[ "$stderr$output" = 'dlt {number=231}{name=DBUS}{display=D-Bus}' ]
	run -0 --separate-stderr "$dump" --extcap-config --extcap-interface=dbusmon
	[ -z "$stderr" ]
	# Each field's option is one of ours, and takes what is offered for it.
	local call value
	while read -r call; do
		case $call in
		--address) ;;
		*) "$dump" --help | grep -qE -- "$call([= ]|\$)" ;;
		esac
	done < <(sed -n 's/^arg .*{call=\([^}]*\)}.*/\1/p' <<<"$output")
	value=$(sed -n 's/^value {arg=4}{value=\([^}]*\)}.*/\1/p' <<<"$output" | paste -sd,)
	run -0 "$dump" --verdict "$value" -r "$TOP"/captures/"$(cd "$TOP/captures" && ls -- *.pcap | head -n 1)"
	run -2 "$dump" --extcap-dlts --extcap-interface other
}

@test "extcap: a capture filter is checked, silently when it is right" {
	local dump=$TOP/build/bin/dbusdump

	run -0 --separate-stderr "$dump" --extcap-interface dbusmon \
		--extcap-capture-filter "interface='org.foo',arg0='x' or type=error"
	[ -z "$output$stderr" ]
	run -0 --separate-stderr "$dump" --extcap-interface dbusmon \
		--extcap-capture-filter "interfaze=org.foo"
	[[ $output = *"unknown key: 'interfaze'"* && -z $stderr ]]
}

@test "extcap: stock tshark lists D-Bus (match rules), and captures by rules" {
	script <<-'END'
		tshark -D >list
		grep -q '^[0-9]*\. dbusmon (D-Bus (match rules))$' list
		tshark -i dbusmon -L 2>&1 | grep -q '^  DBUS (D-Bus)$'
		serve

		# $1 packets with tshark's options $2..., while there is talk
		shark() {
			: >said
			tshark -l -i dbusmon -a duration:50 -c "$@" -T fields \
				-e frame.interface_name -e dbus.message_type \
				-e dbus.member >got 2>said 3>&- 7<&- &
			tshark=$!
			until_true 'talk; ! kill -0 $tshark 2>/dev/null'
			wait $tshark || { cat said; exit 1; }
			! grep -q Error said
		}
		shark 4 -o extcap.dbusmon.interface:session -f interface=org.foo.Bar
		grep -qP '^session\t1\tDo$' got
		! grep -vP '^session\t[1-4]\t(Do|Changed)?$' got
		shark 2 -o "extcap.dbusmon.address:$DBUS_SESSION_BUS_ADDRESS" \
			-o extcap.dbusmon.match:member=Do,arg0=hello \
			-o extcap.dbusmon.noreplies:true
		cut -f 2- got | diff - <(printf '1\tDo\n%.0s' 1 2)
		tshark -i dbusmon -o extcap.dbusmon.interface:session -f "nonsense=4" \
			>got 2>said && exit 1
		grep -q "Error by extcap pipe: dbusdump: .*unknown key: 'nonsense'" said
	END
}

@test "extcap: what passes a tap goes into the pipe, until Wireshark ends it" {
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there or not writable"
	cd "$BATS_TEST_TMPDIR"
	mkfifo pipe
	run -0 timeout 30 unshare -rn bash -ec '
		"$TOP/build/tests/pcap/tap-rig" make dbus0
		ip link set dbus0 up
		"$TOP/build/bin/dbusdump" --capture --extcap-interface dbusmon --fifo pipe \
			--interface dbus0 --match member=Changed --verdict "" 2>said 3>&- &
		# The device is open before the pipe is.
		exec 5<pipe
		"$TOP/build/tests/pcap/tap-rig" message dbus0 3 20
		# header, interface, three messages
		timeout 10 tshark -r - -c 3 -T fields -e dbus.member <&5 >got
		kill -TERM $!
		wait $!'
	[ "$(sort -u got)" = Changed ]
	[ "$(wc -l <got)" = 3 ]
	[ ! -s said ]
}
