# Certificates: contexts, stores, verification and loading, with an authority made for the test.
$(foreach test,context text store chain verify trust load pkcs11,$(eval $(call unit_test,certificate_$(test),\
    tests/unit/certificates/$(test)_test.c tests/unit/certificates/authority.c,$(certificates_LIBS))))
$(eval $(call unit_test,certificate_memory,tests/unit/certificates/memory_test.c tests/unit/certificates/authority.c $(no_memory_SRC),\
    $(certificates_LIBS) $(no_memory_LIBS)))
$(eval $(call unit_test,certificate_library,tests/unit/certificates/library_test.c tests/unit/certificates/authority.c,\
    $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)))
