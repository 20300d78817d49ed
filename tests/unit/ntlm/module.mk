# NTLM: the vectors of [MS-NLMP] 4.2, hostile messages, handshakes, and the package through the real host.
$(eval $(call unit_test,ntlm_vectors_v2,tests/unit/ntlm/vectors_v2_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
$(eval $(call unit_test,ntlm_vectors_v1,tests/unit/ntlm/vectors_v1_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
$(eval $(call unit_test,ntlm_pass,tests/unit/ntlm/pass_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
# OpenSSL as a machine has it that does not want us to have the old algorithms
$(eval $(call unit_test,ntlm_crypto,tests/unit/ntlm/crypto_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS) \
    $(foreach f,OSSL_LIB_CTX_new OSSL_PROVIDER_load EVP_MD_fetch EVP_CIPHER_fetch,-Wl$(comma)--wrap=$(f))))
# What our objects allocate themselves is counted; what OpenSSL does inside its library is not.
ntlm_COUNTED := $(foreach f,malloc calloc realloc free aligned_alloc posix_memalign strdup mmap secret_alloc secret_dup secret_free,-Wl$(comma)--wrap=$(f))
$(eval $(call unit_test,ntlm_protection,tests/unit/ntlm/protection_test.c tests/unit/ntlm/vectors.c tests/unit/kerberos/counted.c,$(packages_LIBS) $(ntlm_COUNTED)))
# libsspi's own objects, with NTLM as the only package (harness.c)
ntlm_TEST_API     := tests/unit/ntlm/harness.c
ntlm_TEST_API_LIBS = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)
$(eval $(call unit_test,ntlm_handshake,tests/unit/ntlm/handshake_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS) -Wl$(comma)--wrap=lsa_audit_logon))
$(eval $(call unit_test,ntlm_session,tests/unit/ntlm/session_test.c tests/unit/kerberos/counted.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS) $(ntlm_COUNTED)))
$(eval $(call unit_test,ntlm_attributes,tests/unit/ntlm/attributes_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS)))
# the sanitizers keep freed memory, and shadows of all of it
ifneq ($(SAN),1)
$(eval $(call unit_test,ntlm_leftovers,tests/unit/ntlm/leftovers_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS)))
endif
$(eval $(call unit_test,ntlm_export,tests/unit/ntlm/export_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS)))
$(eval $(call unit_test,ntlm_interop_gss,tests/unit/ntlm/interop_gss_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS) -lgssapi_krb5))
$(eval $(call unit_test,ntlm_interop_samba,tests/unit/ntlm/interop_samba_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS)))
$(eval $(call unit_test,ntlm_interop_winpr,tests/unit/ntlm/interop_winpr_test.c $(ntlm_TEST_API),$(ntlm_TEST_API_LIBS) -ldl))
# the LSA-mode half in the real package host, and what all packages share
$(eval $(call unit_test,ntlm_package,tests/unit/ntlm/package_test.c,$(BUILD)/lib/liblsahost.a $(packages_LIBS)))
$(eval $(call unit_test,packages_shared,tests/unit/ntlm/shared_test.c,$(packages_LIBS)))
# hostile bytes, and peers built by hand
$(eval $(call unit_test,ntlm_messages,tests/unit/ntlm/messages_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
$(eval $(call unit_test,ntlm_peers,tests/unit/ntlm/peers_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
# what a policy decides, and what Windows peers were recorded to say
ntlm_MEETING := tests/unit/ntlm/meeting.c tests/unit/ntlm/vectors.c
$(eval $(call unit_test,ntlm_levels,tests/unit/ntlm/levels_test.c $(ntlm_MEETING),$(packages_LIBS)))
$(eval $(call unit_test,ntlm_policy,tests/unit/ntlm/policy_test.c $(ntlm_MEETING),$(packages_LIBS)))
$(eval $(call unit_test,ntlm_memory,tests/unit/ntlm/memory_test.c $(no_memory_SRC) $(ntlm_MEETING),$(packages_LIBS) \
    $(no_memory_LIBS)))
$(eval $(call unit_test,ntlm_recorded,tests/unit/ntlm/recorded_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
