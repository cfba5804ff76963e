# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that speak to a bus: bustest, and tapread, which reads captures of it.
BUS_TEST_SRC := activation attack busraw bustest draft fds genl hostile limits look \
	match names oob order policy process routing sizes stopped story stress \
	transcript
BUSTEST := $(O)/bin-test/bustest
TAPREAD := $(O)/bin-test/tapread
ALL += $(BUSTEST) $(TAPREAD)

$(BUSTEST): $(BUS_TEST_SRC:%=$(O)/obj/tests/bus/%.o) $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lmnl

$(TAPREAD): $(O)/obj/tests/bus/tapread.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^
