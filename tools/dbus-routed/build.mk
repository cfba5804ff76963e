# SPDX-License-Identifier: GPL-2.0-or-later
ROUTED_SRC := $(wildcard tools/dbus-routed/*.c)
ROUTED_OBJ := $(ROUTED_SRC:%.c=$(O)/obj/%.o)
ROUTED := $(O)/bin/dbus-routed
ALL += $(ROUTED)

# pkg-config is asked once, and only if something of this part is built.
routed_pkgs = dbus-1 libmnl expat libsystemd
routed_cflags = $(eval routed_cflags := \
	$$(call pkg_cflags,$(routed_pkgs)))$(routed_cflags)
routed_libs = $(eval routed_libs := \
	$$(shell pkg-config --libs $(routed_pkgs)))$(routed_libs)

tools_dbus-routed_CPPFLAGS = $(routed_cflags) -DVERSION='"$(VERSION)"' \
	-DDATADIR='"/usr/share/dbus-1"' -DSYSCONFDIR='"/etc/dbus-1"'

$(ROUTED): $(ROUTED_OBJ) $(WIRE_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(routed_libs)

# The test programs link the objects that they put to the test, with a kernel of
# their own: see tests/routed/fake_kernel.h.
tests_routed_CPPFLAGS = $(routed_cflags)
tests_routed_CFLAGS := -Wno-missing-field-initializers
ROUTED_TESTS := $(addprefix $(O)/tests/routed/, \
	sasl_test driver_test connect_test environment_test dbus-routed-fake)
routed_fake := $(O)/obj/tests/routed/fake_kernel.o

$(O)/tests/routed/sasl_test: $(O)/obj/tests/routed/sasl_test.o \
	$(O)/obj/tools/dbus-routed/sasl.o
$(O)/tests/routed/driver_test: $(O)/obj/tests/routed/driver_test.o \
	$(routed_fake) $(addprefix $(O)/obj/tools/dbus-routed/, channel.o \
	credentials.o dict.o driver.o environment.o environment_file.o introspect.o \
	log.o loop.o stats.o) \
	$(WIRE_LIB)
$(O)/tests/routed/connect_test: $(O)/obj/tests/routed/connect_test.o
$(O)/tests/routed/environment_test: $(O)/obj/tests/routed/environment_test.o \
	$(addprefix $(O)/obj/tools/dbus-routed/, environment.o environment_file.o log.o)
$(O)/tests/routed/dbus-routed-fake: $(routed_fake) \
	$(filter-out %/kernel.o,$(ROUTED_OBJ)) $(WIRE_LIB)
$(ROUTED_TESTS):
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(routed_libs)

ALL += $(ROUTED_TESTS)

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
	install -D -m 644 tools/dbus-routed/modules-load.conf \
		$(DESTDIR)/usr/lib/modules-load.d/dbus-routed.conf
	for kind in system user; do \
		dir=$(DESTDIR)$(PREFIX)/lib/systemd/$$kind; \
		mkdir -p $$dir && \
		sed 's|@bindir@|$(PREFIX)/bin|' \
			tools/dbus-routed/dbus-routed-$$kind.service \
			>$$dir/dbus-routed.service || exit 1; \
	done

uninstall-dbus-routed:
	rm -f $(DESTDIR)$(PREFIX)/bin/dbus-routed \
		$(DESTDIR)$(PREFIX)/share/man/man1/dbus-routed.1 \
		$(DESTDIR)/usr/lib/modules-load.d/dbus-routed.conf \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/dbus-routed.service \
		$(DESTDIR)$(PREFIX)/lib/systemd/user/dbus-routed.service
