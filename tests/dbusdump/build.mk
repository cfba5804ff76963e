# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/host/dbusdump.bats needs: a writer of captures, a second opinion by
# libdbus, and dbusdump with the sanitizers.
MAKE_CAPTURE := $(O)/tests/dbusdump/make-capture
LIBDBUS_READ := $(O)/tests/dbusdump/libdbus-read
DBUSDUMP_ASAN := $(O)/asan/bin/dbusdump
ALL += $(MAKE_CAPTURE) $(LIBDBUS_READ)

tests_dbusdump_CPPFLAGS := $(call pkg_cflags,dbus-1)

$(MAKE_CAPTURE): $(O)/obj/tests/dbusdump/make-capture.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(LIBDBUS_READ): $(O)/obj/tests/dbusdump/libdbus-read.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs dbus-1)

ifneq ($(O:%/asan=asan),asan)
ALL += $(DBUSDUMP_ASAN)
$(DBUSDUMP_ASAN): $(wildcard tools/dbusdump/*.[ch] wire/*.[ch])
	+$(MAKE) --no-print-directory O=$(O)/asan \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' \
		$@
endif
