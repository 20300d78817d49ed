# libsspi's own code against a security package and an lsad of the test's own; then the library as it is installed.
api_TEST_LIBS := $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(packages_LIBS)
api_TEST_FAKE := tests/unit/api/fake_package.c tests/unit/api/fake_lsad.c
$(eval $(call unit_test,api_handles,tests/unit/api/test_handles.c,$(api_TEST_LIBS)))
$(eval $(call unit_test,api_host,tests/unit/api/test_host.c tests/unit/api/fake_package.c,$(api_TEST_LIBS)))
$(foreach t,contexts attributes threads,$(eval $(call unit_test,api_$(t),tests/unit/api/test_$(t).c $(api_TEST_FAKE),$(api_TEST_LIBS))))
$(eval $(call unit_test,api_library,tests/unit/api/test_library.c,-lwinpr2))
$(BUILD)/tests/unit/api_library: $(BUILD)/lib/libsspi.so
