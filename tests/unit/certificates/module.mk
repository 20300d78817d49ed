# Certificates: contexts, stores, verification and loading, with an authority made for the test.
$(eval $(call unit_test,certificate_verify,tests/unit/certificates/verify_test.c tests/unit/certificates/authority.c,$(certificates_LIBS)))
$(eval $(call unit_test,certificate_load,tests/unit/certificates/load_test.c tests/unit/certificates/authority.c,$(certificates_LIBS)))
$(eval $(call unit_test,certificate_pkcs11,tests/unit/certificates/pkcs11_test.c tests/unit/certificates/authority.c,$(certificates_LIBS)))
