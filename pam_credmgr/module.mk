# The PAM module: PAM, the running of mpnotify, and the reader and writer of what is said to it.
# -z nodelete: a mail server loads and unloads its PAM modules for each login, and would lose an
# arena of secret memory each time.
pam_credmgr_SRCS  := $(wildcard pam_credmgr/*.c)
pam_credmgr_FLAGS := -Wl,--version-script=pam_credmgr/pam_credmgr.map -Wl,-z,nodelete
$(eval $(call shared,lib/security/pam_credmgr.so,$(pam_credmgr_SRCS),$(notify_LIBS) $(keyutils_LIBS) $(pam_LIBS),$(pam_credmgr_FLAGS)))
$(BUILD)/lib/security/pam_credmgr.so: pam_credmgr/pam_credmgr.map
PRODUCTS += $(BUILD)/lib/security/pam_credmgr.so
