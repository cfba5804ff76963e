# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of dbusdump(1)

# the words of $2..., behind what stands before the last comma of $1
_dbusdump_list()
{
	local have=$1 before=

	shift
	[[ $have != *,* ]] || before=${have%,*},
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$*" -- "${have##*,}")
	compopt -o nospace 2>/dev/null
}

# the keys of match rules, and the values of those that have few
_dbusdump_rule()
{
	local last=${1##*,}
	local before=${1%"$last"}
	local verdicts="delivered queued denied undelivered invalid"
	local keys="type= sender= destination= interface= member= path=
		path_namespace= arg0= arg0path= arg0namespace= pid= uid= comm=
		bus= verdict= error="

	case $last in
	type=*)
		set -- "type=" method_call method_return error signal
		;;
	verdict=*)
		# shellcheck disable=SC2086
		set -- "verdict=" $verdicts
		;;
	sender=* | destination=*)
		# shellcheck disable=SC2046
		set -- "${last%%=*}=" $(dbusctl -j name show 2>/dev/null |
			grep -o '"name": *"[^":][^"]*"' | cut -d'"' -f4)
		;;
	*)
		# shellcheck disable=SC2086
		set -- "" $keys
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -P "$before$1" -W "${*:2}" -- "${last#"$1"}")
	compopt -o nospace 2>/dev/null
}

_dbusdump()
{
	local cur=${COMP_LINE:0:COMP_POINT} prev=
	local words=()

	# "=" and ":" are no ends of words here: they stand in rules and names
	read -ra words <<<"$cur"
	[[ $cur == *[[:blank:]] ]] && words+=("")
	cur=${words[-1]}
	((${#words[@]} > 1)) && prev=${words[-2]}
	[[ $cur == --*=* ]] && prev=${cur%%=*} cur=${cur#*=}
	COMPREPLY=()
	case $prev in
	-i | --interface)
		mapfile -t COMPREPLY < <(compgen -W "system session $(dbusdump -D \
			2>/dev/null | sed 's/^[0-9]*\.//; s/ .*//')" -- "$cur")
		;;
	--bus)
		mapfile -t COMPREPLY < <(compgen -W "system session" -- "$cur")
		;;
	-r | -w | -F | --diagram)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	-z)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		;;
	-Z | --relinquish-privileges)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
		;;
	-y | --linktype)
		mapfile -t COMPREPLY < <(compgen -W "DBUS USER13" -- "$cur")
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		;;
	--time-stamp-precision)
		mapfile -t COMPREPLY < <(compgen -W "nano micro" -- "$cur")
		;;
	--verdict)
		_dbusdump_list "$cur" delivered queued denied undelivered invalid
		;;
	--fields)
		_dbusdump_list "$cur" time bus type sender sender_names \
			destination destination_names path interface member \
			error_name signature serial reply_serial elapsed \
			verdict reason pid uid comm length args
		;;
	-B | -c | -C | -G | -s | -W | --buffer-size | --snapshot-length | \
		--slow | --diagram-limit) ;;
	*)
		if [[ $cur == -* && $prev != --match ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(dbusdump --help |
				grep -oE -- '(^|[[:blank:],(])--?[[:alnum:]#][[:alnum:]-]*' |
				grep -oE -- '-.*' | sort -u)" -- "$cur")
		else
			_dbusdump_rule "$cur"
		fi
		;;
	esac
	# bash replaces only what stands behind the last "=" or ":"
	local part=${cur##*[=:]} i
	if [[ $part != "$cur" || ${words[-1]} != "$cur" ]]; then
		local gone=${cur%"$part"}
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=${COMPREPLY[i]#"$gone"}
		done
	fi
}

complete -F _dbusdump dbusdump
