# SPDX-License-Identifier: GPL-2.0-or-later
ROUTED_SRC := $(wildcard tools/dbus-routed/*.c)
ROUTED_OBJ := $(ROUTED_SRC:%.c=$(O)/obj/%.o)
ROUTED := $(O)/bin/dbus-routed
ALL += $(ROUTED)

# pkg-config is asked once, and only if something of this part is built.
routed_pkgs = dbus-1 libmnl expat
routed_cflags = $(eval routed_cflags := \
	$$(shell pkg-config --cflags $(routed_pkgs)))$(routed_cflags)
routed_libs = $(eval routed_libs := \
	$$(shell pkg-config --libs $(routed_pkgs)))$(routed_libs)

tools_dbus-routed_CPPFLAGS = $(routed_cflags) -DVERSION='"$(VERSION)"' \
	-DDATADIR='"/usr/share/dbus-1"' -DSYSCONFDIR='"/etc/dbus-1"'

$(ROUTED): $(ROUTED_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(routed_libs)

# The test programs link the objects that they put to the test, and stand in
# for the kernel themselves.
tests_routed_CPPFLAGS = $(routed_cflags)
ROUTED_TESTS := $(addprefix $(O)/tests/routed/,sasl_test driver_test flood)

routed_test_objs = $(patsubst %,$(O)/obj/tools/dbus-routed/%.o,$(1))

$(O)/tests/routed/sasl_test: $(call routed_test_objs,sasl)
$(O)/tests/routed/driver_test: $(call routed_test_objs,driver credentials \
	environment introspect)
$(ROUTED_TESTS): $(O)/tests/routed/%: $(O)/obj/tests/routed/%.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(routed_libs)

.PHONY: routed-tests
routed-tests: $(ROUTED_TESTS)

PREFIX ?= /usr/local
INSTALL += install-dbus-routed
UNINSTALL += uninstall-dbus-routed

.PHONY: install-dbus-routed uninstall-dbus-routed
install-dbus-routed: $(ROUTED)
	install -D -m 755 $(ROUTED) $(DESTDIR)$(PREFIX)/bin/dbus-routed
	install -D -m 644 tools/dbus-routed/dbus-routed.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbus-routed.1

uninstall-dbus-routed:
	rm -f $(DESTDIR)$(PREFIX)/bin/dbus-routed \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbus-routed.1
