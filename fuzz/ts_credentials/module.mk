$(eval $(call fuzz_target,ts_credentials,fuzz/ts_credentials/fuzz_ts_credentials.c $(ts_protocol_SRC),$(base_LIBS) $(crypto_LIBS)))
