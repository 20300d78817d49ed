# One non-recursive make. Every folder adds its few lines in its own module.mk:
#
#   LIBRARY      a static archive of ours           NAME_SRCS, NAME_CFLAGS
#   CHECK_CMOCKA programs with cmocka unit tests    (run plain and under ASan+UBSan)
#   CHECK_TAP    TAP scripts run by prove
#   FUZZ_TARGETS libFuzzer targets (fuzz/module.mk)
#
# `make` alone builds every product below $(BUILD). Nothing is written outside it.

BUILD       ?= build
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
VERSION     := 0.1.0

CC          ?= gcc
CLANG       ?= clang
WARNINGS    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
               -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
HARDENING   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fno-strict-aliasing -fPIC
OPT         ?= -O2 -g
BASE_CFLAGS := -std=gnu11 $(OPT) $(WARNINGS) -fvisibility=hidden -pthread -D_GNU_SOURCE \
               -Iinclude -I. -I$(BUILD)/gen \
               -DCREDMGR_VERSION='"$(VERSION)"' -DCREDMGR_SYSCONFDIR='"$(SYSCONFDIR)/credmgr"' \
               -DCREDMGR_LIBEXECDIR='"$(LIBEXECDIR)"' -DCREDMGR_MANAGERDIR='"$(MANAGERDIR)"' \
               -DCREDMGR_RUNDIR='"$(RUNDIR)/lsad"'
LINK_FLAGS  := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed -Wl,-z,defs -pthread

# make SAN=1: the same tree under AddressSanitizer and UndefinedBehaviorSanitizer, in its own folder
ifeq ($(SAN),1)
override BUILD := $(BUILD)-asan
HARDENING   := -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT         := -O1 -g
LINK_FLAGS  := -Wl,--as-needed -pthread -fsanitize=address,undefined
endif

CFLAGS_ALL   = $(BASE_CFLAGS) $(HARDENING) $(CFLAGS)
LDFLAGS_ALL  = $(LINK_FLAGS) $(LDFLAGS)

all:

include deps.mk
MODULES := base include libsspi/packages libsspi/packages/ntlm libsspi/packages/kerberos \
           libsspi/lsa libsspi/api lsad notify pam_credmgr tools conf \
           tests/headers tests/unit tests/system fuzz bench examples docs packaging
include $(wildcard $(addsuffix /module.mk,$(MODULES)))

.PHONY: all demo check bench fuzz install uninstall clean lint
all: $(PRODUCTS)

# ---- how things are built -------------------------------------------------------------------
$(BUILD)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_$(subst /,_,$(basename $<))) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -Wno-error -w -MMD -MP -c -o $@ $<

$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	rm -f $@ && $(AR) rcs $@ $^

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD) $(BUILD)-asan
