$(eval $(call fuzz_target,ntlm_challenge,fuzz/ntlm_challenge/fuzz_ntlm_challenge.c,$(packages_LIBS)))
