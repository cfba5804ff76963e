# SPDX-License-Identifier: GPL-2.0-or-later
#
# dbus-routed with the kernel's routing, in the place of dbus-daemon, and the
# clients of three libraries, none of them changed.

bats_require_minimum_version 1.5.0

bin=$(realpath "$BATS_TEST_DIRNAME/../../build/tests/routed")
driver=org.freedesktop.DBus

setup_file() {
	dbus-uuidgen --get >/dev/null 2>&1 || {
		rm -f /etc/machine-id /var/lib/dbus/machine-id
		dbus-uuidgen --ensure=/etc/machine-id
	}
}

setup() {
	modprobe dbus
	d=$(mktemp -d /tmp/routed.XXXXXX)
	chmod 777 "$d"
	daemon=
	as=()
}

teardown() {
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null || :
	jobs -p | xargs -r kill 2>/dev/null || :
	while read -r bus; do
		dbusctl bus del "$bus"
	done < <(buses)
	rm -rf "$d"
}

user=(setpriv --reuid user --regid user --init-groups --)

buses() {
	dbusctl -j bus show | jq -r '.[].bus'
}

# start OPTION...: $address, $daemon
start() {
	mkfifo -m 666 "$d/address"
	"${as[@]}" dbus-routed --nofork --print-address=4 "$@" \
		4>"$d/address" 2>>"$d/log" 3>&- &
	daemon=$!
	read -r -t 60 address <"$d/address" || { cat "$d/log" >&2; return 1; }
	rm "$d/address"
	export DBUS_SESSION_BUS_ADDRESS=$address
}

no_bus() {
	[ "$(buses)" = "" ]
}

stop() {
	kill "$daemon"
	wait "$daemon"
	daemon=
	no_bus
}

until_true() {
	local end=$((SECONDS + 60))

	until "$@"; do
		((SECONDS < end)) || return 1
	done
}

# call MEMBER ARGUMENT...: of the bus itself, by libdbus
call() {
	local member=$1

	shift
	"${as[@]}" dbus-send --bus="$address" --print-reply=literal \
		--dest=$driver /org/freedesktop/DBus "$driver.$member" "$@"
}

owned() {
	[[ $(call NameHasOwner "string:$1") == *true ]]
}

free() {
	[[ $(call NameHasOwner "string:$1") == *false ]]
}

# credentials NAME: what GetConnectionCredentials tells GDBus
credentials() {
	"${as[@]}" gdbus call --session -d $driver -o / \
		-m $driver.GetConnectionCredentials "$1"
}

# A client with a name, $echo its process, run as "${as[@]}".
start_echo() {
	"${as[@]}" dbus-test-tool echo --session --name="$1" 3>&- 2>>"$d/log" &
	echo=$!
	until_true owned "$1"
}

session() {
	timeout 100 "${user[@]}" dbus-run-session \
		--dbus-daemon="$(command -v dbus-routed)" -- "$@"
}

@test "dbus-run-session gives a session of one's own, and nothing remains of it" {
	run -0 --separate-stderr session sh -c '
		echo "$DBUS_SESSION_BUS_ADDRESS"
		dbus-send --session --print-reply=literal \
			--dest=org.freedesktop.DBus / \
			org.freedesktop.DBus.ListNames
		dbusctl -j bus show'
	[[ ${lines[0]} =~ ^unix:path=/tmp/dbus-[A-Za-z0-9]{10},guid=[0-9a-f]{32}$ ]]
	[[ $output == *" org.freedesktop.DBus "*'"session-1000"'* ]]
	path=${lines[0]#unix:path=}
	until_true test ! -e "${path%,*}"
	until_true no_bus
	[[ -z $stderr ]]
}

@test "libdbus, GDBus and sd-bus are answered by the daemon alike" {
	machine=$(dbus-uuidgen --get)
	run -0 --separate-stderr session bash -c '
		dbus-send --session --print-reply=literal \
			--dest=org.freedesktop.DBus /x \
			org.freedesktop.DBus.Peer.GetMachineId | xargs
		gdbus call --session -d org.freedesktop.DBus -o /x \
			-m org.freedesktop.DBus.Peer.GetMachineId
		busctl --address="$DBUS_SESSION_BUS_ADDRESS" call \
			org.freedesktop.DBus /x org.freedesktop.DBus.Peer \
			GetMachineId'
	[ "${lines[0]}" = "$machine" ]
	[ "${lines[1]}" = "('$machine',)" ]
	[ "${lines[2]}" = "s \"$machine\"" ]
}

@test "the bus introspects itself to GDBus and to sd-bus" {
	start --session --address="unix:path=$d/bus"
	run -0 gdbus introspect --session -d $driver -o /org/freedesktop/DBus
	[[ $output == *"GetConnectionCredentials(in  s arg_0,"* ]]
	[[ $output == *"signals:"*"NameOwnerChanged("* ]]
	[[ $output == *"readonly as Features = ['ActivatableServicesChanged', 'HeaderFiltering'];"* ]]
	run -0 gdbus introspect --session -d $driver -o / -r
	[[ $output == *"node /org/freedesktop/DBus {"* ]]
	run -0 busctl --address="$address" introspect $driver \
		/org/freedesktop/DBus
	[[ $output =~ \.GetConnectionCredentials\ +method\ +s\ +a\{sv\} ]]
	[[ $output =~ \.Interfaces\ +property\ +as\ +2\ \"org\.freedesktop\.DBus\.Monitoring\"\ \"org\.freedesktop\.DBus\.Debug\.Stats\"\ +const ]]
	stop
}

@test "credentials are those of the process that connected" {
	as=("${user[@]}")
	start --session --address="unix:path=$d/bus"
	start_echo com.example.Echo
	groups=$("${user[@]}" id -G | tr ' ' '\n' | sort -n | paste -sd, |
		sed 's/,/, /g')
	for name in com.example.Echo \
		"$(call GetNameOwner string:com.example.Echo | tr -d ' ')"; do
		run -0 credentials "$name"
		[[ $output == *"'UnixUserID': <uint32 1000>"* ]]
		[[ $output == *"'ProcessID': <uint32 $echo>"* ]]
		[[ $output == *"'UnixGroupIDs': <[uint32 $groups]>"* ]]
	done
	run -0 credentials $driver
	[[ $output == *"'ProcessID': <uint32 $daemon>"* ]]
	kill "$echo"
	wait "$echo" || :
	until_true free com.example.Echo
	run -1 credentials com.example.Echo
	[[ $output == *"NameHasNoOwner: Could not get credentials of name 'com.example.Echo': no such name"* ]]
	stop
}

@test "every call of the driver's is answered as dbus-daemon answers it" {
	ask() {
		while read -r member args; do
			# shellcheck disable=SC2086
			timeout 10 dbus-send --bus="$1" --print-reply \
				--dest=$driver /org/freedesktop/DBus "$driver.$member" $args 2>&1 |
				sed '/^$/d; s/^method return .*/return/'
		done <<-'END'
			ListActivatableNames string:x
			UpdateActivationEnvironment string:x
			UpdateActivationEnvironment dict:string:string:A,b
			StartServiceByName string:no.such.Name uint32:0
			StartServiceByName string:no.such.Name
			GetConnectionCredentials string:no.such.Name
			GetConnectionCredentials string::1.4711
			GetAdtAuditSessionData string::1.4711
			GetAdtAuditSessionData string:org.freedesktop.DBus
			GetConnectionSELinuxSecurityContext string:org.freedesktop.DBus
			GetConnectionSELinuxSecurityContext string:x.y
			ReloadConfig
			Peer.GetMachineId
			Peer.Bogus
			Bogus
			Bogus.Bogus
			Properties.Get string:org.freedesktop.DBus string:Bogus
			Properties.Get string:org.bogus string:Features
			Properties.Set string:org.freedesktop.DBus string:Features variant:string:x
			Properties.GetAll string:org.freedesktop.DBus.Peer
			Introspectable.Introspect string:x
		END
	}
	# without a policy, dbus-daemon would not even let its own answers pass
	printf '<busconfig><listen>unix:dir=%s</listen><policy context="default">
		<allow send_destination="*"/><allow receive_sender="*"/>
		</policy></busconfig>' "$d" >"$d/conf"
	start --config-file="$d/conf"
	ask "$address" >"$d/ours"
	stop
	mkfifo "$d/address"
	dbus-daemon --config-file="$d/conf" --nofork --print-address=4 \
		4>"$d/address" 2>/dev/null 3>&- &
	daemon=$!
	read -r -t 20 address <"$d/address"
	ask "$address" >"$d/theirs"
	kill "$daemon"
	daemon=
	diff "$d/theirs" "$d/ours"
	[ "$(wc -l <"$d/ours")" -gt 21 ]
}

@test "200 clients at once are let in, each with a name of its own" {
	start --session --address="unix:path=$d/bus"
	run -0 timeout 100 "$bin/connect_test" "$d/bus" hello 200
	[ "$output" = "200 clients" ]
	# and nothing of them remains but the daemon
	one_peer() {
		[ "$(dbusctl -j peer show | jq length)" = 1 ]
	}
	until_true one_peer
	stop
}

@test "nonsense in the handshake does not get into the kernel" {
	start --session --address="unix:path=$d/bus"
	ever=$(dbusctl -j stats show | jq '.[0].peers_ever // empty')
	timeout 100 "$bin/connect_test" "$d/bus" garbage 300
	[ "$(dbusctl -j peer show | jq length)" = 1 ]
	[ "$(dbusctl -j stats show | jq '.[0].peers_ever // empty')" = "$ever" ]
	call ListNames
	stop
}

@test "SIGTERM removes the bus and its socket, and disconnects everybody" {
	as=("${user[@]}")
	start --session --address="unix:path=$d/bus"
	start_echo com.example.Echo
	tap=$(dbusctl -j bus show | jq -r '.[0].tap')
	[ -e "/sys/class/net/$tap" ]
	stop
	wait "$echo" || :
	[ ! -e "$d/bus" ]
	[ ! -e "/sys/class/net/$tap" ]
}

@test "a second bus of the same user gets a name of its own" {
	as=("${user[@]}")
	start --session --address="unix:path=$d/bus"
	first=$daemon
	start --session --address="unix:path=$d/bus2"
	[ "$(buses | sort | xargs)" = "session-1000 session-1000-2" ]
	kill "$first"
	wait "$first"
	[ "$(buses)" = session-1000-2 ]
	stop
}

@test "a daemon that is killed leaves a bus that goes on, and another can start" {
	start --session --address="unix:path=$d/bus"
	coproc client { timeout 100 "$bin/connect_test" "$d/bus" stay; }
	read -r -t 60 line <&"${client[0]}"
	[ "$line" = ready ]
	kill -9 "$daemon"
	wait "$daemon" || :
	echo >&"${client[1]}"
	read -r -t 60 line <&"${client[0]}"
	[ "$line" = answered ]
	[ "$(buses)" = session-0 ]
	# one that listens elsewhere makes a bus of its own
	start --session --address="unix:path=$d/other"
	[ "$(buses | sort | xargs)" = "session-0 session-0-2" ]
	call ListNames
	dbusctl bus del session-0
	stop
}

@test "calls wait for a daemon that is stopped, and are answered when it goes on" {
	start --session --address="unix:path=$d/bus"
	start_echo com.example.Echo
	kill -STOP "$daemon"
	# the kernel's own calls and the clients' go on: this client was let in
	timeout 100 "$bin/connect_test" "$d/bus" hello 1 3>&- &
	client=$!
	kill -CONT "$daemon"
	wait "$client"
	[[ $(call ListActivatableNames) == *org.freedesktop.DBus* ]]
	stop
}

@test "a bus that is removed by somebody else ends its daemon, which says so" {
	start --session --address="unix:path=$d/bus"
	dbusctl bus del session-0
	status=0
	wait "$daemon" || status=$?
	[ "$status" = 1 ]
	daemon=
	grep -q 'leaving the bus session-0: ' "$d/log"
	[ ! -e "$d/bus" ]
}

@test "a driver connection that is lost is made again" {
	start --session --address="unix:path=$d/bus"
	start_echo com.example.Echo	# an empty bus would go with its driver
	id=$(dbusctl -j peer show | jq -r '.[] | select(.state == "driver") | .peer')
	dbusctl peer del session-0 "$id"
	[[ $(call ListActivatableNames) == *org.freedesktop.DBus* ]]
	grep -q 'lost the connection to the bus session-0' "$d/log"
	stop
}

@test "a system bus under another user lets everybody in" {
	printf '<busconfig><type>system</type><user>messagebus</user>
		<listen>unix:path=%s/bus</listen><policy context="default">
		<allow user="*"/><allow send_destination="*"/><allow receive_sender="*"/>
		</policy></busconfig>' "$d" >"$d/conf"
	start --config-file="$d/conf"
	[ "$(buses)" = system ]
	[ "$(ps -o user= -p "$daemon")" = messagebus ]
	call ListNames
	as=("${user[@]}")
	"${as[@]}" dbus-send --bus="$address" --print-reply --dest=$driver / \
		$driver.ListActivatableNames
	run -1 "${as[@]}" dbus-send --bus="$address" --print-reply \
		--dest=$driver /org/freedesktop/DBus \
		$driver.UpdateActivationEnvironment dict:string:string:
	[[ $output == *"AccessDenied: rejected attempt to call UpdateActivationEnvironment by connection :1."*" with uid 1000" ]]
	stop
}

@test "a user who may not make a bus is told what is missing" {
	echo N >/sys/module/dbus/parameters/user_buses
	run -1 "${user[@]}" dbus-routed --session --address="unix:dir=$d"
	echo Y >/sys/module/dbus/parameters/user_buses
	[[ $output == *"user_buses is off"* ]]
	[ "$(find "$d" -type s)" = "" ]
}

@test "without the module it says what to do" {
	rmmod dbus
	loader=$(</proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	run -1 dbus-routed --session --address="unix:dir=$d"
	echo "$loader" >/proc/sys/kernel/modprobe
	modprobe dbus
	[[ $output == *"run modprobe dbus" ]]
}

@test "a socket of the service manager's is taken, and it is told when we are ready" {
	socat -u "UNIX-RECV:$d/notify" "CREATE:$d/told" 3>&- &
	until_true test -S "$d/notify"
	NOTIFY_SOCKET=$d/notify systemd-socket-activate \
		-l "$d/bus" -E NOTIFY_SOCKET \
		dbus-routed --session --address=systemd: --nofork --nopidfile \
		--systemd-activation --print-address 3>&- >"$d/out" 2>>"$d/log" &
	daemon=$!
	until_true test -S "$d/bus"
	address=unix:path=$d/bus
	[[ $(call ListActivatableNames) == *org.freedesktop.DBus* ]]
	grep -q "^unix:path=$d/bus,guid=" "$d/out"
	until_true grep -q READY=1 "$d/told"
	kill -HUP "$daemon"
	until_true grep -q RELOADING=1 "$d/told"
	kill "$daemon"
	until_true grep -q STOPPING=1 "$d/told"
	wait "$daemon" || :
	daemon=
	[ -S "$d/bus" ]
}
