$(eval $(call fuzz_target,ntlm_authorization,fuzz/ntlm_authorization/fuzz_ntlm_authorization.c,$(packages_LIBS)))
