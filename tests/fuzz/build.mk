# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers for libFuzzer. Of wire/: message (parse, validate, walk, SENDER) and
# rule (match rules). Of dbusdump, all that it does with what it reads: pcap,
# pcapng, record (the tap's headers, each link type) and json. And printer: what
# tcpdump prints.
#
#   make fuzz [FUZZ_TIME=seconds]	runs each for that long, 60 unless said
#
# What they found worth keeping stays in $(O)/fuzz/corpus, what broke something in
# $(O)/fuzz/crashes.
FUZZ := $(O)/fuzz
FUZZ_TIME ?= 60
FUZZ_WIRE := message rule
FUZZ_SNIFF := pcap pcapng record json
FUZZ_TARGETS := $(FUZZ_WIRE) $(FUZZ_SNIFF)
FUZZ_CC := clang -D_GNU_SOURCE -std=gnu11 -O1 -g -Wall -Wextra \
	-Wno-unused-parameter -I. -Iinclude/uapi -MMD -MP
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_COV := -fprofile-instr-generate -fcoverage-mapping

$(FUZZ)/san/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ)/cov/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_COV) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ_WIRE:%=$(FUZZ)/%): $(FUZZ)/%: $(FUZZ)/san/tests/fuzz/%.o \
		$(WIRE_SRC:%.c=$(FUZZ)/san/%.o)
	clang $(FUZZ_SAN) -fsanitize=fuzzer -o $@ $^

# all of dbusdump but its command line, its devices and the terminal
FUZZ_DUMP := $(filter-out $(addprefix tools/dbusdump/,main.c options.c extcap.c \
	live.c monitor.c observe.c program.c rights.c top.c save.c), \
	$(wildcard tools/dbusdump/*.c)) tools/dbusctl/genl.c tests/fuzz/sniff.c
FUZZ_DUMP_OBJ := $(FUZZ_DUMP:%.c=$(FUZZ)/san/%.o) $(WIRE_SRC:%.c=$(FUZZ)/san/%.o)

$(FUZZ_SNIFF:%=$(FUZZ)/%): $(FUZZ)/%: $(FUZZ)/san/tests/fuzz/%.o $(FUZZ_DUMP_OBJ)
	clang $(FUZZ_SAN) -fsanitize=fuzzer -o $@ $^ -lmnl

$(FUZZ_WIRE:%=$(FUZZ)/%-coverage): $(FUZZ)/%-coverage: \
		$(FUZZ)/cov/tests/fuzz/%.o $(WIRE_SRC:%.c=$(FUZZ)/cov/%.o)
	clang $(FUZZ_COV) -fsanitize=fuzzer -o $@ $^

$(FUZZ)/seeds: tests/fuzz/seeds.c tests/wire/generate.c tests/wire/bytes.c $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ $^

# The printer with as little of tcpdump around it as it takes, whose sources are
# not held to our warnings.
$(FUZZ)/printer: tests/fuzz/printer.c tests/fuzz/require.h $(TCPDUMP)
	@mkdir -p $(@D)
	clang -std=gnu11 -O1 -g -w -DHAVE_CONFIG_H -I. -I$(O)/tcpdump/netdissect \
		$(FUZZ_SAN) -fsanitize=fuzzer -o $@ $< $(O)/tcpdump/netdissect/*.c

.PHONY: fuzz fuzzers
fuzzers: $(FUZZ_TARGETS:%=$(FUZZ)/%) $(FUZZ_WIRE:%=$(FUZZ)/%-coverage) \
	$(FUZZ)/seeds $(MAKE_CAPTURE) $(DBUSDUMP) $(FUZZ)/printer
fuzz: fuzzers
	for target in $(FUZZ_TARGETS) printer; do \
		tests/fuzz/run $$target -max_total_time=$(FUZZ_TIME) || exit; \
	done
	tests/fuzz/coverage

-include $(wildcard $(FUZZ)/san/*/*.d $(FUZZ)/cov/*/*.d $(FUZZ)/san/tools/*/*.d \
	$(FUZZ)/san/tests/fuzz/*.d $(FUZZ)/cov/tests/fuzz/*.d)
