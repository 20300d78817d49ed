# Handshakes a second against MIT's GSSAPI, with a real KDC's tickets.
$(eval $(call program,bench/kerberos/kerberos,bench/kerberos/kerberos.c,-L$(BUILD)/lib -l:libsspi.so.0 -lgssapi_krb5 -Wl$(comma)-rpath$(comma)'$$$$ORIGIN/../../lib'))
$(BUILD)/bench/kerberos/kerberos: | $(BUILD)/lib/libsspi.so
bench: $(BUILD)/bench/kerberos/kerberos
BENCH_SCRIPTS += bench/kerberos/kerberos.sh
