$(eval $(call fuzz_target,ntlm_authenticate,fuzz/ntlm_authenticate/fuzz_ntlm_authenticate.c,$(packages_LIBS)))
