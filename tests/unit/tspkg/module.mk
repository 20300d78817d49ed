# TSPkg through the public API: in the program, and in lsad's host. The rules of policy.h are the test's.
ts_TEST      := tests/unit/tspkg/sides.c
ts_TEST_LIBS  = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS) -Wl$(comma)--wrap=lsa_setting
$(eval $(call unit_test,tspkg_process,tests/unit/tspkg/process_test.c $(ts_TEST),$(ts_TEST_LIBS)))
# … and as lsad runs it, over a store of the test's own, against MIT's SPNEGO.
$(eval $(call unit_test,tspkg_lsad,$(addprefix tests/unit/tspkg/,lsad_test.c mit.c) $(addprefix tests/unit/kerberos/,store.c realm.c),$(BUILD)/lib/liblsahost.a $(packages_LIBS) -lgssapi_krb5))
$(eval $(call unit_test,tspkg_memory,tests/unit/tspkg/memory_test.c $(no_memory_SRC) $(ts_TEST),$(ts_TEST_LIBS) \
    $(no_memory_LIBS) -Wl$(comma)--wrap=secret_alloc))
