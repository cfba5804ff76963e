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

# In a place of its own for all that DKMS and depmod write.
in_private() {
	mkdir -p /lib/modules 2>/dev/null || skip "there is no /lib/modules here"
	unshare -rm bash -euc '
		for dir in /usr/src /var/lib/dkms /lib/modules; do
			mount -t tmpfs none "$dir"
		done
		mkdir "/lib/modules/$release"
		cp build/vm/6.1/lib/modules/"$release"/modules.builtin \
			"/lib/modules/$release"
		'"$1"
}

@test "with DKMS the module is built from what make install leaves, and goes again" {
	export release
	export run_make="${make[*]}"
	in_private '
		$run_make install-module
		cp -a '"$root"'/usr/src/* /usr/src
		# an older version is not in its way
		cp -a /usr/src/dbustap-0.1 /usr/src/dbustap-0.0
		sed -i s/0.1/0.0/ /usr/src/dbustap-0.0/dkms.conf
		dkms add -m dbustap -v 0.0
		kernel/system/register 0.1 "$release" "$PWD/build/vm/6.1/build" \
			"build/kernel/$release/dbus.ko"
		[[ $(dkms status) == "dbustap/0.1, $release, "*": installed" ]]
		ko=$(modinfo -k "$release" -F filename dbus)
		[[ $ko == "/lib/modules/$release/updates/dkms/dbus.ko"* ]]
		[[ $(modinfo -F srcversion "$ko") == \
			$(modinfo -F srcversion "build/kernel/$release/dbus.ko") ]]
		kernel/system/register -r
		[[ -z $(dkms status) ]]
		[[ -z $(find /lib/modules -name "dbus.ko*") ]]
	' >"$BATS_TEST_TMPDIR/said" 2>&1 || { cat "$BATS_TEST_TMPDIR/said"; false; }
}

@test "without the kernel's headers make install says what is missing" {
	run make --no-print-directory DESTDIR="$root" KDIR=/nonexistent \
		install-module
	((status))
	[[ $output == *"no headers of the kernel in /nonexistent: apt-get install linux-headers-"* ]]
	[[ ! -e $root/usr ]]
}
