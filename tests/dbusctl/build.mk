# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel that the tests of dbusctl preload.
FAKE_KERNEL := $(O)/tests/dbusctl/fake-kernel.so
ALL += $(FAKE_KERNEL)

$(FAKE_KERNEL): tests/dbusctl/fake-kernel.c include/uapi/linux/dbus.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(call pkg_cflags,libmnl) \
		-fPIC -shared $(LDFLAGS) -o $@ $<
