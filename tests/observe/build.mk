# SPDX-License-Identifier: GPL-2.0-or-later
# Known traffic for an observed bus, and the judge of what was captured of it; and
# what a server's system calls give it.
OBSERVE_LOAD := $(O)/bin-test/observe-load
OBSERVE_CHECK := $(O)/bin-test/observe-check
OBSERVE_CALLS := $(O)/bin-test/observe-calls
ALL += $(OBSERVE_LOAD) $(OBSERVE_CHECK) $(OBSERVE_CALLS)

$(OBSERVE_LOAD) $(OBSERVE_CALLS): $(O)/bin-test/observe-%: \
		$(O)/obj/tests/observe/%.o $(O)/obj/tests/observe/truth.o \
		$(O)/obj/tests/bus/busraw.o $(O)/obj/tests/bus/draft.o \
		$(O)/obj/tests/bus/look.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

$(OBSERVE_CHECK): $(O)/obj/tests/observe/check.o \
		$(O)/obj/tests/observe/truth.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# which serves the tests' second bus
ALL += $(BENCH_BROKER)

# servers of connections without a bus
ALL += $(O)/bin-test/serve-gdbus $(O)/bin-test/serve-libdbus
tests_observe_CPPFLAGS := $(call pkg_cflags,gio-2.0 dbus-1)

$(O)/bin-test/serve-gdbus: $(O)/obj/tests/observe/serve_gdbus.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs gio-2.0)

$(O)/bin-test/serve-libdbus: $(O)/obj/tests/observe/serve_libdbus.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs dbus-1)

# A thousand clients and a hundred thousand messages on each of the two stock
# brokers, with as much memory as three that watch them need.
OBSERVE_CLIENTS ?= 1000
OBSERVE_MESSAGES ?= 100

.PHONY: soak-observe
soak-observe:
	@tests/setup 6.1
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all
	@for kind in daemon broker; do \
		tests/vm/run -k 6.1 -t 7200 -m 3072 -- tests/observe/soak $$kind \
			$(OBSERVE_CLIENTS) $(OBSERVE_MESSAGES) || exit; \
	done
