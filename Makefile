# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each part brings its own rules in a build.mk; what they have in common is here.
# Everything that is made goes below $(O).

O ?= build
CC ?= gcc
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-unused-parameter
ALL_CPPFLAGS := -D_GNU_SOURCE -I. -Iinclude -Iinclude/uapi $(CPPFLAGS)
ALL_CFLAGS := -std=gnu11 $(WARN) $(CFLAGS)
VERSION := 0.1

# Flags to compile with the headers of the packages $(1), which are not held to
# our warnings, and which nothing needs any more when all is built.
pkg_cflags = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(1) 2>/dev/null))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# Programs, libraries and plugins that `make` builds.
ALL :=
# What `make install` and `make uninstall` do for each part.
INSTALL :=
UNINSTALL :=

include tests/vm/build.mk
include wire/build.mk
-include kernel/build.mk
-include pcap-dbus/build.mk
-include dissector/build.mk
-include tools/dbus-routed/build.mk
-include tools/dbusctl/build.mk
-include tools/dbusdump/build.mk
-include demo/build.mk
-include tests/build.mk

.PHONY: all install uninstall clean
all: $(ALL)

install: $(INSTALL)

uninstall: $(UNINSTALL)

# What was downloaded and made once, the test machine, stays: rm -r $(O) for that too.
clean:
	find $(O) -mindepth 1 -maxdepth 1 ! -name vm ! -name libpcap \
		! -name tcpdump -exec rm -rf {} + 2>/dev/null || true

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $($(subst /,_,$(*D))_CPPFLAGS) $(ALL_CFLAGS) \
		$($(subst /,_,$(*D))_CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell test -d $(O)/obj && find $(O)/obj -name '*.d')
