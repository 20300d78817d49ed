$(eval $(call fuzz_target,ts_request,fuzz/ts_request/fuzz_ts_request.c $(ts_protocol_SRC),$(base_LIBS) $(crypto_LIBS)))
