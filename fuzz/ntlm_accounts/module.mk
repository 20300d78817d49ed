$(eval $(call fuzz_target,ntlm_accounts,fuzz/ntlm_accounts/fuzz_ntlm_accounts.c,$(packages_LIBS)))
