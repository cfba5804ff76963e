# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbus-routed without a kernel: its command line, configuration, addresses,
# handshakes and answers. Where there is a choice of words, dbus-daemon's are
# what is expected. dbus-routed-fake is the daemon with a kernel that lets each
# peer hear its own octets (tests/routed/fake_kernel.c). The real one is in
# tests/guest/routed.bats.

bats_require_minimum_version 1.5.0

data=/usr/lib/dbus-1.0/installed-tests/dbus/data

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	make -s routed-tests build/bin/dbus-routed
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export LC_ALL=C.UTF-8
	unset NOTIFY_SOCKET LISTEN_PID LISTEN_FDS XDG_RUNTIME_DIR FAKE_TAKEN
	bin=$PWD/build/tests/routed
	routed=$PWD/build/bin/dbus-routed
	d=$(mktemp -d "${TMPDIR:-/tmp}/routed.XXXXXX")
	chmod 755 "$d"
	daemon=
	as=()
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
}

teardown() {
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null || :
	rm -rf "$d"
}

# config ELEMENTS: a configuration in $d/conf
config() {
	printf '<busconfig><type>session</type><listen>unix:path=%s</listen>%s</busconfig>\n' \
		"$d/bus" "$1" >"$d/conf"
}

# start OPTION...: the daemon with its fake kernel; $address, $daemon
start() {
	mkfifo -m 666 "$d/address"
	"${as[@]}" "$bin/dbus-routed-fake" --nofork --print-address=4 "$@" \
		4>"$d/address" 2>"$d/log" 3>&- &
	daemon=$!
	read -r -t 20 address <"$d/address" || { cat "$d/log" >&2; return 1; }
	rm "$d/address"
}

# The daemon's end, by SIGTERM; it must be a clean one.
stop() {
	kill "$daemon"
	wait "$daemon"
	daemon=
	grep -qx 'fake: bus removed' "$d/log"
}

# until_true COMMAND...: within 10 s
until_true() {
	local end=$((SECONDS + 10))

	until "$@"; do
		((SECONDS < end)) || return 1
	done
}

client() {
	timeout 100 "$bin/connect_test" "$d/bus" "$@"
}

# said PROGRAM OPTION...: its words and exit status, without its name and pid,
# and without what dbus-daemon does not have: file, line and element, our options
said() {
	local program=$1 name=${1##*/} status=0 words

	shift
	words=$(timeout -k 1 5 "$program" "$@" 2>&1 </dev/null) || status=$?
	sed -E "/^$/d; s/^dbus(-daemon|-routed)?\[[0-9]+\]: //; s/^$name /PROGRAM /; \
		s/: [^ :]+:[0-9]+: (<[a-z_]+>: )?/: /; \
		s/ \[--replace\] \[--keep-bus\]//" <<<"$words"
	echo "status $status"
}

# Both daemons say the same of this command line, and fail.
same() {
	local ours theirs

	theirs=$(said dbus-daemon "$@")
	ours=$(said "$routed" "$@")
	if [ "$ours" != "$theirs" ] || [ "${ours##*$'\n'}" != "status 1" ]; then
		printf '%s\nours: %s\ntheirs: %s\n' "$*" "$ours" "$theirs" >&2
		return 1
	fi
}

# --- the handshake -----------------------------------------------------------

@test "conversations of the handshake go as written, wherever they are split" {
	run -0 "$bin/sasl_test" talk
	[[ $output =~ ^[0-9]+\ conversations$ ]]
}

@test "random handshakes let nobody in wrongly and touch nothing behind BEGIN" {
	run -0 "$bin/sasl_test" random 50000
	[ "$output" = "50000 random conversations" ]
}

@test "200 clients at once are let in, and what they sent behind BEGIN is theirs" {
	config ''
	start --config-file="$d/conf"
	client echo 200
	client echo 200
	stop
}

@test "a client that sends octet by octet is let in" {
	config ''
	start --config-file="$d/conf"
	client slow
	stop
}

@test "a thousand clients that talk nonsense are all turned away" {
	config ''
	start --config-file="$d/conf"
	client garbage 1000
	client echo 1
	stop
}

@test "a client that asks and never listens is thrown out, and stops nobody" {
	config '<limit name="auth_timeout">1000</limit>'
	start --config-file="$d/conf"
	client deaf 3>&- &
	client echo 50
	wait $!
	stop
}

@test "silent clients lose their places in time, and others come in meanwhile" {
	config '<limit name="auth_timeout">3000</limit>
		<limit name="max_incomplete_connections">16</limit>'
	start --config-file="$d/conf"
	mkfifo "$d/ready"
	client idle 30 >"$d/ready" 3>&- &
	read -r -t 20 line <"$d/ready"
	[ "$line" = ready ]
	client echo 20
	wait $!
	client echo 1
	grep -q 'too many at once' "$d/log"
	stop
}

@test "without a free file descriptor clients wait, and come in later" {
	config ''
	as=(prlimit --nofile=24)
	# root would raise it
	[ "$(id -u)" != 0 ] || as+=(setpriv --bounding-set=-sys_resource)
	start --config-file="$d/conf"
	mkfifo "$d/ready"
	timeout 100 "$bin/connect_test" "$d/bus" idle 40 >"$d/ready" 3>&- &
	idle=$!
	read -r -t 20 line <"$d/ready"
	until_true grep -q 'no new connections for now: Too many open files' \
		"$d/log"
	kill $idle
	client echo 5
	stop
}

# --- who may connect ----------------------------------------------------------

@test "another user is refused, unless the configuration lets them in" {
	[ "$(id -u)" = 0 ] || skip "needs another user"
	rules() {
		config "<policy context=\"default\">$1</policy>
			<policy context=\"mandatory\">$2</policy>"
	}
	# the first is that of no rule at all
	while IFS='|' read -r default mandatory result; do
		rules "$default" "$mandatory"
		start --config-file="$d/conf"
		"${nobody[@]}" "$bin/connect_test" "$d/bus" "$result"
		stop
	done <<-'END'
		||refused
		<allow user="*"/>||echo
		<allow user="65534"/>||echo
		<allow user="1"/>||refused
		<allow group="65534"/>||echo
		<allow group="1"/>||refused
		<allow user="*"/><deny group="65534"/>||refused
		<deny user="*"/>|<allow user="65534"/>|echo
		<allow user="*"/>|<deny user="65534"/>|refused
	END
	grep -q 'refused: user 65534 (process [0-9]*) may not connect' "$d/log"
}

@test "not even root may connect to another user's bus" {
	[ "$(id -u)" = 0 ] || skip "needs another user"
	config ''
	chmod 777 "$d"
	as=("${nobody[@]}")
	start --config-file="$d/conf"
	client refused
	"${nobody[@]}" "$bin/connect_test" "$d/bus" echo
	stop
}

# --- the command line ----------------------------------------------------------

@test "a wrong command line is answered as dbus-daemon answers it" {
	same
	same --bogus
	same bogus
	same --help
	same --address
	same --address=
	same --session --system
	same --session --session
	same --system --session
	same --config-file
	same --config-file=a --config-file=b
	same --session --config-file=x
	same --config-file=/nonexistent
	same --config-file /nonexistent
	same --session --print-address=x
	same --session --print-address=-5
	same --session --print-address=3x
	same --session --print-pid=x
	same --session --print-pid=999999999999
	same --session --print-address=5 --print-address=6
	same --session --print-pid=5 --print-pid=6
	same --session --address=unix:tmpdir=/tmp --address=unix:tmpdir=/tmp
	same --session extra
	same --print-address=x
	same --session --sessions
}

@test "a wrong address is answered as dbus-daemon answers it" {
	same --session --address=bogus:
	same --session --address bogus:
	same --nofork --session --address=bogus:
	same --session --address=unix:
	same --session --address=unix:path=/nonexistent/x
	same --session --address=unix:path=/tmp/x,abstract=y
	same --session --address=foo
	same --session --address=unix:path=%zz
	same --session --address=systemd:
	same --session --address=unix:bogus=1
	same --session --address=unix:runtime=no
	same --session --address=unix:runtime=yes
	same --session --address='launchd:;autolaunch:'
}

@test "TCP is refused with the reason" {
	run -1 "$routed" --session --address=tcp:host=localhost
	[[ $output == *"the kernel routes between Unix sockets only"* ]]
}

@test "without the module it says what to do, and leaves nothing behind" {
	[ ! -e /sys/module/dbus ] || skip "the module is here"
	config "<pidfile>$d/pid</pidfile>"
	run -1 "$routed" --config-file="$d/conf"
	[[ $output == *"the kernel has no D-Bus routing (module dbus): run modprobe dbus" ]]
	[ ! -e "$d/bus" ]
	[ ! -e "$d/pid" ]
	run -1 "$routed" --config-file="$d/conf" --fork
	[[ $output == *"run modprobe dbus" ]]
}

@test "--version and --introspect print and exit" {
	run -0 --separate-stderr "$routed" --version
	[[ ${lines[0]} == "D-Bus "*" (dbus-routed) "[0-9]* ]]
	[ "$stderr" = "" ]
	"$routed" --introspect >"$d/xml"
	command -v xmllint >/dev/null &&
		xmllint --noout --nonet "$d/xml" 2>&1 | grep -v 'dtd' || :
	grep -q '<method name="GetConnectionCredentials">' "$d/xml"
	# whatever dbus-daemon says of what we have, we say, too
	run diff <(dbus-daemon --introspect) "$d/xml"
	run ! grep '^>' <<<"$output"
}

# --- addresses ------------------------------------------------------------------

@test "the address is printed with the guid of the bus" {
	config ''
	start --config-file="$d/conf"
	guid=$(sed -n 's/^fake: bus session-[0-9]* //p' "$d/log")
	[[ $guid =~ ^[0-9a-f]{32}$ ]]
	[ "$address" = "unix:path=$d/bus,guid=$guid" ]
	[ "$(stat -c %a "$d/bus")" = 777 ]
	stop
	[ ! -e "$d/bus" ]
}

@test "every form of a Unix address can be listened on" {
	config ''
	while read -r given printed; do
		XDG_RUNTIME_DIR=$d start --config-file="$d/conf" --address="$given"
		[[ $address =~ ^$printed,guid=[0-9a-f]{32}$ ]] ||
			{ echo "$given gives $address" >&2; false; }
		stop
	done <<-END
		unix:path=$d/x	unix:path=$d/x
		unix:path=$d/a%20b	unix:path=$d/a%20b
		unix:dir=$d	unix:path=$d/dbus-[A-Za-z0-9]{10}
		unix:tmpdir=$d	unix:path=$d/dbus-[A-Za-z0-9]{10}
		unix:abstract=$d/abs	unix:abstract=$d/abs
		unix:runtime=yes	unix:path=$d/bus
		bogus:;unix:path=$d/second	unix:path=$d/second
		unix:path=$d/first;unix:path=$d/second	unix:path=$d/first
	END
	[ "$(find "$d" -type s)" = "" ]
}

@test "all <listen> addresses are served" {
	config "<listen>unix:path=$d/other</listen>"
	start --config-file="$d/conf"
	[[ $address == "unix:path=$d/bus,guid="*";unix:path=$d/other,guid="* ]]
	client echo 3
	"$bin/connect_test" "$d/other" echo 3
	stop
}

@test "a socket left over is replaced; one in use, or another file, is not" {
	config ''
	start --config-file="$d/conf"
	run -1 "$bin/dbus-routed-fake" --config-file="$d/conf"
	[[ $output == *"Failed to bind socket \"$d/bus\": Address already in use" ]]
	client echo 1
	kill -9 "$daemon"
	wait "$daemon" || :
	[ -S "$d/bus" ]
	start --config-file="$d/conf"
	client echo 1
	stop
	echo precious >"$d/bus"
	run -1 "$bin/dbus-routed-fake" --config-file="$d/conf"
	[ "$(<"$d/bus")" = precious ]
}

@test "a path that is too long is refused" {
	config ''
	run -1 "$routed" --config-file="$d/conf" \
		--address="unix:path=/tmp/$(printf '%0200d' 0)"
	[[ $output == *"File name too long" ]]
}

# --- the process ----------------------------------------------------------------

@test "--fork returns when the bus can be used" {
	config "<pidfile>$d/pid</pidfile>"
	"$bin/dbus-routed-fake" --config-file="$d/conf" --fork --print-pid=4 \
		4>"$d/printed" 2>"$d/log" 3>&-
	read -r daemon <"$d/printed"
	[ "$(<"$d/pid")" = "$daemon" ]
	client echo 1
	[ "$(readlink "/proc/$daemon/cwd")" = / ]
	[ "$(readlink "/proc/$daemon/fd/2")" = /dev/null ]
	[ "$(ps -o sid= -p "$daemon" | tr -d ' ')" = "$daemon" ]
	kill "$daemon"
	until_true test ! -e "/proc/$daemon"
	daemon=
	[ ! -e "$d/pid" ]
	[ ! -e "$d/bus" ]
}

@test "--fork passes a failure on" {
	config ''
	run -1 "$bin/dbus-routed-fake" --config-file="$d/conf" --fork \
		--address=unix:path=/nonexistent/x
	[[ $output == *'Failed to bind socket "/nonexistent/x"'* ]]
}

@test "a pid file that is there already stops the start; --nopidfile ignores it" {
	config "<pidfile>$d/pid</pidfile>"
	echo 1 >"$d/pid"
	run -1 "$bin/dbus-routed-fake" --config-file="$d/conf"
	[[ $output == *"The pid file \"$d/pid\" exists, if the message bus is not running, remove this file"* ]]
	[ "$(<"$d/pid")" = 1 ]
	[ ! -e "$d/bus" ]
	start --config-file="$d/conf" --nopidfile
	stop
	[ "$(<"$d/pid")" = 1 ]
}

@test "the name of the bus follows from its type, and another is found if it is taken" {
	me=$(id -u)
	config ''
	FAKE_TAKEN=session-$me start --config-file="$d/conf"
	grep -q "^fake: bus session-$me-2 " "$d/log"
	stop
	sed -i 's/session/system/' "$d/conf"
	start --config-file="$d/conf"
	if [ "$me" = 0 ]; then
		grep -q '^fake: bus system ' "$d/log"
	else
		grep -q "^fake: bus system-$me " "$d/log"
	fi
	stop
	sed -i 's/<type>system<.type>//' "$d/conf"
	start --config-file="$d/conf"
	grep -q "^fake: bus bus-$me " "$d/log"
	stop
}

@test "the daemon becomes <user>, with the one right that it needs" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	config '<user>nobody</user>'
	start --config-file="$d/conf"
	grep -q "^fake: bus session-65534 " "$d/log"
	status=$(</proc/$daemon/status)
	[[ $status =~ Uid:$'\t'65534$'\t'65534$'\t'65534$'\t'65534 ]]
	[[ $status =~ CapEff:$'\t'0000000000001000 ]]
	[[ $status =~ CapPrm:$'\t'0000000000001000 ]]
	"${nobody[@]}" "$bin/connect_test" "$d/bus" echo
	stop
}

@test "SIGHUP reads the configuration again; a wrong one changes nothing" {
	[ "$(id -u)" = 0 ] || skip "needs another user"
	config ''
	start --config-file="$d/conf"
	"${nobody[@]}" "$bin/connect_test" "$d/bus" refused
	config '<policy context="default"><allow user="*"/></policy>'
	kill -HUP "$daemon"
	until_true grep -q 'Reloaded configuration' "$d/log"
	"${nobody[@]}" "$bin/connect_test" "$d/bus" echo
	config '<bees/>'
	kill -HUP "$daemon"
	until_true grep -q 'Unable to reload configuration: .*/conf:1: <busconfig>: Element <bees> not allowed' "$d/log"
	"${nobody[@]}" "$bin/connect_test" "$d/bus" echo
	stop
}

# --- the configuration -----------------------------------------------------------

@test "what dbus-daemon's own tests call a wrong configuration is refused in its words" {
	for file in "$data"/invalid-config-files/*.conf; do
		[[ $file != */circular-* ]] || continue
		same --nofork --config-file="$file"
	done
	# it is noticed one file earlier
	for file in "$data"/invalid-config-files/circular-*.conf; do
		run -1 "$routed" --config-file="$file"
		[[ $output =~ "conf:"[0-9]+": <include>: Circular inclusion of file '$file'"$ ]]
	done
}

@test "other mistakes are refused in its words, too" {
	while read -r xml; do
		echo "$xml" >"$d/conf"
		same --nofork --config-file="$d/conf"
	done <<-'END'
		<busconfig><type>x</type></busconfig>
		<busconfig><listen></listen></busconfig>
		<busconfig><fork>x</fork></busconfig>
		<foo/>
		<busconfig><include>nix</include></busconfig>
		<busconfig><listen>unix:bogus=1</listen></busconfig>
		<busconfig><policy><allow user="*"/></policy></busconfig>
		<busconfig><limit name="max_bees">1</limit></busconfig>
		<busconfig>
		<busconfig><policy/></busconfig>
		<busconfig><include selinux_root_relative="maybe">x</include></busconfig>
	END
	: >"$d/conf"
	same --nofork --config-file="$d/conf"
}

@test "what they call a right one is accepted" {
	# only root would become the other users that some of them name
	if [ "$(id -u)" = 0 ]; then
		as=("${nobody[@]}")
		chmod 777 "$d"
	fi
	for file in "$data"/valid-config-files/*.conf \
		"$data"/valid-config-files-system/*.conf \
		/usr/share/dbus-1/session.conf /usr/share/dbus-1/system.conf; do
		# a mechanism that is not offered is another matter
		case $file in *-sha1.conf) continue ;; esac
		start --config-file="$file" --address="unix:path=$d/bus" \
			--nopidfile || { echo "$file" >&2; false; }
		"${as[@]}" "$bin/connect_test" "$d/bus" echo
		stop
	done
}

@test "included files count, in their order, and a missing one may be missing" {
	mkdir "$d/conf.d"
	echo '<busconfig><type>system</type></busconfig>' >"$d/conf.d/20.conf"
	echo '<busconfig><type>session</type></busconfig>' >"$d/conf.d/30.conf"
	echo '<busconfig><type>none</type></busconfig>' >"$d/conf.d/40.txt"
	echo "<busconfig><listen>unix:path=$d/inc</listen></busconfig>" >"$d/inc.conf"
	echo '<busconfig><include>inc.conf</include><includedir>conf.d</includedir>
		<include ignore_missing="yes">nix.conf</include>
		<includedir>nix.d</includedir></busconfig>' >"$d/conf"
	start --config-file="$d/conf"
	[[ $address == "unix:path=$d/inc,"* ]]
	grep -q "^fake: bus session-" "$d/log"
	stop
}

@test "a mistake is told with the file, the line and the element that it is in" {
	mkdir "$d/conf.d"
	printf '<busconfig>\n<policy context="default">\n<allow own="*"\n send_type="signal"/></policy></busconfig>\n' \
		>"$d/conf.d/a.conf"
	config '<includedir>conf.d</includedir>'
	run -1 "$routed" --config-file="$d/conf"
	[[ $output == *": $d/conf.d/a.conf:4: <allow>: Invalid combination of attributes on element <allow>: own, "* ]] ||
	[[ $output == *": $d/conf.d/a.conf:3: <allow>: Invalid combination of attributes on element <allow>: own, "* ]]
	config '
	<limit name="max_message_size">many</limit>'
	run -1 "$routed" --config-file="$d/conf"
	[[ $output == *": $d/conf:2: <limit>: <limit name=\"max_message_size\"> element has invalid value"* ]]
}

@test "a configuration that requires AppArmor's mediation is refused" {
	config '<apparmor mode="enabled"/>'
	start --config-file="$d/conf"
	stop
	config '<apparmor mode="required"/>'
	run -1 "$routed" --config-file="$d/conf"
	[[ $output == *": <apparmor>: AppArmor mediation is required"* ]]
}

@test "rules are numbered in the order in which they override each other" {
	export FAKE_POLICY=1
	config '
	<policy context="mandatory"><deny own="a.M"/></policy>
	<policy user="7"><allow own_prefix="a.U"/></policy>
	<policy group="9"><allow send_interface="a.G9" eavesdrop="true"/></policy>
	<policy group="8"><deny receive_sender="a.G8" receive_type="signal"/></policy>
	<policy user="there-is-none"><allow own="*"/></policy>
	<policy at_console="true"><allow send_path="/c" min_fds="1" max_fds="3"/></policy>
	<policy context="default"><allow own="*"/>
	<deny send_destination_prefix="a.D" send_broadcast="false" log="true"
		send_requested_reply="true"/><allow eavesdrop="true"/>
	<allow send_error="*" send_type="*"/></policy>'
	start --config-file="$d/conf"
	stop
	grep -q 'unknown user "there-is-none"' "$d/log"
	diff - <(grep '^rule' "$d/log") <<-'END'
		rule 1: subject 0 0 kind 0 flags 0x1 at conf:8
		rule 2: subject 0 0 kind 1 flags 0x6a name=a.D at conf:9
		rule 3: subject 0 0 kind 2 flags 0xd at conf:10
		rule 4: subject 0 0 kind 1 flags 0x9 at conf:11
		rule 5: subject 2 8 kind 2 flags 0x0 type=4 name=a.G8 at conf:5
		rule 6: subject 2 9 kind 1 flags 0xd interface=a.G9 at conf:4
		rule 7: subject 1 7 kind 0 flags 0x3 name=a.U at conf:3
		rule 8: subject 3 0 kind 1 flags 0x9 path=/c fds=1-3 at conf:7
		rule 9: subject 5 0 kind 0 flags 0x0 name=a.M at conf:2
	END
}

@test "a policy that the kernel refuses ends the start, and changes nothing later" {
	config '<policy context="default"><allow own="com.example.Refuse"/></policy>'
	FAKE_POLICY=1 run -1 "$bin/dbus-routed-fake" --config-file="$d/conf"
	[[ $output == *"Failed to start message bus: loading: refused"* ]]
	config ''
	export FAKE_POLICY=1
	start --config-file="$d/conf"
	config '<auth>EXTERNAL</auth><policy context="default"><allow own="com.example.Refuse"/></policy>'
	kill -HUP "$daemon"
	until_true grep -q 'Unable to reload configuration: loading: refused' "$d/log"
	stop
}

# --- services ----------------------------------------------------------------------

# service NAME EXEC [LINE]: a service file in $d/services
service() {
	mkdir -p "$d/services"
	printf '[D-BUS Service]\nName=%s\nExec=%s\n%s\n' "$1" "$2" "${3-}" \
		>"$d/services/$1.service"
}

# The daemon finds a service that an earlier one was to start.
start_waiting() {
	FAKE_STARTING=$1 start --config-file="$d/conf" "${@:2}"
}

logged() {
	grep -qF -- "$1" "$d/log"
}

@test "the first of the directories that has a file for a name decides" {
	mkdir -p "$d"/{home,a,b}/dbus-1/services "$d/own"
	for dir in "$d"/{home,a,b}/dbus-1/services "$d/own"; do
		printf '[D-BUS Service]\nName=org.test.A\nExec=/bin/touch %s/ran\n' \
			"$dir" >"$dir/any.service"
	done
	rm "$d/home/dbus-1/services/any.service"
	config "<standard_session_servicedirs/><servicedir>own</servicedir>"
	export XDG_DATA_HOME=$d/home XDG_DATA_DIRS=$d/a:$d/b
	start_waiting org.test.A
	until_true test -e "$d/a/dbus-1/services/ran"
	[ "$(grep -c "^fake: service org.test.A, 512 may wait" "$d/log")" = 1 ]
	stop
	config "<servicedir>own</servicedir><standard_session_servicedirs/>
		<limit name='max_pending_service_starts'>7</limit>"
	start_waiting org.test.A
	until_true test -e "$d/own/ran"
	logged "fake: service org.test.A, 7 may wait"
	stop
}

@test "files among transient services must have the name of their service" {
	mkdir -p "$d/run/dbus-1/services"
	cd "$d/run/dbus-1/services"
	printf '[D-BUS Service]\nName=org.test.Good\nExec=/x\n' >org.test.Good.service
	printf '[D-BUS Service]\nName=org.test.Bad\nExec=/x\n' >other.service
	config "<standard_session_servicedirs/>"
	export XDG_RUNTIME_DIR=$d/run XDG_DATA_HOME=/x XDG_DATA_DIRS=/x
	start --config-file="$d/conf"
	logged "fake: service org.test.Good,"
	logged 'should have been named "org.test.Bad.service": not loading it'
	run ! grep "fake: service org.test.Bad" "$d/log"
	stop
}

@test "a command line is taken apart as by a shell" {
	service org.test.A "/bin/sh -c 'printf \"<%s>\" \"\$@\" >$d/out.new; mv $d/out.new $d/out' sh  a\\ b  \"c \\\"d\\\" \\\\e\" f'g h'i '' #no"
	sed -i 's/\\/\\\\/g' "$d/services/org.test.A.service"
	config "<servicedir>services</servicedir>"
	start_waiting org.test.A
	until_true test -e "$d/out"
	[ "$(<"$d/out")" = '<a b><c "d" \e><fg hi><>' ]
	stop
}

@test "why a service did not start is told in dbus-daemon's words" {
	service org.test.A /nowhere/x
	config "<servicedir>services</servicedir>"
	error="fake: org.test.A failed: org.freedesktop.DBus.Error"
	start_waiting org.test.A
	logged "$error.Spawn.ExecFailed: Failed to execute program org.test.A: No such file or directory"
	stop
	service org.test.A "/bin/sh -c 'exit 4'"
	start_waiting org.test.A
	until_true logged "$error.Spawn.ChildExited: Process org.test.A exited with status 4"
	stop
	service org.test.A "/bin/sh -c 'kill -9 \$\$'"
	start_waiting org.test.A
	until_true logged "$error.Spawn.ChildSignaled: Process org.test.A received signal 9"
	stop
	service org.test.A "/bin/sh 'x"
	start_waiting org.test.A
	logged "$error.InvalidArgs: Unclosed quotes in command line"
	stop
	start_waiting org.test.B
	logged "fake: org.test.B failed: org.freedesktop.DBus.Error.ServiceUnknown: The name org.test.B was not provided by any .service files"
	stop
}

@test "the daemon has all descriptors that it may have, a service as many as it had" {
	limits() {
		prlimit --pid "$1" --nofile --noheadings --raw -o SOFT,HARD
	}
	service org.test.A "/bin/sh -c 'echo \$\$ >$d/new; mv $d/new $d/pid; exec sleep 100'"
	config "<servicedir>services</servicedir>"
	as=(prlimit --nofile=100:200)
	start_waiting org.test.A
	until_true test -e "$d/pid"
	[ "$(limits "$(<"$d/pid")")" = "100 200" ]
	kill "$(<"$d/pid")"
	# nobody but root can raise the hard limit
	most=200
	! prlimit --nofile=100:200 prlimit --nofile=65536:65536 true || most=65536
	[ "$(limits "$daemon")" = "$most $most" ]
	stop
}

@test "a service that takes too long is given up and killed" {
	service org.test.A "/bin/sh -c 'echo \$\$ >$d/pid; exec sleep 100'"
	config "<servicedir>services</servicedir><limit name='service_start_timeout'>500</limit>"
	start_waiting org.test.A
	until_true logged "fake: org.test.A failed: org.freedesktop.DBus.Error.TimedOut: Failed to activate service 'org.test.A': timed out (service_start_timeout=500ms)"
	gone() {
		! kill -0 "$(<"$d/pid")" 2>/dev/null
	}
	until_true gone
	stop
}

@test "a helper starts the services of a system bus, and its status says what is wrong" {
	printf '#!/bin/sh\necho "helper $*" >%s/out\nexit $(cat %s/status)\n' \
		"$d" "$d" >"$d/helper"
	chmod 755 "$d/helper"
	config "<servicedir>services</servicedir><servicehelper>$d/helper</servicehelper>"
	error="fake: org.test.A failed: org.freedesktop.DBus.Error.Spawn"
	service org.test.A /bin/true
	start_waiting org.test.A
	logged "$error.FileInvalid: Cannot do system-bus activation with no user"
	stop
	service org.test.A /bin/true User=nobody
	echo 9 >"$d/status"
	start_waiting org.test.A
	until_true logged "$error.ExecFailed: Cannot launch daemon, file not found or permissions invalid"
	[ "$(<"$d/out")" = "helper org.test.A" ]
	stop
	echo 6 >"$d/status"
	start_waiting org.test.A
	until_true logged "$error.ServiceNotFound: Bus name not found in system service directory"
	stop
	echo 77 >"$d/status"
	start_waiting org.test.A
	until_true logged "$error.ChildExited: Launch helper exited with unknown return code 77"
	stop
}

@test "services are read again on SIGHUP, and when a file changes" {
	service org.test.A /bin/true
	config "<servicedir>services</servicedir>"
	start --config-file="$d/conf"
	logged "fake: service org.test.A,"
	service org.test.B /bin/true
	until_true logged "fake: service org.test.B,"
	ln -s "$d/elsewhere" "$d/services/org.test.C.service"
	printf '[D-BUS Service]\nName=org.test.C\nExec=/x\n' >"$d/elsewhere"
	mkdir "$d/more"
	printf '[D-BUS Service]\nName=org.test.D\nExec=/x\n' >"$d/more/d.service"
	config "<servicedir>services</servicedir><servicedir>more</servicedir>"
	kill -HUP "$daemon"
	until_true logged "fake: service org.test.D,"
	logged "fake: service org.test.C,"
	rm "$d/services/org.test.A.service"
	until_true logged "fake: no service org.test.A"
	stop
}

# --- the driver --------------------------------------------------------------------

@test "calls to org.freedesktop.DBus are answered as dbus-daemon answers them" {
	run -0 --separate-stderr "$bin/driver_test"
	[[ $output =~ ^[0-9]+\ calls$ ]]
}

# --- the environment of services ----------------------------------------------------

# env_file COMMAND [ARG...]: in $d/kept; what it logs is part of what it says
env_file() {
	"$bin/environment_test" "$1" "$d/kept" "${@:2}" 2>&1
}

# kept [TURN]: the file of the driver whose turn it was
kept() {
	echo "$d/kept/0123456789abcdef0123456789abcdef.${1-1}.environment"
}

@test "the environment of services is found again as it was set" {
	umask 0
	[ "$(env_file read)" = LANG=older ]
	[ ! -e "$d/kept" ]
	env_file write A 1 EMPTY '' LINES $'x\ny=z' A 2
	[ "$(stat -c '%a %n' "$d"/kept "$d"/kept/*)" = "700 $d/kept"$'\n'"600 $(kept)" ]
	[ "$(env_file read)" = $'LANG=older\nA=2\nEMPTY=\nLINES=x\ny=z' ]
	# the third daemon has the first one's, too
	env_file more 12 LANG newer EMPTY full
	[ "$(env_file read)" = $'LANG=newer\nA=2\nEMPTY=full\nLINES=x\ny=z' ]
	# and the last one has it alone
	[ "$(ls -d "$d"/kept/*)" = "$(kept 12)" ]
	env_file remove
	[ -d "$d/kept" ]
	[ -z "$(ls -A "$d/kept")" ]
	env_file large $((8 << 20))
	[ "$(stat -c %s "$(kept)")" = $(((8 << 20) + 5 + 8)) ]
}

@test "what a killed daemon has not finished writing is not read, and in nobody's way" {
	env_file write A 1
	printf 'A=half' >"$(kept).new"
	chmod 0 "$(kept).new"
	[ "$(env_file read)" = $'LANG=older\nA=1' ]
	ln -sf "$d/precious" "$(kept).new"
	cp -P "$(kept).new" "$(kept 2).new"
	env_file more 2 B 2
	[ ! -e "$d/precious" ]
	[ "$(ls -d "$d"/kept/*)" = "$(kept 2)" ]
	[ "$(env_file read)" = $'LANG=older\nA=1\nB=2' ]
	: >"$(kept 7).new"
	: >"$d/kept/another.1.environment"
	env_file remove
	[ "$(ls "$d/kept")" = another.1.environment ]
}

@test "the environment of services is that of the latest driver, however late others write" {
	env_file write A old B 1
	env_file late A late
	[ "$(env_file read)" = $'LANG=older\nA=new\nB=1' ]
	[ -e "$(kept 1)" ]
	# who is driver again finds what was set between
	env_file remove
	[ "$(env_file again A old C 3)" = $'LANG=older\nA=new\nC=3' ]
	env_file remove
	# by number, and no other name counts
	env_file write A one
	env_file more 9 A nine
	env_file more 10 A ten
	cp "$(kept 10)" "$(kept 9)"
	sed -i s/ten/nine/ "$(kept 9)"
	cp "$(kept 9)" "$(kept 011)"
	cp "$(kept 9)" "$(kept 11)~"
	cp "$(kept 9)" "$(kept -1)"
	cp "$(kept 9)" "$(kept 1000)"
	cp "$(kept 9)" "$(kept 4294967307)"
	[ "$(env_file read)" = $'LANG=older\nA=ten' ]
}

@test "damaged variables are told with their place and left out, the others set" {
	env_file write A 1
	printf 'A=1\0nonsense\0=x\0\0B=2\0C=3' >"$(kept)"
	run -0 env_file read
	left="$(kept): the variable at offset"
	for at in "4 is left out: it is not NAME=VALUE" \
		"13 is left out: it is not NAME=VALUE" \
		"16 is left out: it is not NAME=VALUE" \
		"21 is left out: it has no end"; do
		[[ $output == *"$left $at"* ]]
	done
	[ "$(grep -c 'left out' <<<"$output")" = 4 ]
	[ "$(grep -v 'left out' <<<"$output")" = $'LANG=older\nA=1\nB=2' ]
	# however much there is of it
	head -c 1000000 /dev/zero >"$(kept)"
	run -0 env_file read
	[ "${#lines[@]}" -lt 20 ]
	[[ $output == *LANG=older ]]
	: >"$(kept)"
	[ "$(env_file read)" = LANG=older ]
}

@test "a file that others could have made is not read, and not followed" {
	refused() {
		run -0 env_file read
		[[ $output == *"${1-$(kept)} is left alone: it is no plain one"*$'\n'LANG=older ]]
	}
	env_file write A 1
	chmod 620 "$(kept)"
	refused
	chmod 602 "$(kept)"
	refused
	chmod 600 "$(kept)"
	chmod 770 "$d/kept"
	refused "$d/kept/"
	# neither is it written there
	[[ $(env_file more 2 B 2) == *"is not kept for the next daemon: $d/kept: Operation not permitted"* ]]
	chmod 700 "$d/kept"
	[ "$(env_file read)" = $'LANG=older\nA=1' ]
	if [ "$(id -u)" = 0 ]; then
		chown 65534 "$(kept)"
		refused
		chown 0 "$(kept)"
		chown 65534 "$d/kept"
		refused "$d/kept/"
		chown 0 "$d/kept"
	fi
	mv "$(kept)" "$d/elsewhere"
	ln -s "$d/elsewhere" "$(kept)"
	refused
	rm "$(kept)"
	mkfifo "$(kept)"
	refused
	rm "$(kept)"
	mkdir "$(kept)"
	refused
	rm -r "$d/kept"
	mkdir -m 700 "$d/other"
	ln -s other "$d/kept"
	[[ $(env_file write A 1) == *"is not kept for the next daemon: $d/kept: Not a directory"* ]]
	[ -z "$(ls -A "$d/other")" ]
}

@test "who has no place to keep the environment is told so once, and lives on" {
	run -0 "$bin/environment_test" twice -
	[ "$(grep -c 'is not kept for the next daemon: XDG_RUNTIME_DIR names no directory' <<<"$output")" = 1 ]
	run -0 "$bin/environment_test" twice "$d/no/where"
	[ "$(grep -c "is not kept for the next daemon: $d/no/where: No such file or directory" <<<"$output")" = 1 ]
	[[ $output == *unwritten ]]
	[ "$(env_file twice)" = written ]
	[ "$(env_file read)" = $'LANG=older\nA=2' ]
	# where it is
	as=()
	[ "$(id -u)" != 0 ] || as=("${nobody[@]}")
	[ "$("${as[@]}" "$bin/environment_test" where)" = nowhere ]
	[ "$(XDG_RUNTIME_DIR=x "${as[@]}" "$bin/environment_test" where)" = nowhere ]
	[ "$(XDG_RUNTIME_DIR=/x "${as[@]}" "$bin/environment_test" where)" = /x/dbus-routed ]
	[ "$(id -u)" != 0 ] || [ "$("$bin/environment_test" where)" = /run/dbus-routed ]
}

@test "the manual page has no mistakes and names every option" {
	mandoc -T lint -W warning tools/dbus-routed/dbus-routed.1 >"$d/lint" || :
	run ! grep -v 'missing date' "$d/lint"
	page=$(MANWIDTH=80 man -l tools/dbus-routed/dbus-routed.1 | col -bx)
	for option in $("$routed" --help 2>&1 | grep -oE -- '--[a-z-]+'); do
		[[ $page == *"$option"* ]] || { echo "$option" >&2; false; }
	done
}
