# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that speak to a bus: bustest, and tapread, which reads captures of it.
BUS_TEST_SRC := activation attack blocked busraw bustest draft environment fds fuzz fuzz_genl genl \
	hostile limits look match memory names oob order policy process quota restart \
	routing sizes splice stopped story stress transcript witness
BUSTEST := $(O)/bin-test/bustest
TAPREAD := $(O)/bin-test/tapread
ALL += $(BUSTEST) $(TAPREAD)

$(BUSTEST): $(BUS_TEST_SRC:%=$(O)/obj/tests/bus/%.o) $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lmnl

$(TAPREAD): $(O)/obj/tests/bus/tapread.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# What an idle connection takes, on Debian's kernel; broken streams and requests,
# and memory that fails, on the debug kernel: for
# SOAK_TIME seconds, from seed SOAK_SEED on.
.PHONY: soak-hostile
soak-hostile:
	@tests/setup 6.1 debug
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all
	@tests/vm/run -k 6.1 -t 60 -- sh -c 'modprobe dbus && \
		setpriv --reuid user --regid user --init-groups -- \
		$(BUSTEST) genl-idle'
	@tests/vm/run -k debug -t $$((2 * $(or $(SOAK_TIME),600) + 600)) -- \
		env SOAK_TIME=$(or $(SOAK_TIME),600) SOAK_SEED=$(or $(SOAK_SEED),1) \
		tests/soak/hostile
