# Handshakes and messages against MIT's GSSAPI, gssproxy and bare OpenSSL, with a real KDC's tickets.
bench_kerberos_LIBS = -L$(BUILD)/lib -l:libsspi.so.0 -lgssapi_krb5 -Wl$(comma)-rpath$(comma)'$$$$ORIGIN/../../lib'
$(eval $(call program,bench/kerberos/kerberos,bench/kerberos/kerberos.c bench/kerberos/ends.c,$(bench_kerberos_LIBS)))
$(eval $(call program,bench/kerberos/messages,bench/kerberos/messages.c bench/kerberos/ends.c,$(bench_kerberos_LIBS) -lcrypto))
$(BUILD)/bench/kerberos/kerberos $(BUILD)/bench/kerberos/messages: | $(BUILD)/lib/libsspi.so
bench: $(BUILD)/bench/kerberos/kerberos $(BUILD)/bench/kerberos/messages
BENCH_SCRIPTS += bench/kerberos/kerberos.sh
