$(eval $(call fuzz_target,auth_identity,fuzz/auth_identity/fuzz_auth_identity.c,$(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)))
