#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and make uninstall, into a folder.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	root=$BATS_TEST_TMPDIR/root
	release=$(cat build/vm/6.1/release)
	make=(make --no-print-directory DESTDIR="$root" PREFIX=/usr
	      KDIR="$PWD/build/vm/6.1/build")
}

@test "make install puts every part where it belongs" {
	"${make[@]}" install
	for file in usr/bin/dbusdump usr/bin/dbus-routed usr/sbin/dbusctl \
		usr/share/man/man1/dbusdump.1 usr/share/man/man1/dbus-routed.1 \
		usr/share/man/man8/dbusctl.8 usr/share/man/man4/dbusmon.4 \
		usr/share/man/man7/pcap-dbus.7 usr/include/linux/dbus.h \
		"lib/modules/$release/updates/dbus.ko" \
		usr/share/bash-completion/completions/dbusdump \
		usr/share/zsh/vendor-completions/_dbusdump \
		usr/lib/udev/rules.d/85-dbusmon.rules \
		usr/lib/modules-load.d/dbus-routed.conf \
		usr/lib/systemd/{system,user}/dbus-routed.service; do
		[[ -s $root/$file ]] || { echo "no $file"; return 1; }
	done
	find "$root" -path '*/wireshark/plugins/*/epan/dbusmon.so' | grep .
	# Where tshark looks; it finds what runs from where it is installed.
	extcap=$(tshark -G folders 2>/dev/null | sed -n 's/^Extcap path:[[:blank:]]*//p')
	[[ $(readlink "$root$extcap/dbusdump") == /usr/bin/dbusdump ]]
}

@test "make uninstall takes everything away again" {
	"${make[@]}" install
	"${make[@]}" uninstall
	run find "$root" ! -type d
	[[ -z $output ]]
}

@test "without the kernel's headers make install says what is missing" {
	run make --no-print-directory DESTDIR="$root" KDIR=/nonexistent \
		install-module
	((status))
	[[ $output == *"no headers of the kernel in /nonexistent: apt-get install linux-headers-"* ]]
	[[ ! -e $root/usr ]]
}
