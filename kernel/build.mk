# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make module KDIR=/lib/modules/$(uname -r)/build	for that kernel
#   make module-6.1		for a kernel of the test machine
#
# The kernel's build writes beside the sources, so it gets links to them in
# $(O)/kernel/RELEASE, where dbus.ko comes out.
KDIR ?= /lib/modules/$(shell uname -r)/build
KINSTALL_REL = $(shell sed -n \
	's/^.define UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
KMOD_SRC := $(wildcard kernel/*.c kernel/*.h kernel/Kbuild)
KMOD_DEPS := $(KMOD_SRC) $(wildcard wire/*.c wire/*.h) \
	include/uapi/linux/dbus.h

# $(call build_module,KDIR,RELEASE)
define build_module
	@mkdir -p $(O)/kernel/$(2)/wire $(O)/kernel/$(2)/include/uapi/linux
	@ln -sf $(foreach f,$(KMOD_SRC),$(abspath $f)) $(O)/kernel/$(2)/
	@ln -sf $(foreach f,$(wildcard wire/*.c wire/*.h),$(abspath $f)) \
		$(O)/kernel/$(2)/wire/
	@ln -sf $(abspath include/uapi/linux/dbus.h) \
		$(O)/kernel/$(2)/include/uapi/linux/
	+$(MAKE) -C $(1) M=$(abspath $(O)/kernel/$(2)) \
		$(if $(C),C=$(C)) modules
endef

.PHONY: module
module:
	$(call build_module,$(KDIR),$(KINSTALL_REL))

# A module for each kernel of the test machine that is there.
define vm_module
.PHONY: module-$(1)
module-$(1): $(O)/kernel/$(KREL_$(1))/dbus.ko
$(O)/kernel/$(KREL_$(1))/dbus.ko: $(KMOD_DEPS)
	$$(call build_module,$(KDIR_$(1)),$(KREL_$(1)))
ALL += $(O)/kernel/$(KREL_$(1))/dbus.ko
endef
$(foreach k,$(KERNELS),$(eval $(call vm_module,$k)))

# For the kernel that runs, or that of KDIR; where there is DKMS, it builds the
# module from sources laid out as above, and again for each kernel that comes.
# What configures networks is told to leave the taps alone.
DKMS ?= dkms
DKMS_SRC = $(DESTDIR)/usr/src/dbustap-$(VERSION)

INSTALL += install-module
UNINSTALL += uninstall-module

.PHONY: install-module uninstall-module copy-module
install-module:
	@test -n "$(KINSTALL_REL)" || { \
		echo "no headers of the kernel in $(KDIR):" \
		"apt-get install linux-headers-$$(uname -r)," \
		"or say where they are with KDIR=" >&2; exit 1; }
	rm -rf $(DKMS_SRC)
	install -d $(DKMS_SRC)/wire $(DKMS_SRC)/include/uapi/linux
	install -m 644 $(KMOD_SRC) $(DKMS_SRC)/
	install -m 644 $(wildcard wire/*.c wire/*.h) $(DKMS_SRC)/wire/
	install -m 644 include/uapi/linux/dbus.h $(DKMS_SRC)/include/uapi/linux/
	sed 's/@VERSION@/$(VERSION)/' kernel/system/dkms.conf >$(DKMS_SRC)/dkms.conf
	@if test -z "$(DESTDIR)" && command -v $(DKMS) >/dev/null; then \
		DKMS=$(DKMS) kernel/system/register-dkms add $(VERSION) \
			$(KINSTALL_REL) $(abspath $(KDIR)); \
	else \
		$(MAKE) --no-print-directory copy-module KDIR=$(KDIR); \
	fi
	install -D -m 644 kernel/system/85-dbusmon.rules \
		$(DESTDIR)/usr/lib/udev/rules.d/85-dbusmon.rules
	install -D -m 644 kernel/system/90-dbusmon.conf \
		$(DESTDIR)/usr/lib/NetworkManager/conf.d/90-dbusmon.conf
	install -D -m 644 kernel/system/70-dbusmon.network \
		$(DESTDIR)/usr/lib/systemd/network/70-dbusmon.network
	install -D -m 644 include/uapi/linux/dbus.h \
		$(DESTDIR)$(PREFIX)/include/linux/dbus.h
	@echo "Who may capture packets (CAP_NET_RAW) now sees what is said on" \
		"every bus that dbus-routed serves, secrets included."

copy-module:
	@test -e $(O)/kernel/$(KINSTALL_REL)/dbus.ko || \
		$(MAKE) --no-print-directory module KDIR=$(KDIR)
	install -D -m 644 $(O)/kernel/$(KINSTALL_REL)/dbus.ko \
		$(DESTDIR)/lib/modules/$(KINSTALL_REL)/updates/dbus.ko
	rm -f $(DESTDIR)/lib/modules/$(KINSTALL_REL)/updates/dkms/dbus.ko
	$(if $(DESTDIR),,depmod $(KINSTALL_REL))
	$(if $(DESTDIR),,@echo "After a kernel update, make install again;" \
		"where dkms is installed, it does that.")

uninstall-module:
	@if test -z "$(DESTDIR)" && command -v $(DKMS) >/dev/null; then \
		DKMS=$(DKMS) kernel/system/register-dkms remove; \
	fi
	rm -rf $(DESTDIR)/usr/src/dbustap-*
	rm -f $(DESTDIR)/lib/modules/*/updates/dbus.ko \
		$(DESTDIR)/lib/modules/*/updates/dkms/dbus.ko \
		$(DESTDIR)/usr/lib/udev/rules.d/85-dbusmon.rules \
		$(DESTDIR)/usr/lib/NetworkManager/conf.d/90-dbusmon.conf \
		$(DESTDIR)/usr/lib/systemd/network/70-dbusmon.network \
		$(DESTDIR)$(PREFIX)/include/linux/dbus.h
	$(if $(DESTDIR),,depmod -a)
