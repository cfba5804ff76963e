# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the shells complete of dbusdump's command line.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	export PATH=$PWD/build/bin:$PATH TOP=$PWD LC_ALL=C.UTF-8
}

# What bash offers for a line, one a line of ours.
offers() {
	bash --norc -c '. tools/dbusdump/completion.bash
		COMP_LINE=$1 COMP_POINT=${#1}
		_dbusdump
		printf "%s\n" "${COMPREPLY[@]}"' - "$1" | sort
}

options() {
	dbusdump --help | grep -oE -- '(^|[[:blank:],(])--?[[:alnum:]#][[:alnum:]-]*' |
		grep -oE -- '-.*' | sort -u | grep -v -- '^-\(\|-w\|dd\|ddd\|vv\|xx\|XX\|ttt*\)$'
}

@test "bash: every option of --help is offered, and nothing else" {
	diff <(options | grep -- '^--') <(offers 'dbusdump --')
	[ "$(offers 'dbusdump --lat')" = --latency ]
	[ "$(offers 'dbusdump -r x --dia' | tr '\n' ' ')" = '--diagram --diagram-limit ' ]
}

@test "bash: values of options, lists of them, keys and values of rules" {
	[ "$(offers 'dbusdump --color=a' | tr '\n' ' ')" = 'always auto ' ]
	[ "$(offers 'dbusdump -y U')" = USER13 ]
	[ "$(offers 'dbusdump -i se')" = session ]
	[ "$(offers 'dbusdump --verdict denied,inv')" = denied,invalid ]
	[ "$(offers 'dbusdump --fields time,ela')" = time,elapsed ]
	[ "$(offers 'dbusdump --match mem')" = member= ]
	[ "$(offers 'dbusdump interface=org.foo,memb')" = org.foo,member= ]
	[ "$(offers 'dbusdump type=sig')" = signal ]
	[ "$(offers 'dbusdump --match interface=org.foo,type=method_r')" = method_return ]
	[[ $(offers 'dbusdump -r READ') = README.md ]]
	# Each field that is offered is one.
	dbusdump -r "$(compgen -G 'captures/*.pcap' | head -n 1)" --fields \
		"$(offers 'dbusdump --fields ' | paste -sd,)" >/dev/null
}

@test "bash: a line on a terminal is completed" {
	run -0 tests/dbusdump/screen 80x6 bash --norc -i <<-'END'
		key . tools/dbusdump/completion.bash; PS1='$ '\n
		expect ^\$$
		key dbusdump --suggest\t
		expect ^\$ dbusdump --suggest-policy$
		key interface=org.foo,type=sig\t
		expect ^\$ dbusdump --suggest-policy interface=org.foo,type=signal$
		key \x15exit\n
		end
	END
}

@test "zsh: every option of --help is offered, and nothing else" {
	diff <(options) <(grep -oE -- "^	'[^']*'?(\{[^}]*\})?" tools/dbusdump/completion.zsh |
		grep -oE -- "['*{,]--?[[:alnum:]\\\\#][[:alnum:]#-]*" |
		sed "s/^['*{,]//; s/\\\\//" | sort -u)
}

@test "zsh: a line on a terminal is completed" {
	mkdir "$BATS_TEST_TMPDIR/functions"
	cp tools/dbusdump/completion.zsh "$BATS_TEST_TMPDIR/functions/_dbusdump"
	export FUNCTIONS=$BATS_TEST_TMPDIR/functions
	run -0 tests/dbusdump/screen 80x12 zsh -f <<-'END'
		key PS1='$ '; fpath=($FUNCTIONS $fpath); autoload -Uz compinit; compinit -D -u; clear\n
		expect \A\$\s*\Z
		key dbusdump --suggest\t
		expect ^\$ dbusdump --suggest-policy
		key \x15dbusdump --color=al\t
		expect ^\$ dbusdump --color=always
		key \x15dbusdump --verdict=denied,inv\t
		expect ^\$ dbusdump --verdict=denied,invalid
		key \x15dbusdump type=sig\t
		expect ^\$ dbusdump type=signal
		key \x15exit\n
		end
	END
}
