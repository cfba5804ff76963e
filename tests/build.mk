# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make check		builds all and runs every suite, on Debian's kernels 6.1 and 6.12
#   make check T=wire	only the suites called so
#   make check-debug	the kernel's suites on the debug kernel
#   make check-suites	libdbus's and GLib's own suites, on dbus-daemon and on ours
#   make soak SOAK=restart	parts that take long, SOAK_TIME seconds each
#   make lint		the static checks
include $(filter-out tests/vm/%,$(wildcard tests/*/build.mk))

# What the suites run on: this machine ("host"), Debian booted in the test machine
# as it is ("system") and with our buses ("services"), and kernels of the test machine.
ON ?= host system services 6.1 6.12
T ?=

# Kernels show only to a make that starts when they are there, hence the second
# one. The debug kernel takes longest: it is built beside everything else.
.PHONY: check check-debug setup
setup:
	@tests/setup $(filter-out host system services debug,$(ON))

check: setup
	@$(if $(filter debug,$(ON)),\
		mkdir -p $(O) && { nice tests/setup debug >$(O)/setup-debug.log 2>&1 & })
	@echo "build all"
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all
	@tests/check $(if $(T),-s '$(T)') $(ON)

check-debug:
	@tests/setup debug
	@echo "build all"
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all
	@tests/check $(if $(T),-s '$(T)') debug

# The suites of libdbus and GLib on dbus-daemon and on dbus-routed: their counts
# side by side. Takes half an hour without hardware's help.
.PHONY: check-suites
check-suites:
	@tests/setup 6.1
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all
	@OUT=$(O)/vm/suites tests/vm/run -k 6.1 -t 3600 -- tests/suites

# On the debug kernel: all parts of tests/soak, or those of SOAK.
SOAK ?=
SOAK_TIME ?= 600
.PHONY: soak
soak:
	@tests/setup debug
	@+$(MAKE) -s --no-print-directory -j$(shell nproc) all
	@tests/soak/run -t $(SOAK_TIME) $(SOAK)

# Every C file of ours in user space, by both compilers and cppcheck's or clang's
# eyes; every script by shellcheck.
LINT_SCRIPTS = $(shell git ls-files -co --exclude-standard | while read -r f; do \
	[ -f "$$f" ] && head -n 1 "$$f" | grep -qE '^\#!.*(bash|/sh)' && echo "$$f"; done)

.PHONY: lint
lint:
	shellcheck -x -S warning $(LINT_SCRIPTS)
	+$(MAKE) --no-print-directory O=$(O)/lint-gcc CC=gcc \
		CFLAGS='-O2 -Werror' lint-programs
	+$(MAKE) --no-print-directory O=$(O)/lint-clang CC=clang \
		CFLAGS='-O1 -Werror' lint-programs

# What is compiled by our own flags, which modules and libpcap are not.
.PHONY: lint-programs
lint-programs: $(filter $(O)/bin/% $(O)/lib/% $(O)/plugins/%,$(ALL))
