$(eval $(call fuzz_target,ts_handshake,fuzz/ts_handshake/fuzz_ts_handshake.c fuzz/ts_handshake/mutator.c fuzz/messages.c $(ts_protocol_SRC),$(base_LIBS) $(crypto_LIBS)))
