# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernels of the test machine: Debian's 6.1 and 6.12, and a 6.1 of our own
# that is full of checks ("debug").
#
#   make vm-6.1 vm-6.12 vm-debug	fetches or builds them, and the machine's root
#   $(KERNELS)		the names of those that are there
#   $(KREL_6.1)		a kernel's release, as `uname -r` says
#   $(KDIR_6.1)		its build folder, for
#			make -C $(KDIR_6.1) M=... modules
#
# The folders are read when make starts, so what builds modules for a kernel that
# was not there yet needs a make of its own, as `make check` does it. A module that is
# in $(O)/kernel/$(KREL_6.1)/dbus.ko is what `modprobe dbus` loads there.
VM := $(O)/vm
KERNELS := $(patsubst $(VM)/%/release,%,\
	$(wildcard $(addprefix $(VM)/,$(addsuffix /release,6.1 6.12 debug))))
$(foreach k,$(KERNELS),\
	$(eval KREL_$k := $(shell cat $(VM)/$k/release))\
	$(eval KDIR_$k := $(abspath $(VM)/$k/build)))

.PHONY: vm-6.1 vm-6.12 vm-debug vm-root
vm-root:
	@tests/vm/make-root $(VM)/root.squashfs

vm-6.1 vm-6.12: vm-%: vm-root
	@tests/vm/fetch-kernel $* $(VM)/$*

vm-debug: vm-root
	@tests/vm/build-kernel $(VM)/debug
