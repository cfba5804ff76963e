# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make bench		puts loads on a bare socketpair, this bus, dbus-broker and
#			dbus-daemon in turn, in the test machine; some minutes
#   make bench-capture	dbusdump beside tshark and tcpdump, and its filter live;
#			some minutes
BUSBENCH := $(O)/bin-test/busbench
BENCH_BROKER := $(O)/bin-test/broker

tests_bench_CPPFLAGS := $(call pkg_cflags,libsystemd)

$(BUSBENCH): $(O)/obj/tests/bench/busbench.o $(O)/obj/tests/bench/stream.o \
		$(O)/obj/tests/bench/pair.o $(O)/obj/tests/bench/audience.o \
		$(O)/obj/tests/bus/busraw.o $(O)/obj/tests/bus/draft.o \
		$(O)/obj/tests/bus/look.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

$(BENCH_BROKER): $(O)/obj/tests/bench/broker.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lsystemd

.PHONY: bench bench-capture
bench-capture: setup
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all $(BUSBENCH)
	@tests/bench/capture

bench: setup
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all $(BUSBENCH) \
		$(BENCH_BROKER)
	@tests/bench/run
