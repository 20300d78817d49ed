$(eval $(call fuzz_target,ntlm_messages,fuzz/ntlm_messages/fuzz_ntlm_messages.c,$(packages_LIBS)))
