# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Wireshark plugin. Wireshark loads it from a folder named after its minor
# release (4.0), under plugins/: so it stands in the build folder as well.

PKG_CONFIG ?= pkg-config

DISSECTOR_DIR := $(shell $(PKG_CONFIG) --variable=plugindir wireshark 2>/dev/null)
DISSECTOR := $(O)/plugins/$(or $(notdir $(DISSECTOR_DIR)),4.0)/epan/dbusmon.so
DISSECTOR_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(wildcard dissector/*.c))

ALL += $(DISSECTOR)
INSTALL += install-dissector
UNINSTALL += uninstall-dissector

dissector_CPPFLAGS := -DPLUGIN_VERSION='"$(VERSION)"' \
	$(call pkg_cflags,wireshark)
dissector_CFLAGS := -fPIC -fvisibility=hidden

.PHONY: dissector-plugin install-dissector uninstall-dissector
dissector-plugin: $(DISSECTOR)

ifeq ($(DISSECTOR_DIR),)
$(DISSECTOR):
	@echo "the Wireshark plugin needs libwireshark-dev, libwiretap-dev" \
		"and libglib2.0-dev" >&2; exit 1
else
$(DISSECTOR): $(DISSECTOR_OBJ) $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-z,defs $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$(shell $(PKG_CONFIG) --libs wireshark) -lwiretap
endif

# A profile of columns, colours and filter buttons, chosen at the window's lower
# right corner or by tshark -C D-Bus.
DISSECTOR_PROFILE := $(shell $(PKG_CONFIG) --variable=prefix wireshark \
	2>/dev/null)/share/wireshark/profiles/D-Bus

install-dissector: $(DISSECTOR)
	install -D -m 644 $< $(DESTDIR)$(DISSECTOR_DIR)/epan/dbusmon.so
	install -d $(DESTDIR)$(DISSECTOR_PROFILE)
	install -m 644 dissector/profile/* $(DESTDIR)$(DISSECTOR_PROFILE)

uninstall-dissector:
	rm -f $(DESTDIR)$(DISSECTOR_DIR)/epan/dbusmon.so
	rm -rf $(DESTDIR)$(DISSECTOR_PROFILE)

# The captures that its tests read are written by a program of their own.
DISSECTOR_MKCAP := $(O)/tests/dissector/mkcap
ALL += $(DISSECTOR_MKCAP)

$(DISSECTOR_MKCAP): $(O)/obj/tests/dissector/mkcap.o \
		$(O)/obj/tests/dissector/story.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

DISSECTOR_CRAFT := $(addprefix $(O)/tests/dissector/,faults talk)
ALL += $(DISSECTOR_CRAFT)

$(DISSECTOR_CRAFT): $(O)/tests/dissector/%: $(O)/obj/tests/dissector/%.o \
		$(O)/obj/tests/wire/bytes.o $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

.PHONY: fuzz-dissector bench-dissector check-wireshark-versions \
	check-wireshark-rules
fuzz: fuzz-dissector
fuzz-dissector:
	tests/dissector/fuzz $(FUZZ_TIME) $(FUZZ_SEED)

# Beside Wireshark's own dissector
bench-dissector:
	tests/dissector/bench

# Against the Wireshark of newer Debian suites; needs network the first time.
check-wireshark-versions:
	tests/dissector/wireshark-versions

# By the checkers of Wireshark's source package, which is downloaded once.
check-wireshark-rules:
	tests/dissector/wireshark-rules
