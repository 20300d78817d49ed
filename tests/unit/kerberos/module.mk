# What our objects allocate themselves is counted; what OpenSSL does inside its library is not.
kerb_COUNTED := $(foreach f,malloc calloc realloc free aligned_alloc posix_memalign strdup mmap secret_alloc secret_dup secret_free,-Wl$(comma)--wrap=$(f))
# Kerberos: tokens and encryption types by their RFCs; messages; MIT's GSSAPI and a real KDC at the other end.
$(eval $(call unit_test,kerb_token,tests/unit/kerberos/token_test.c,$(packages_LIBS)))
$(eval $(call unit_test,kerb_crypto,tests/unit/kerberos/crypto_test.c,$(packages_LIBS)))
kerb_TEST_PAIR := tests/unit/kerberos/pair.c
$(eval $(call unit_test,kerb_messages,tests/unit/kerberos/messages_test.c $(kerb_TEST_PAIR),$(packages_LIBS)))
$(eval $(call unit_test,kerb_forms,tests/unit/kerberos/forms_test.c $(kerb_TEST_PAIR) tests/unit/kerberos/counted.c,$(packages_LIBS) $(kerb_COUNTED)))
# libsspi's own objects, with Kerberos as the only package (harness.c), and a KDC (realm.c)
kerb_TEST_API     := tests/unit/kerberos/harness.c tests/unit/kerberos/realm.c
kerb_TEST_API_LIBS = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)
$(eval $(call unit_test,kerb_interop,$(addprefix tests/unit/kerberos/,interop_test.c interop_messages.c counted.c) $(kerb_TEST_API),$(kerb_TEST_API_LIBS) -lgssapi_krb5 $(kerb_COUNTED)))
$(eval $(call unit_test,kerb_secext,tests/unit/kerberos/secext_test.c tests/unit/kerberos/realm.c,$(BUILD)/lib/libsspi.so -Wl$(comma)-rpath$(comma)$(abspath $(BUILD))/lib $(base_LIBS)))
$(eval $(call unit_test,kerb_identity,tests/unit/kerberos/identity_test.c tests/unit/kerberos/realm.c,$(BUILD)/lib/libsspi.so -Wl$(comma)-rpath$(comma)$(abspath $(BUILD))/lib $(base_LIBS)))
$(BUILD)/tests/unit/kerb_secext $(BUILD)/tests/unit/kerb_identity: $(BUILD)/lib/libsspi.so
$(eval $(call unit_test,kerb_sasl,tests/unit/kerberos/sasl_test.c $(kerb_TEST_API),$(kerb_TEST_API_LIBS) -lsasl2))
$(eval $(call unit_test,kerb_context,tests/unit/kerberos/context_test.c $(kerb_TEST_API),$(kerb_TEST_API_LIBS)))
$(eval $(call unit_test,kerb_legs,tests/unit/kerberos/legs_test.c $(kerb_TEST_API),$(kerb_TEST_API_LIBS) -lgssapi_krb5))
$(eval $(call unit_test,kerb_impersonate,tests/unit/kerberos/impersonate_test.c $(kerb_TEST_API),$(kerb_TEST_API_LIBS)))
$(eval $(call unit_test,kerb_export,tests/unit/kerberos/export_test.c $(kerb_TEST_API),$(kerb_TEST_API_LIBS)))
# the LSA-mode half in the real package host, over a store of the test's own
kerb_TEST_LSA := $(addprefix tests/unit/kerberos/,lsa.c store.c realm.c)
kerb_TEST_LSA_LIBS = $(BUILD)/lib/liblsahost.a $(packages_LIBS) -lgssapi_krb5
$(eval $(call unit_test,kerb_session,tests/unit/kerberos/session_test.c $(kerb_TEST_LSA),$(kerb_TEST_LSA_LIBS)))
$(eval $(call unit_test,kerb_submit,tests/unit/kerberos/submit_test.c $(kerb_TEST_LSA),$(kerb_TEST_LSA_LIBS)))
$(eval $(call unit_test,kerb_unlock,tests/unit/kerberos/unlock_test.c $(kerb_TEST_LSA),$(kerb_TEST_LSA_LIBS)))
$(eval $(call unit_test,kerb_names,tests/unit/kerberos/names_test.c,$(packages_LIBS) $(kerb_TEST_API_LIBS)))
$(eval $(call unit_test,kerb_pac,$(addprefix tests/unit/kerberos/,pac_test.c pac_builder.c),$(packages_LIBS)))
$(eval $(call unit_test,kerb_describe,$(addprefix tests/unit/kerberos/,describe_test.c pac_builder.c),$(packages_LIBS) $(kerb_TEST_API_LIBS)))
$(eval $(call unit_test,kerb_add_credentials,tests/unit/kerberos/add_credentials_test.c $(kerb_TEST_API),$(kerb_TEST_API_LIBS)))
$(eval $(call unit_test,kerb_errors,$(addprefix tests/unit/kerberos/,errors_test.c fake_kdc.c) $(kerb_TEST_API),$(kerb_TEST_API_LIBS)))
