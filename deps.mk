# The components credmgr stands on. One message names the package to install when one is missing.
# (name used below : pkg-config module : Debian package : Fedora package)

PKG_CONFIG ?= pkg-config
DEPENDENCIES := \
    crypto:libcrypto:libssl-dev:openssl-devel \
    krb5:mit-krb5:libkrb5-dev:krb5-devel \
    keyutils:libkeyutils:libkeyutils-dev:keyutils-libs-devel \
    protobuf:libprotobuf-c:libprotobuf-c-dev:protobuf-c-devel \
    event:libevent:libevent-dev:libevent-devel \
    seccomp:libseccomp:libseccomp-dev:libseccomp-devel \
    capng:libcap-ng:libcap-ng-dev:libcap-ng-devel \
    inih:inih:libinih-dev:inih-devel

crypto_LIBS   := -lcrypto
krb5_LIBS     := -lkrb5 -lk5crypto -lcom_err
keyutils_LIBS := -lkeyutils
protobuf_LIBS := -lprotobuf-c
event_LIBS    := -levent
seccomp_LIBS  := -lseccomp
capng_LIBS    := -lcap-ng
inih_LIBS     := -linih
unistring_LIBS := -lunistring
pam_LIBS      := -lpam
PROTOC_C      ?= protoc-c
