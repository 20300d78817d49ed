# Schannel against bare OpenSSL.
$(eval $(call program,bench/schannel/schannel,bench/schannel/schannel.c bench/ntlm/ends.c,$(BUILD)/lib/libsspi.so $(ssl_LIBS) $(crypto_LIBS) -ldl -Wl$(comma)-rpath$(comma)'$$$$ORIGIN/../../lib'))
$(BUILD)/bench/schannel/schannel: $(BUILD)/lib/libsspi.so
BENCH_PROGRAMS += $(BUILD)/bench/schannel/schannel
