#compdef dbusdump
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion of dbusdump(1)

_dbusdump_devices() {
	local -a devices

	devices=(system session ${(f)"$(dbusdump -D 2>/dev/null |
		sed 's/^[0-9]*\.//; s/ .*//')"})
	compadd -a devices
}

_dbusdump_rule() {
	local -a keys

	compset -P '*,'
	if compset -P 'type='; then
		compadd method_call method_return error signal
	elif compset -P 'verdict='; then
		compadd delivered queued denied undelivered invalid
	elif compset -P '*='; then
		_message value
	else
		keys=(type sender destination interface member path
			path_namespace arg0 arg0path arg0namespace pid uid comm
			bus verdict error)
		compadd -S = -a keys
	fi
}

_dbusdump_fields() {
	_values -s , field time bus type sender sender_names destination \
		destination_names path interface member error_name signature \
		serial reply_serial elapsed verdict reason pid uid comm length \
		args
}

_arguments -s \
	'(-i --interface)'{-i+,--interface=}'[capture on, or be a monitor of]:device:_dbusdump_devices' \
	'--bus=[observe a bus meanwhile, and show it alone]:bus:(system session)' \
	'-r+[read a file]:file:_files' \
	'(-D --list-interfaces)'{-D,--list-interfaces}'[list the tap devices]' \
	'(-L --list-data-link-types)'{-L,--list-data-link-types}'[list the link types of the device]' \
	'(-y --linktype)'{-y+,--linktype=}'[capture with link type]:type:(DBUS USER13)' \
	'(-s --snapshot-length)'{-s+,--snapshot-length=}'[octets to keep of a message]:octets:' \
	'(-B --buffer-size)'{-B+,--buffer-size=}'[size of the capture buffer]:KiB:' \
	'-c+[end after so many messages]:count:' \
	'--immediate-mode[deliver each message at once]' \
	'(-Z --relinquish-privileges)'{-Z+,--relinquish-privileges=}'[go on with the rights of]:user:_users' \
	'*--match=[only messages that match]:rule:_dbusdump_rule' \
	'*-F+[rules from a file]:file:_files' \
	'--no-replies[a call that matches does not bring its reply]' \
	'--verdict=[only messages of these verdicts]:verdicts:_values -s , verdict delivered queued denied undelivered invalid' \
	'--slow=[only replies that took so many milliseconds]:milliseconds:' \
	'*-d[print the program for the kernel]' \
	'-w+[write a pcapng file]:file:_files' \
	'-C+[begin a new file beyond so many million octets]:size:' \
	'-G+[begin a new file every so many seconds]:seconds:' \
	'-W+[so many files]:count:' \
	'-z+[run on each file that is complete]:command:_command_names -e' \
	'(-U --packet-buffered)'{-U,--packet-buffered}'[write each message at once]' \
	'--diagram=[draw a sequence diagram]:file:_files' \
	'--diagram-limit=[of at most so many messages]:count:' \
	'--json[one JSON object a line]' \
	'--profile[columns, as dbus-monitor --profile]' \
	'--fields=[these fields between tabs]:fields:_dbusdump_fields' \
	'--as-busctl[calls and signals as commands]' \
	'--latency[how long each member took]' \
	'--stats[who sends how much of what]' \
	'--top[who loads the buses now]' \
	'--suggest-policy[the policy that would allow what was denied]' \
	'--count[only count the messages]' \
	'--print[print lines too]' \
	'--redact[without bodies]' \
	'-n[names as in the message]' \
	'-q[less]' \
	'*-v[more]' \
	'*-x[octets]' \
	'*-X[octets and characters]' \
	'(-# --number)'{-\#,--number}'[number the lines]' \
	'*-t[form of the time]' \
	'--nano[times in nanoseconds]' \
	'--micro[times in microseconds]' \
	'--time-stamp-precision=[of times]:precision:(nano micro)' \
	'-l[write out each line at once]' \
	'--color=[use colours]:when:(auto always never)' \
	'(-h --help)'{-h,--help}'[summary of the options]' \
	'--version[the version]' \
	'*:rule:_dbusdump_rule'
