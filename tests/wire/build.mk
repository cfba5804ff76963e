# SPDX-License-Identifier: GPL-2.0-or-later
#
# wire/ on its own: what is written down (unit), and what libdbus and
# dbus-daemon make of the same (differential, rules, corpus), and filters in BPF
# against their evaluation (filters).
WIRE_TESTS := $(O)/tests/wire
WIRE_TEST_GEN := tests/wire/generate.c tests/wire/bytes.c
WIRE_TEST_HDR = $(wildcard wire/*.h tests/wire/*.h)
WIRE_TEST_CC = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)
DBUS_CFLAGS = $(call pkg_cflags,dbus-1)
ALL += $(addprefix $(WIRE_TESTS)/,unit differential rules corpus bench \
	filters)

# with the sanitizers, which the comparisons would take too long for
$(WIRE_TESTS)/unit: tests/wire/unit.c $(wildcard tests/wire/test_*.c) \
		$(WIRE_TEST_GEN) $(WIRE_SRC) $(WIRE_TEST_HDR)
	@mkdir -p $(@D)
	$(WIRE_TEST_CC) -O1 -fsanitize=address,undefined \
		-fno-sanitize-recover=undefined -o $@ $(filter %.c,$^)

$(WIRE_TESTS)/differential: tests/wire/differential.c $(WIRE_TEST_GEN) \
		$(WIRE_LIB) $(WIRE_TEST_HDR)
$(WIRE_TESTS)/rules: tests/wire/rules.c $(WIRE_LIB) $(WIRE_TEST_HDR)
$(WIRE_TESTS)/corpus: tests/wire/corpus.c $(WIRE_LIB) $(WIRE_TEST_HDR)
$(WIRE_TESTS)/bench: tests/wire/bench.c $(WIRE_LIB) $(WIRE_TEST_HDR)

$(WIRE_TESTS)/filters: tests/wire/filters.c $(WIRE_TEST_GEN) $(WIRE_LIB) \
		$(WIRE_TEST_HDR)
	@mkdir -p $(@D)
	$(WIRE_TEST_CC) -o $@ $(filter %.c %.a,$^) -lpcap

$(addprefix $(WIRE_TESTS)/,differential rules corpus bench):
	@mkdir -p $(@D)
	$(WIRE_TEST_CC) $(DBUS_CFLAGS) -o $@ $(filter %.c %.a,$^) -ldbus-1
