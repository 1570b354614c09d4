# tillmail. `make help` lists the targets. CARGO_TARGET_DIR is respected.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test bench test-windows dist-windows check-deep crash release check-install install install-files uninstall dist-linux wheels test-pythons gallery clean c-compiler rust root crates

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
CC = gcc
CFLAGS = -std=c99 -O2 -Wall -Wextra -Werror

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
RELEASE := $(TARGET)/release
DEMO := $(CURDIR)/build/demo
STAGE := $(CURDIR)/build/stage
CRASH_ROUNDS ?= 10000
CRASH_SEED ?=
# A prefix that no compiler and no linker searches by itself.
STAGE_PREFIX := /opt/tillmail

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# The name the loader looks for, which stays (docs/ABI.md); the file behind it carries the release too.
SONAME := $(shell sed -n 's/.*-soname,\(libtillmail\.so\.[0-9]*\)".*/\1/p' build.rs)
REAL_NAME := $(SONAME).$(VERSION)

help:
	@echo 'make demo      builds the library, sends one receipt into a folder and shows it'
	@echo 'make test      runs every test, test-windows too; as root, because the tests start a real Postfix'
	@echo 'make check-deep runs them under ThreadSanitizer, AddressSanitizer and valgrind (docs/CHECKS.md); as root'
	@echo 'make bench     measures the library beside others and writes docs/PERFORMANCE.md (BENCH=, QUICK=1); as root, 15 minutes'
	@echo 'make test-windows loads the DLLs under 32-bit and 64-bit Wine; as root, half an hour the first time'
	@echo 'make dist-windows packs them for tills, one zip each, into dist/'
	@echo 'make crash     kills sending tills $(CRASH_ROUNDS) times and counts what is lost (CRASH_ROUNDS=, CRASH_SEED=)'
	@echo 'make install   PREFIX=$(PREFIX) DESTDIR=: library, header, pkg-config file and the command tillmail'
	@echo 'make dist-linux  dist/: archive and Python wheel for glibc 2.31 and later, tried in a Debian 11; as root'
	@echo 'make wheels    dist/: the Python wheels; DLLS= names tillmail.dll files for those of Windows'
	@echo 'make test-pythons PYTHONS=: the Python tests with other interpreters, after make wheels; needs the network'
	@echo 'make gallery   NAMES=: docs/gallery, the example receipts as phones and desktops show them (Chromium)'
	@echo 'make uninstall takes them away again'
	@echo 'make clean     removes what was built'

demo: c-compiler release
	@rm -rf '$(DEMO)' && mkdir -p '$(DEMO)'
	@$(CC) $(CFLAGS) -Iinclude examples/till.c -o '$(DEMO)/till' \
		-L'$(RELEASE)' -ltillmail -Wl,-rpath,'$(RELEASE)'
	@echo; '$(DEMO)/till' '$(DEMO)' examples/receipt.json

test: root
	sh tests/setup-debian.sh
	@$(MAKE) --no-print-directory rust crates
	CARGO_NET_OFFLINE=true cargo fmt --check
	CARGO_NET_OFFLINE=true cargo clippy --all-targets --locked -- -D warnings
	env -u TILLMAIL_SMTP_URL CARGO_NET_OFFLINE=true $(MAKE) --no-print-directory demo
	CARGO_NET_OFFLINE=true $(MAKE) --no-print-directory check-install
	CARGO_NET_OFFLINE=true $(MAKE) --no-print-directory dist-linux
	CARGO_NET_OFFLINE=true cargo test --locked
	$(MAKE) --no-print-directory test-windows

# The scripts fetch and build what they need into TILLMAIL_CACHE (~/.cache/tillmail); the next time it is there.
test-windows: root rust
	sh tests/setup-debian.sh
	sh tests/windows/wine.sh 32
	sh tests/windows/wine.sh 64
	sh packaging/windows/build.sh 32
	sh packaging/windows/build.sh 64
	cargo clippy --locked --test windows -- -D warnings
	cargo test --locked --test windows

dist-windows: rust
	sh packaging/windows/dist.sh

# TOOLS="thread address valgrind" names some of the runs.
check-deep: root rust
	CARGO_TARGET_DIR='$(TARGET)' sh tests/deep/run.sh $(TOOLS)

# Kills the release library's tills at every named point and at random; docs/RELIABILITY.md says what is judged.
crash: c-compiler release
	TILLMAIL_TEST_LIBRARY='$(RELEASE)/libtillmail.so' TILLMAIL_CRASH_ROUNDS='$(CRASH_ROUNDS)' \
		$(if $(CRASH_SEED),TILLMAIL_CRASH_SEED='$(CRASH_SEED)') cargo test --locked --test crash -- --nocapture

# docs/PERFORMANCE.md says what is measured; BENCH="accept cold" names some of it, QUICK=1 is a short run.
bench: rust
	@sh benches/setup-debian.sh
	@BENCH='$(BENCH)' QUICK='$(QUICK)' python3 benches/run.py

release: rust
	@echo "Building the library; the first time takes a few minutes."
	@cargo build --release --locked
	@ln -sf libtillmail.so '$(RELEASE)/$(SONAME)'

c-compiler:
	@command -v $(CC) >/dev/null || sh tests/setup-debian.sh

rust:
	@command -v cargo >/dev/null || { echo 'Rust is missing: see https://rustup.rs' >&2; exit 1; }

root:
	@[ "$$(id -u)" -eq 0 ] || { \
		echo 'This needs root: the tests install and start a real Postfix. Try: sudo make $(MAKECMDGOALS)' >&2; exit 1; }

# Downloads only what is missing: the second run needs no network.
crates:
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy
	@cargo metadata --offline --locked --format-version 1 >/dev/null 2>&1 || cargo fetch --locked

install: release
	@$(MAKE) --no-print-directory install-files

# What is in $(RELEASE), wherever it was built.
install-files:
	install -d '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(INCLUDEDIR)/tillmail' '$(DESTDIR)$(BINDIR)'
	install -m 755 '$(RELEASE)/tillmail' '$(DESTDIR)$(BINDIR)/tillmail'
	install -m 755 '$(RELEASE)/libtillmail.so' '$(DESTDIR)$(LIBDIR)/$(REAL_NAME)'
	ln -sf $(REAL_NAME) '$(DESTDIR)$(LIBDIR)/$(SONAME)'
	ln -sf $(SONAME) '$(DESTDIR)$(LIBDIR)/libtillmail.so'
	install -m 644 '$(RELEASE)/libtillmail.a' '$(DESTDIR)$(LIBDIR)/libtillmail.a'
	install -m 644 include/tillmail.h '$(DESTDIR)$(INCLUDEDIR)/tillmail/tillmail.h'
	@mkdir -p build
	@echo | rustc --crate-type staticlib --print native-static-libs -o build/empty.a - 2>&1 \
		| sed -n 's/^note: native-static-libs: //p' >build/libs_private
	@[ -s build/libs_private ] || { echo 'rustc does not tell what a static library needs' >&2; exit 1; }
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${exec_prefix}/%,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
		-e 's|@VERSION@|$(VERSION)|' -e "s|@LIBS_PRIVATE@|$$(cat build/libs_private)|" \
		packaging/tillmail.pc.in >'$(DESTDIR)$(LIBDIR)/pkgconfig/tillmail.pc'
	chmod 644 '$(DESTDIR)$(LIBDIR)/pkgconfig/tillmail.pc'

uninstall:
	rm -f '$(DESTDIR)$(LIBDIR)'/$(SONAME).* '$(DESTDIR)$(LIBDIR)/$(SONAME)' \
		'$(DESTDIR)$(LIBDIR)/libtillmail.so' '$(DESTDIR)$(LIBDIR)/libtillmail.a' \
		'$(DESTDIR)$(LIBDIR)/pkgconfig/tillmail.pc' '$(DESTDIR)$(INCLUDEDIR)/tillmail/tillmail.h' \
		'$(DESTDIR)$(BINDIR)/tillmail'
	-rmdir '$(DESTDIR)$(INCLUDEDIR)/tillmail'

# docs/gallery: what customers see. tests/preview.rs holds that every example has its pictures.
gallery: release
	@sh packaging/gallery/setup.sh
	@python3 packaging/gallery/gallery.py --command '$(RELEASE)/tillmail' --library '$(RELEASE)/libtillmail.so' $(NAMES)

dist-linux: c-compiler rust
	@CARGO_TARGET_DIR='$(TARGET)' sh packaging/linux/dist.sh $(DLLS)

wheels: c-compiler rust
	@CARGO_TARGET_DIR='$(TARGET)' sh packaging/linux/dist.sh --wheels $(DLLS)

test-pythons:
	@sh packaging/linux/pythons.sh $(PYTHONS)

# Installs into a scratch folder, compiles the example with what pkg-config says, shared and static, and runs both.
STAGED := PKG_CONFIG_SYSROOT_DIR='$(STAGE)' PKG_CONFIG_LIBDIR='$(STAGE)$(STAGE_PREFIX)/lib/pkgconfig' pkg-config
STAGED_LIB := $(STAGE)$(STAGE_PREFIX)/lib

check-install: c-compiler
	@rm -rf '$(STAGE)'
	@$(MAKE) -s install PREFIX=$(STAGE_PREFIX) LIBDIR=$(STAGE_PREFIX)/lib INCLUDEDIR=$(STAGE_PREFIX)/include BINDIR=$(STAGE_PREFIX)/bin DESTDIR='$(STAGE)'
	@[ "$$($(STAGED) --modversion tillmail)" = '$(VERSION)' ]
	@$(CC) $(CFLAGS) examples/till.c -o '$(STAGE)/shared' $$($(STAGED) --cflags --libs tillmail)
	@readelf -d '$(STAGE)/shared' | grep -q 'NEEDED.*\[$(SONAME)\]'
	@env -u TILLMAIL_SMTP_URL LD_LIBRARY_PATH='$(STAGED_LIB)' '$(STAGE)/shared' '$(STAGE)/run-shared' examples/receipt.json \
		>'$(STAGE)/shared.out'
	@grep -q 'state: sent' '$(STAGE)/shared.out'
	@'$(STAGE)$(STAGE_PREFIX)/bin/tillmail' --version | grep -qx 'tillmail $(VERSION)'
	@'$(STAGE)$(STAGE_PREFIX)/bin/tillmail' journal --folder '$(STAGE)/run-shared/state' --lang en | grep -q sent
	@rm '$(STAGED_LIB)'/libtillmail.so*
	@$(CC) $(CFLAGS) examples/till.c -o '$(STAGE)/static' $$($(STAGED) --static --cflags --libs tillmail)
	@! readelf -d '$(STAGE)/static' | grep tillmail
	@env -u TILLMAIL_SMTP_URL '$(STAGE)/static' '$(STAGE)/run-static' examples/receipt.json >'$(STAGE)/static.out'
	@grep -q 'state: sent' '$(STAGE)/static.out'
	@$(MAKE) -s uninstall PREFIX=$(STAGE_PREFIX) LIBDIR=$(STAGE_PREFIX)/lib INCLUDEDIR=$(STAGE_PREFIX)/include BINDIR=$(STAGE_PREFIX)/bin DESTDIR='$(STAGE)'
	@[ -z "$$(find '$(STAGE)$(STAGE_PREFIX)' ! -type d)" ]
	@echo 'check-install: shared and static programs and the command work'

clean:
	cargo clean
	rm -rf build
