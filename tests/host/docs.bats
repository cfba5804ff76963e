# SPDX-License-Identifier: GPL-2.0-or-later
#
# The documents tell what the programs do, and every file says what it is.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	mapfile -t pages < <(compgen -G 'tools/*/*.[1-9]'
		compgen -G 'kernel/*.[1-9]'
		compgen -G 'pcap-dbus/*.[1-9]')
}

# Files of the project, whether committed yet or not.
files() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard "$@"
	else
		find . -path ./build -prune -o -type f -printf '%P\n'
	fi | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# Long options that a text holds, one a line.
long_options() {
	grep -oE -- '(^|[^[:alnum:]-])--[a-z][a-z0-9-]*' | grep -oE -- '--.*' |
		sort -u
}

# Short options at the beginning of a help text's lines: "  -j, --json".
short_options() {
	sed -nE 's/^[[:blank:]]{1,8}(-[[:alnum:]#])([,[:blank:]].*|$)/\1/p' |
		sort -u
}

# A man page as plain text.
plain() {
	MANWIDTH=200 man -l "$1" | col -bx | sed 's/\xe2\x80\x90/-/g; s/\xe2\x88\x92/-/g'
}

# The same options in --help and in the man page's OPTIONS.
same_options() {
	local help page

	[ -x "build/bin/$1" ]
	# dbus-daemon fails after --help, and so does what stands in its place.
	help=$(LC_ALL=C.UTF-8 "build/bin/$1" --help 2>&1) || :
	page=$(plain "$2" | sed -n '/^OPTIONS/,/^[A-Z]/{/^[A-Z]/d;p}')
	[ -n "$page" ]
	diff -u --label "$1 --help" --label "$2" \
		<(long_options <<<"$help") <(long_options <<<"$page")
	[ -n "$(short_options <<<"$help")$(long_options <<<"$help")" ]
	while read -r option; do
		[ -z "$option" ] || grep -qE -- "(^|[ ,])$option([ ,=]|\$)" <<<"$page" ||
			{ echo "$option is not in $2"; return 1; }
	done < <(short_options <<<"$help")
}

@test "every tool, the tap device and the capture module have a man page" {
	for page in tools/dbusdump/dbusdump.1 tools/dbusctl/dbusctl.8 \
		tools/dbus-routed/dbus-routed.1 kernel/dbusmon.4 \
		pcap-dbus/pcap-dbus.7; do
		[ -s "$page" ] || { echo "$page is missing"; return 1; }
	done
}

@test "man has no warning about any man page" {
	for page in "${pages[@]}"; do
		said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 \
			-Z "$page" 2>&1 >/dev/null) || :
		[ "$said" = "" ] || { echo "$page: $said"; return 1; }
	done
}

@test "mandoc has no complaint about any man page" {
	for page in "${pages[@]}"; do
		# A date would only tell when somebody last thought of it.
		said=$(mandoc -Tlint -W warning "$page" | grep -v "missing date") || :
		[ "$said" = "" ] || { echo "$said"; return 1; }
	done
}

@test "each man page names itself as its file is named" {
	for page in "${pages[@]}"; do
		name=$(basename "$page")
		grep -qiE "^\.T[Hh] \"?${name%.*}\"? \"?${name##*.}\"?( |\$)" "$page" ||
			{ echo "$page"; return 1; }
	done
}

@test "dbusctl's --help and man page have the same options" {
	same_options dbusctl tools/dbusctl/dbusctl.8
}

@test "dbusdump's --help and man page have the same options" {
	same_options dbusdump tools/dbusdump/dbusdump.1
}

@test "dbus-routed's --help and man page have the same options" {
	same_options dbus-routed tools/dbus-routed/dbus-routed.1
}

@test "dbusmon.4 describes every field of the record, with its place" {
	cat >"$BATS_TEST_TMPDIR/fields.c" <<-'END'
		#include <stdio.h>
		#include <stddef.h>
		#include "linux/dbus.h"
		#define F(type, field) printf("%zu %s %s\n", \
			offsetof(struct dbusmon_hdr, field), type, #field)
		int main(void)
		{
	END
	sed -n '/^struct dbusmon_hdr {/,/^}/s/^\t\(__le\|__u\|char\)\([0-9]*\)[[:space:]]*\([a-z_]*\).*/F("\1\2", \3);/p' \
		include/uapi/linux/dbus.h |
		sed 's/"__le/"u/; s/"__u/"u/; s/"char"/"char[16]"/' \
		>>"$BATS_TEST_TMPDIR/fields.c"
	echo '}' >>"$BATS_TEST_TMPDIR/fields.c"
	gcc -Iinclude/uapi -o "$BATS_TEST_TMPDIR/fields" "$BATS_TEST_TMPDIR/fields.c"
	"$BATS_TEST_TMPDIR/fields" >"$BATS_TEST_TMPDIR/expected"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/expected")" -ge 20 ]
	plain kernel/dbusmon.4 | sed -n '/^   The record/,/^   Verdicts/p' |
		sed -nE 's/^ +([0-9]+) +(u[0-9]+|char\[16\]) +([a-z_]+) .*/\1 \2 \3/p' |
		diff -u "$BATS_TEST_TMPDIR/expected" -
}

@test "dbusmon.4 describes every verdict and reason by its number" {
	page=$(plain kernel/dbusmon.4)
	grep -E '^\s+DBUSMON_(DELIVERED|QUEUED|DENIED|UNDELIVERED|INVALID) = |^\s+DBUSMON_REASON_' \
		include/uapi/linux/dbus.h |
		sed -E 's/^\s+DBUSMON_(REASON_)?([A-Z_]+) = ([0-9]+).*/\3 \L\2/; s/_/ /g' \
		>"$BATS_TEST_TMPDIR/values"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/values")" -ge 20 ]
	while read -r number text; do
		grep -qE "^ +$number +$text( |\$)" <<<"$page" ||
			{ echo "$number $text"; return 1; }
	done <"$BATS_TEST_TMPDIR/values"
}

@test "what the README tells to run is there" {
	# Lines of its shell blocks: programs of ours, make targets, scripts.
	sed -n '/^```\(sh\)\?$/,/^```$/p' README.md CONTRIBUTING.md |
		grep -v '^```' | sed 's/#.*//' >"$BATS_TEST_TMPDIR/commands"
	[ -s "$BATS_TEST_TMPDIR/commands" ]
	make -pnq 2>/dev/null | sed -nE 's/^([A-Za-z0-9._-]+):.*/\1/p' |
		sort -u >"$BATS_TEST_TMPDIR/targets"
	grep -oE '(^|[;&| ])(sudo )?make [a-z -]+' "$BATS_TEST_TMPDIR/commands" |
		sed 's/.*make //' | tr ' ' '\n' | sort -u |
		while read -r target; do
			[ -z "$target" ] || grep -qx -- "$target" "$BATS_TEST_TMPDIR/targets" ||
				{ echo "make $target"; return 1; }
		done
	for program in dbusctl dbusdump dbus-routed; do
		grep -q -- "$program" "$BATS_TEST_TMPDIR/commands"
		[ -x build/bin/$program ]
	done
	grep -hoE '[A-Za-z0-9._/-]+' README.md CONTRIBUTING.md |
		grep -E '^(tests|demo|build/bin)/' | sed 's/[.]$//' |
		grep -v PART | sort -u |
		while read -r path; do
			[ -e "$path" ] || { echo "$path"; return 1; }
		done
}

@test "options of our programs that the README uses are in their --help" {
	for program in dbusctl dbusdump dbus-routed; do
		[ -x build/bin/$program ]
		help=$(build/bin/$program --help 2>&1) || :
		sed -n '/^```\(sh\)\?$/,/^```$/p' README.md |
			grep -oE "$program [^|;&#]*" | long_options |
			while read -r option; do
				grep -qE -- "$option([^a-z-]|\$)" <<<"$help" ||
					{ echo "$program $option"; return 1; }
			done
	done
}

@test "links inside the documents lead somewhere" {
	for file in *.md; do
		grep -oE '\]\([^)#:]+\)' "$file" | sed 's/](\(.*\))/\1/' |
			while read -r path; do
				[ -e "$path" ] || { echo "$file: $path"; return 1; }
			done
	done
}

@test "every source file says its license in its first lines" {
	bad=$(files | grep -E '\.([ch]|lds|mk|bats|sh|py|[1-9])$|(^|/)(Makefile|Kbuild)$|^tests/vm/[a-z-]+$|^demo/[a-z]+$|^\.ci/' |
		grep -v '\.md$' | while read -r file; do
			head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file"
		done)
	[ "$bad" = "" ] || { echo "$bad"; return 1; }
}

@test "licenses are those of the part" {
	bad=$(files | grep -E '\.[ch]$' | while read -r file; do
		case $file in
		kernel/*) want='GPL-2.0' ;;
		include/uapi/*) want='(GPL-2.0 WITH Linux-syscall-note) OR BSD-2-Clause' ;;
		wire/*) want='BSD-2-Clause OR GPL-2.0' ;;
		pcap-dbus/*) want='BSD-2-Clause OR GPL-2.0' ;;
		*) want='GPL-2.0-or-later' ;;
		esac
		head -n 3 "$file" | sed -n 's/.*SPDX-License-Identifier: //p' |
			sed 's, *\*/$,,' | grep -qxF -- "$want" || echo "$file"
	done)
	[ "$bad" = "" ] || { echo "$bad"; return 1; }
}

@test "no file is too long to read" {
	bad=$(files | grep -E '\.([ch]|mk|bats|sh|py)$' | while read -r file; do
		[ "$(wc -l <"$file")" -le 1200 ] || wc -l "$file"
	done)
	[ "$bad" = "" ] || { echo "$bad"; return 1; }
}

@test "no file is a drawer: none is called util, helper, common or misc" {
	run -1 grep -iE '(^|/)[^/]*(util|helper|common|misc)[^/]*$' <(files)
	[ "$output" = "" ]
}

@test "scripts are executable and pass a syntax check" {
	bad=$(files | while read -r file; do
		case $(head -n 1 "$file" 2>/dev/null | tr -d '\0') in
		'#!/bin/bash'* | '#!/bin/sh'*)
			[ -x "$file" ] && bash -n "$file" || echo "$file"
			;;
		esac
	done)
	[ "$bad" = "" ] || { echo "$bad"; return 1; }
}
