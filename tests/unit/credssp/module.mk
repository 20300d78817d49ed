# CredSSP over the packages that it lives on (Schannel, TSPkg, Negotiate, NTLM), with lsa.conf as each test wants it.
credssp_TEST      := libsspi/api/builtin_packages.c tests/unit/credssp/sides.c tests/unit/certificates/authority.c
credssp_TEST_LIBS  = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS) -Wl$(comma)--wrap=lsa_setting
$(foreach test,handshake errors again attributes credentials frames requests,$(eval \
    $(call unit_test,credssp_$(test),tests/unit/credssp/$(test)_test.c $(credssp_TEST),$(credssp_TEST_LIBS))))
$(eval $(call unit_test,credssp_memory,tests/unit/credssp/memory_test.c $(no_memory_SRC) $(credssp_TEST),$(credssp_TEST_LIBS) $(no_memory_LIBS)))
