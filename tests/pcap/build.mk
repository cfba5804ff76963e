# SPDX-License-Identifier: GPL-2.0-or-later
# A tap made of a TUN device, and what a program may expect of one. They are
# built with Debian's libpcap, and run with ours.
PCAP_TEST := $(addprefix $(O)/tests/pcap/,capture same tap-rig)
ALL += $(PCAP_TEST)

$(O)/tests/pcap/capture: $(addprefix $(O)/obj/tests/pcap/,cases.o places.o \
	rules.o)
$(PCAP_TEST): $(O)/tests/pcap/%: $(O)/obj/tests/pcap/%.o \
		$(O)/obj/tests/pcap/tap.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lpcap
