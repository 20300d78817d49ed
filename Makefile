# One non-recursive make. Every folder adds its few lines in its own module.mk with these words:
#
#   $(eval $(call program,PATH,SOURCES,LIBRARIES))        an executable $(BUILD)/PATH
#   $(eval $(call shared,PATH,SOURCES,LIBRARIES,FLAGS))   a shared object $(BUILD)/PATH
#   $(eval $(call unit_test,NAME,SOURCES,LIBRARIES))      a cmocka program, run by check, plain and under ASan+UBSan
#   $(eval $(call fuzz_target,NAME,SOURCES,LIBRARIES))    a libFuzzer target; its seeds are fuzz/NAME/corpus/
#   PRODUCTS += …      what `make all` builds
#   TEST_PROGRAMS += … what the system tests run besides
#   CHECK_TAP += …     TAP scripts that `make check` gives to prove
#   GENERATED += …     sources made by the build, before anything is compiled
#
# `make` alone builds every product below $(BUILD). Nothing is written outside it.

BUILD       ?= build
ifeq ($(origin CC),default)
CC          := gcc
endif
PREFIX      ?= /usr
SYSCONFDIR  ?= /etc
MULTIARCH   := $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR      ?= $(PREFIX)/lib/$(MULTIARCH)
PAMDIR      ?= $(LIBDIR)/security
MANAGERDIR  ?= $(LIBDIR)/credmgr
LIBEXECDIR  ?= $(PREFIX)/libexec/credmgr
SBINDIR     ?= $(PREFIX)/sbin
BINDIR      ?= $(PREFIX)/bin
INCLUDEDIR  ?= $(PREFIX)/include/credmgr
MANDIR      ?= $(PREFIX)/share/man
RUNDIR      ?= /run
STATEDIR    ?= /var/lib/credmgr
VERSION     := 0.1.0

CLANG       ?= clang
WARNINGS    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
               -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
HARDENING   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fno-strict-aliasing -fPIC
OPT         ?= -O2 -g
BASE_CFLAGS  = -std=gnu11 $(OPT) $(WARNINGS) -fvisibility=hidden -pthread -D_GNU_SOURCE \
               -Iinclude -I. -I$(BUILD)/gen \
               -DCREDMGR_VERSION='"$(VERSION)"' -DCREDMGR_SYSCONFDIR='"$(SYSCONFDIR)/credmgr"' \
               -DCREDMGR_LIBEXECDIR='"$(LIBEXECDIR)"' -DCREDMGR_MANAGERDIR='"$(MANAGERDIR)"' \
               -DCREDMGR_RUNDIR='"$(RUNDIR)/lsad"' -DCREDMGR_ACCOUNTS_FOLDER='"$(STATEDIR)"'
LINK_FLAGS  := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed -Wl,-z,defs -pthread

# make SAN=1: the same tree under AddressSanitizer and UndefinedBehaviorSanitizer, in its own folder
ifeq ($(SAN),1)
override BUILD := $(BUILD)/asan
HARDENING   := -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT         := -O1 -g
LINK_FLAGS  := -Wl,--as-needed -pthread -fsanitize=address,undefined
endif

# make FUZZER=1: clang, libFuzzer coverage, ASan and UBSan
ifeq ($(FUZZER),1)
override BUILD := $(BUILD)/fuzzer
override CC := $(CLANG)
HARDENING   := -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
OPT         := -O1 -g
LINK_FLAGS  := -pthread -fsanitize=address,undefined
endif

CFLAGS_ALL   = $(BASE_CFLAGS) $(HARDENING) $(CFLAGS)
LDFLAGS_ALL  = $(LINK_FLAGS) $(LDFLAGS)

all:

include deps.mk

comma := ,

# `make V=1` shows the whole commands.
say = $(if $(V),,@printf '  %-4s%s\n' $(1) $(2); )

define program
$(BUILD)/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(2)) $(filter %.a,$(3))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$(CC) -pie -o $$@ $$(filter %.o,$$^) $(3) $$(LDFLAGS_ALL)
endef

define shared
$(BUILD)/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(2)) $(filter %.a,$(3))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$(CC) -shared -o $$@ $$(filter %.o,$$^) $(3) $(4) -Wl,-Bsymbolic $$(LDFLAGS_ALL)
endef

define unit_test
$(call program,tests/unit/$(1),$(2),$(3) -lcmocka)
UNIT_TESTS += $(BUILD)/tests/unit/$(1)
endef

# Fuzz targets are built by `make FUZZER=1` only (clang), in a folder of their own.
define fuzz_target
$(BUILD)/fuzz/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(2)) $(filter %.a,$(3))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$(CC) -o $$@ $$(filter %.o,$$^) $(3) $$(LDFLAGS_ALL) -fsanitize=fuzzer
FUZZ_TARGETS += $(BUILD)/fuzz/$(1)
endef

MODULES := base include libsspi/certificates libsspi/packages libsspi/packages/ntlm libsspi/packages/kerberos \
           libsspi/lsa libsspi/api lsad notify notify/mpr pam_credmgr tools tools/credmgr tools/demo conf \
           tests/headers tests/unit tests/unit/* tests/programs tests/system fuzz fuzz/* bench bench/* examples docs packaging
include $(wildcard $(addsuffix /module.mk,$(MODULES)))

.PHONY: all demo check interop bench fuzz install uninstall clean lint check-unit check-system list-unit-tests unit-tests fuzz-targets test-programs
all: $(PRODUCTS)
test-programs: all $(TEST_PROGRAMS)
unit-tests: $(UNIT_TESTS)
fuzz-targets: $(FUZZ_TARGETS)
list-unit-tests:
	@echo $(UNIT_TESTS)

# ---- tests -----------------------------------------------------------------------------------
# Everything speaks TAP: cmocka programs (plain, then under ASan+UBSan), the system tests, the header comparison, fuzzing.
PROVE       ?= prove
TESTS       ?= $(CHECK_TAP)
# Most tests wait (for a deadline, a KDC that is silent), so several run at a time: each has its own namespaces, ports and keyrings.
TEST_JOBS   ?= 3
# Some tests make no sense under the sanitizers and say so in their module.mk, so the sanitizer build names its own.
SAN_TESTS    = $(shell $(MAKE) -s --no-print-directory BUILD=$(BUILD) SAN=1 list-unit-tests)
check: test-programs unit-tests
	$(MAKE) SAN=1 unit-tests
	$(MAKE) FUZZER=1 fuzz-targets
	rm -rf $(BUILD)/interop
	BUILD=$(BUILD) FUZZ_DIR=$(BUILD)/fuzzer/fuzz FUZZ_RUNS=$(FUZZ_RUNS) CMOCKA_MESSAGE_OUTPUT=TAP \
	    $(PROVE) --jobs $(TEST_JOBS) --timer --failures --comments --exec '' $(UNIT_TESTS) $(SAN_TESTS) $(TESTS)
	BUILD=$(BUILD) INTEROP_ALL=$(if $(filter file,$(origin TESTS)),yes) $(PROVE) --verbose --exec '' tests/interop.t
check-unit: unit-tests
	CMOCKA_MESSAGE_OUTPUT=TAP $(PROVE) --jobs $(TEST_JOBS) --exec '' $(UNIT_TESTS)
check-system: test-programs
	BUILD=$(BUILD) $(PROVE) --jobs $(TEST_JOBS) --timer --failures --comments --exec '' $(filter tests/system/%,$(TESTS))
# Runs what has a peer that is not ours, and writes docs/interop.md of what it saw.
INTEROP_TESTS = $(shell grep -lE '^ *(interop|gensec) ' tests/system/*.t)
interop: test-programs world
	rm -rf $(BUILD)/interop
	BUILD=$(BUILD) $(PROVE) --jobs $(TEST_JOBS) --timer --failures --comments --exec '' $(INTEROP_TESTS)
	BUILD=$(BUILD) tests/interop.t --write
fuzz:
	$(MAKE) FUZZER=1 fuzz-targets
	FUZZ_DIR=$(BUILD)/fuzzer/fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) $(PROVE) --verbose --exec '' fuzz/run.t
	$(MAKE) SAN=1 $(HOSTILE_TESTS:%=$(BUILD)/asan/tests/unit/%)
	HOSTILE_RUNS=$(HOSTILE_RUNS) CMOCKA_MESSAGE_OUTPUT=TAP \
	    $(PROVE) --verbose --timer --exec '' $(HOSTILE_TESTS:%=$(BUILD)/asan/tests/unit/%)
bench: export BUILD := $(abspath $(BUILD))
bench: test-programs world $(BENCH_PROGRAMS)
	bench/table.sh $(BENCH_PROGRAMS) $(BENCH_SCRIPTS)

# ---- how things are built -------------------------------------------------------------------
$(BUILD)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS_ALL) $(CFLAGS_$(subst /,_,$(basename $<))) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS_ALL) -w -MMD -MP -c -o $@ $<

$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD)
