$(eval $(call fuzz_target,ntlm_legs,fuzz/ntlm_legs/fuzz_ntlm_legs.c,$(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)))
