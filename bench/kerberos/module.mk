# Handshakes and messages a second against MIT's GSSAPI, with a KDC of the benchmark's own.
$(eval $(call program,bench/kerberos/kerberos,bench/kerberos/kerberos.c tests/unit/kerberos/realm.c,-ldl -lgssapi_krb5))
$(BUILD)/bench/kerberos/kerberos: | $(BUILD)/lib/libsspi.so
BENCH_PROGRAMS += $(BUILD)/bench/kerberos/kerberos
