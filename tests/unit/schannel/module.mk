# Schannel: handshakes with OpenSSL itself and with each other, through libsspi's own objects (sides.c).
tls_TEST      := tests/unit/schannel/sides.c tests/unit/certificates/authority.c
tls_TEST_LIBS  = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)
$(foreach test,handshake bytes certificates choices sessions rules shared system data_behind functions settings names,$(eval $(call unit_test,tls_$(test),\
    tests/unit/schannel/$(test)_test.c $(tls_TEST),$(tls_TEST_LIBS))))
tls_PAIR := tests/unit/schannel/pair.c $(tls_TEST)
$(foreach test,renegotiation later end,$(eval $(call unit_test,tls_$(test),\
    tests/unit/schannel/$(test)_test.c $(tls_PAIR),$(tls_TEST_LIBS))))
# No memory: where our own objects ask for it, and where OpenSSL does.
$(foreach test,memory memory_openssl,$(eval $(call unit_test,tls_$(test),\
    tests/unit/schannel/memory_test.c $(tls_TEST) $(no_memory_SRC),$(tls_TEST_LIBS) $(no_memory_LIBS))))
