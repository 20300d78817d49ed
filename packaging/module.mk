# make install, uninstall and lint. What is installed where is one list, which both follow:
# SOURCE:DESTINATION:MODE. A product's place follows from its folder below $(BUILD).

UNITDIR      ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR  ?= $(PREFIX)/lib/sysusers.d
SYSCTLDIR    ?= $(PREFIX)/lib/sysctl.d
PAMCONFIGDIR ?= $(PREFIX)/share/pam-configs
AUTHSELECTDIR ?= $(PREFIX)/share/authselect/vendor
DOCDIR       ?= $(PREFIX)/share/doc/credmgr

# ---- files with places of this installation in them --------------------------------------------
packaging_FILLED := $(BUILD)/conf/credmgr.conf $(BUILD)/conf/lsad.service
packaging_FILL = @mkdir -p $(@D) && sed 's|@MANAGERDIR@|$(MANAGERDIR)|; s|@SBINDIR@|$(SBINDIR)|' $< >$@
$(BUILD)/conf/credmgr.conf: conf/credmgr.conf
	$(packaging_FILL)
$(BUILD)/conf/lsad.service: conf/systemd/lsad.service
	$(packaging_FILL)

# ---- the list ------------------------------------------------------------------------------------
define packaging_PLACE
$(patsubst $(BUILD)/lib/security/%,$(PAMDIR)/%,\
$(patsubst $(BUILD)/lib/credmgr/%,$(MANAGERDIR)/%,\
$(patsubst $(BUILD)/libexec/credmgr/%,$(LIBEXECDIR)/%,\
$(patsubst $(BUILD)/libexec/%,$(LIBEXECDIR)/%,\
$(patsubst $(BUILD)/sbin/%,$(SBINDIR)/%,\
$(patsubst $(BUILD)/bin/%,$(BINDIR)/%,$(1)))))))
endef

packaging_LIBRARIES := libsspi libmpr
packaging_LIST = $(foreach l,$(packaging_LIBRARIES),$(BUILD)/lib/$(l).so.0:$(LIBDIR)/$(l).so.0:644) \
    $(foreach p,$(filter-out $(packaging_LIBRARIES:%=$(BUILD)/lib/%.so) %.pc,$(PRODUCTS)),\
        $(p):$(strip $(call packaging_PLACE,$(p))):$(if $(filter %.so %.so.1,$(p)),644,755)) \
    $(foreach h,$(PUBLIC_HEADERS),$(h):$(INCLUDEDIR)/$(notdir $(h)):644) \
    $(BUILD)/sspi.pc:$(LIBDIR)/pkgconfig/sspi.pc:644 \
    $(BUILD)/mpr.pc:$(LIBDIR)/pkgconfig/mpr.pc:644 \
    $(BUILD)/conf/lsad.service:$(UNITDIR)/lsad.service:644 \
    conf/systemd/lsad.socket:$(UNITDIR)/lsad.socket:644 \
    conf/sysusers.conf:$(SYSUSERSDIR)/credmgr.conf:644 \
    conf/sysctl.conf:$(SYSCTLDIR)/60-credmgr.conf:644 \
    conf/pam-configs/credmgr:$(PAMCONFIGDIR)/credmgr:644 \
    $(foreach f,$(wildcard conf/authselect/credmgr/*),$(f):$(AUTHSELECTDIR)/credmgr/$(notdir $(f)):644) \
    conf/pam.d/sshd:$(DOCDIR)/examples/pam.d/sshd:644 \
    conf/pam.d/login:$(DOCDIR)/examples/pam.d/login:644 \
    $(foreach f,$(wildcard examples/*/*.[ch] examples/*/Makefile),$(f):$(DOCDIR)/$(f):644) \
    $(BUILD)/conf/credmgr.conf:$(DOCDIR)/examples/credmgr.conf:644 \
    conf/lsa.conf:$(DOCDIR)/examples/lsa.conf:644 \
    $(foreach m,$(wildcard docs/man/*.[1-8]),$(m):$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)):644)

# The admin's own files: installed when they are not there, removed when they were not changed.
packaging_OWN = $(BUILD)/conf/credmgr.conf:$(SYSCONFDIR)/credmgr/credmgr.conf:644 \
    conf/lsa.conf:$(SYSCONFDIR)/credmgr/lsa.conf:644

install: all $(packaging_FILLED)
	@sh packaging/install.sh '$(DESTDIR)' $(packaging_LIST) -- $(packaging_OWN)
	for library in $(packaging_LIBRARIES); do ln -sf $$library.so.0 "$(DESTDIR)$(LIBDIR)/$$library.so"; done
	@$(if $(DESTDIR),,sh packaging/afterwards.sh)

uninstall: $(packaging_FILLED)
	@sh packaging/uninstall.sh '$(DESTDIR)' $(packaging_LIST) -- $(packaging_OWN)
	rm -f $(packaging_LIBRARIES:%='$(DESTDIR)$(LIBDIR)/%.so')
	@for folder in '$(INCLUDEDIR)' '$(MANAGERDIR)' '$(LIBEXECDIR)' '$(DOCDIR)/examples/pam.d' '$(DOCDIR)/examples/vault' '$(DOCDIR)/examples/sspi' '$(DOCDIR)/examples/nla' \
	    '$(DOCDIR)/examples' '$(DOCDIR)' '$(AUTHSELECTDIR)/credmgr' '$(SYSCONFDIR)/credmgr'; do \
	    rmdir "$(DESTDIR)$$folder" 2>/dev/null || :; done
CHECK_TAP += packaging/install.t

# ---- lint ----------------------------------------------------------------------------------------
lint_FILES = $(shell find . -path ./.git -prune -o -path ./build -prune -o \( $(1) \) -print | sort)
lint: lint-format lint-c lint-shell
	@echo 'lint: clean'

.PHONY: lint-format lint-c lint-shell
lint-format:
	@command -v clang-format >/dev/null || { echo 'lint: install clang-format' >&2; exit 1; }
	clang-format --dry-run -Werror $(call lint_FILES,-name '*.[ch]')

lint-c: $(GENERATED)
	@command -v cppcheck >/dev/null || { echo 'lint: install cppcheck' >&2; exit 1; }
	@mkdir -p $(BUILD)/lint
	cppcheck --quiet -j2 --error-exitcode=1 --std=c11 --language=c --inline-suppr \
	    --cppcheck-build-dir=$(BUILD)/lint --suppressions-list=packaging/cppcheck.list \
	    --enable=warning,performance,portability -D_GNU_SOURCE -D__linux__ -Iinclude -I. -I$(BUILD)/gen \
	    $(call lint_FILES,-name '*.c')

# SC2034: the parts of the tests' world use each other's variables.
lint-shell:
	@if command -v shellcheck >/dev/null; then \
	    echo shellcheck; shellcheck --severity=warning --exclude=SC2034 --external-sources --source-path=SCRIPTDIR \
	        $(shell grep -lE '^#!.*[/ ](sh|bash)( |$$)|^# shellcheck shell=' $(call lint_FILES,-type f -size -99)); \
	else echo 'lint: shellcheck is not installed, shell scripts not looked at'; fi
