# SPDX-License-Identifier: GPL-2.0-or-later
# Known traffic for an observed bus, and the judge of what was captured of it.
OBSERVE_LOAD := $(O)/bin-test/observe-load
OBSERVE_CHECK := $(O)/bin-test/observe-check
ALL += $(OBSERVE_LOAD) $(OBSERVE_CHECK)

$(OBSERVE_LOAD): $(O)/obj/tests/observe/load.o $(O)/obj/tests/bus/busraw.o \
		$(O)/obj/tests/bus/draft.o $(O)/obj/tests/bus/look.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

$(OBSERVE_CHECK): $(O)/obj/tests/observe/check.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# which serves the tests' second bus
ALL += $(BENCH_BROKER)
