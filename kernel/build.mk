# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make module KDIR=/lib/modules/$(uname -r)/build	for that kernel
#   make module-6.1		for a kernel of the test machine
#
# The kernel's build writes beside the sources, so it gets links to them in
# $(O)/kernel/RELEASE, where dbus.ko comes out.
KDIR ?= /lib/modules/$(shell uname -r)/build
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
	$(MAKE) -C $(1) M=$(abspath $(O)/kernel/$(2)) \
		$(if $(C),C=$(C)) modules
endef

.PHONY: module
module:
	$(call build_module,$(KDIR),$(shell $(MAKE) -s -C $(KDIR) kernelrelease))

# A module for each kernel of the test machine that is there.
define vm_module
.PHONY: module-$(1)
module-$(1): $(O)/kernel/$(KREL_$(1))/dbus.ko
$(O)/kernel/$(KREL_$(1))/dbus.ko: $(KMOD_DEPS)
	$$(call build_module,$(KDIR_$(1)),$(KREL_$(1)))
ALL += $(O)/kernel/$(KREL_$(1))/dbus.ko
endef
$(foreach k,$(KERNELS),$(eval $(call vm_module,$k)))
