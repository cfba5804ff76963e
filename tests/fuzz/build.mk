# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers of wire/ for libFuzzer: message (parse, validate, walk, SENDER) and
# rule (match rules).
#
#   make fuzz [FUZZ_TIME=seconds]	runs each for that long, 60 unless said
#
# What they found worth keeping stays in $(O)/fuzz/corpus, what broke something in
# $(O)/fuzz/crashes.
FUZZ := $(O)/fuzz
FUZZ_TIME ?= 60
FUZZ_TARGETS := message rule
FUZZ_CC := clang -D_GNU_SOURCE -std=gnu11 -O1 -g -Wall -Wextra -I. -Iinclude/uapi -MMD -MP
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_COV := -fprofile-instr-generate -fcoverage-mapping

$(FUZZ)/san/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ)/cov/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_COV) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ_TARGETS:%=$(FUZZ)/%): $(FUZZ)/%: $(FUZZ)/san/tests/fuzz/%.o \
		$(WIRE_SRC:%.c=$(FUZZ)/san/%.o)
	clang $(FUZZ_SAN) -fsanitize=fuzzer -o $@ $^

$(FUZZ_TARGETS:%=$(FUZZ)/%-coverage): $(FUZZ)/%-coverage: \
		$(FUZZ)/cov/tests/fuzz/%.o $(WIRE_SRC:%.c=$(FUZZ)/cov/%.o)
	clang $(FUZZ_COV) -fsanitize=fuzzer -o $@ $^

$(FUZZ)/seeds: tests/fuzz/seeds.c tests/wire/generate.c tests/wire/bytes.c $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ $^

.PHONY: fuzz fuzzers
fuzzers: $(FUZZ_TARGETS:%=$(FUZZ)/%) $(FUZZ_TARGETS:%=$(FUZZ)/%-coverage) \
	$(FUZZ)/seeds
fuzz: fuzzers
	for target in $(FUZZ_TARGETS); do \
		tests/fuzz/run $$target -max_total_time=$(FUZZ_TIME) || exit; \
	done
	tests/fuzz/coverage

-include $(wildcard $(FUZZ)/san/*/*.d $(FUZZ)/cov/*/*.d \
	$(FUZZ)/san/tests/fuzz/*.d $(FUZZ)/cov/tests/fuzz/*.d)
