#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and make uninstall, into a folder.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	root=$BATS_TEST_TMPDIR/root
	release=$(cat build/vm/6.1/release)
	version=$(sed -n 's/^VERSION := //p' Makefile)
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
		"usr/src/dbustap-$version/dkms.conf" \
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

# Nothing of this machine is written to: all is in a mount namespace of its own.
# usage: sandbox COMMAND...
sandbox() {
	# shellcheck disable=SC2016 # expands inside
	unshare -m bash -ec '
		mount -t tmpfs tmpfs "$1"
		mkdir -p "$1"/{upper,work,dkms}
		mount -t overlay overlay /usr \
			-o "lowerdir=/usr,upperdir=$1/upper,workdir=$1/work"
		mount --bind "$1/dkms" /var/lib/dkms
		mkdir -p /usr/lib/modules/{"$release","$(uname -r)"}
		shift
		"$@"
	' - "$BATS_TEST_TMPDIR" "$@"
}

# What the module is, but for where it was built, its signature and debug info.
identity() {
	modinfo -F vermagic "$1"
	modinfo -F alias "$1"
	modinfo -F parm "$1"
	objcopy -O binary --only-section=.text "$1" /dev/stdout | sha256sum
}

rounds() {
	local ours=build/kernel/$release/dbus.ko
	local theirs=/lib/modules/$release/updates/dkms/dbus.ko
	local make=(make --no-print-directory PREFIX="$BATS_TEST_TMPDIR/local"
		    KDIR="$PWD/build/vm/6.1/build")

	# What is there from before: a copy, made without DKMS, and an older version.
	"${make[@]}" install-module DKMS=/nonexistent >"$BATS_TEST_TMPDIR/copied"
	grep "After a kernel update, make install again" "$BATS_TEST_TMPDIR/copied"
	[[ -s /lib/modules/$release/updates/dbus.ko ]]
	mkdir /usr/src/dbustap-0.0

	"${make[@]}" install-module
	state="dbustap/$version, $release, x86_64: installed"
	[[ $(dkms status) == "$state" ]]
	[[ ! -e /lib/modules/$release/updates/dbus.ko ]]
	[[ ! -e /usr/src/dbustap-0.0 ]]
	diff <(identity "$ours") <(identity "$theirs")

	# A second time: what was built from other sources doesn't stay.
	echo stale >"$theirs"
	echo '#error stale' >>"/usr/src/dbustap-$version/main.c"
	"${make[@]}" install-module
	[[ $(dkms status) == "$state" ]]
	diff <(identity "$ours") <(identity "$theirs")

	"${make[@]}" uninstall-module
	"${make[@]}" uninstall-module
	[[ -z $(dkms status) && ! -e $theirs ]]
	[[ -z $(compgen -G "/usr/src/dbustap-*") ]]
}

@test "DKMS builds the module that make builds, and once more after another make install" {
	((EUID == 0)) || skip "DKMS writes where root does"
	export release version
	export -f identity rounds
	sandbox bash -ec rounds
}
