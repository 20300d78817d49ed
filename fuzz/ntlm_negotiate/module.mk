$(eval $(call fuzz_target,ntlm_negotiate,fuzz/ntlm_negotiate/fuzz_ntlm_negotiate.c,$(packages_LIBS)))
