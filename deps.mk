# The components credmgr stands on, and one message that names what to install when some are missing.

crypto_LIBS    := -lcrypto
ssl_LIBS       := -lssl
krb5_LIBS      := -lkrb5 -lk5crypto -lcom_err
keyutils_LIBS  := -lkeyutils
protobuf_LIBS  := -lprotobuf-c
event_LIBS     := -levent
seccomp_LIBS   := -lseccomp
capng_LIBS     := -lcap-ng
inih_LIBS      := -linih
unistring_LIBS := -lunistring
pam_LIBS       := -lpam
PROTOC_C       ?= protoc-c

# header or program : Debian package : Fedora package
BUILD_NEEDS := \
    krb5.h:libkrb5-dev:krb5-devel \
    keyutils.h:libkeyutils-dev:keyutils-libs-devel \
    openssl/evp.h:libssl-dev:openssl-devel \
    protobuf-c/protobuf-c.h:libprotobuf-c-dev:protobuf-c-devel \
    event2/event.h:libevent-dev:libevent-devel \
    seccomp.h:libseccomp-dev:libseccomp-devel \
    cap-ng.h:libcap-ng-dev:libcap-ng-devel \
    unistr.h:libunistring-dev:libunistring-devel \
    ini.h:libinih-dev:inih-devel \
    security/pam_modules.h:libpam0g-dev:pam-devel \
    !$(PROTOC_C):protobuf-c-compiler:protobuf-c-compiler
CHECK_NEEDS := \
    cmocka.h:libcmocka-dev:libcmocka-devel \
    !$(CLANG):clang:clang \
    !prove:perl:perl-Test-Harness

needs-missing = $(strip $(foreach need,$(1),$(if $(call need-found,$(word 1,$(subst :, ,$(need)))),,$(need))))
need-found = $(if $(filter !%,$(1)),$(shell command -v $(patsubst !%,%,$(1)) 2>/dev/null),$(call header-found,$(1)))
header-found = $(shell echo '\#include <$(1)>' | sed 's/<cmocka.h>/<stdarg.h>\n\#include <stddef.h>\n\#include <setjmp.h>\n\#include <stdint.h>\n\#include <cmocka.h>/' | \
    $(CC) -E - >/dev/null 2>&1 && echo yes)

ifneq ($(filter-out clean uninstall,$(or $(MAKECMDGOALS),all)),)
ifeq ($(MAKELEVEL),0)
NEEDS := $(BUILD_NEEDS)
ifneq ($(filter check% bench fuzz unit-tests lint,$(MAKECMDGOALS)),)
NEEDS += $(CHECK_NEEDS)
endif
ifeq ($(shell command -v $(CC) 2>/dev/null),)
$(error credmgr needs a C compiler: apt-get install gcc (Debian) or dnf install gcc (Fedora), or run ./bootstrap)
endif
MISSING := $(call needs-missing,$(NEEDS))
ifneq ($(MISSING),)
$(error credmgr needs packages that are missing. \
    Debian: apt-get install $(foreach need,$(MISSING),$(word 2,$(subst :, ,$(need)))). \
    Fedora: dnf install $(foreach need,$(MISSING),$(word 3,$(subst :, ,$(need)))). \
    Or run ./bootstrap)
endif
endif
endif
