# SPDX-License-Identifier: GPL-2.0-or-later
#
# Taps made of TUN devices, in a network namespace of the test's own, and tcpdump
# on them with our libpcap. $T is a folder for files.

# A network namespace, held by a process that waits for its end.
enter_namespace() {
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there or not writable"
	local flags=-n
	[ "$(id -u)" = 0 ] || flags=-rn
	coproc HOLDER { exec unshare $flags sh -c 'echo ready; exec cat' 3>&-; }
	exec {release}>&"${HOLDER[1]}"
	holder=$HOLDER_PID
	read -r -t 10 <&"${HOLDER[0]}"
}

leave_namespace() {
	[ -z "${tcpdump-}" ] || kill -KILL "$tcpdump" 2>/dev/null || true
	[ -z "${release-}" ] || exec {release}>&-
}

# Become a command in the namespace, with our library.
enter() {
	local enter=(-n)
	[ "$(id -u)" = 0 ] || enter=(-U --preserve-credentials -n)
	exec nsenter -t "$holder" "${enter[@]}" \
		env LD_LIBRARY_PATH="$PWD/build/libpcap/lib" "$@"
}

ns() {
	(enter timeout 60 "$@")
}

rig() {
	ns build/tests/pcap/tap-rig "$@" || {
		[ $? != 77 ] || skip "no contiguous memory for a TUN packet"
		return 1
	}
}

# Start tcpdump, Debian's or $TAP_TCPDUMP, and wait until it captures; what it
# says afterwards is to be read from $messages.
start_tcpdump() {
	local line
	rm -f "$T/messages"
	mkfifo "$T/messages"
	(enter "${TAP_TCPDUMP-tcpdump}" -Z root -i dbus0 "$@" >"$T/messages" 2>&1 3>&-) &
	tcpdump=$!
	exec {messages}<"$T/messages"
	while read -r -t 20 line <&"$messages"; do
		[[ $line != *"listening on"* ]] || return 0
		echo "$line"
	done
	return 1
}

# Its last words
finish() {
	timeout 60 cat <&"$messages"
	wait "$tcpdump" || true
	tcpdump=
}
