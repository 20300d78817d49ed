# Certificates: contexts, stores, verification and loading, with an authority made for the test.
$(foreach test,context text store chain verify load pkcs11,$(eval $(call unit_test,certificate_$(test),\
    tests/unit/certificates/$(test)_test.c tests/unit/certificates/authority.c,$(certificates_LIBS))))
