$(eval $(call fuzz_target,tls_records,fuzz/tls_records/fuzz_tls_records.c,$(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)))
