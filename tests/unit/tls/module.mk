# Schannel: messages and attributes, with the ends of tests/unit/schannel.
$(foreach test,messages attributes,$(eval $(call unit_test,tls_$(test),tests/unit/tls/$(test)_test.c $(tls_TEST),$(tls_TEST_LIBS))))
