# libsspi's own code against a security package and an lsad of the test's own; then the library as it is installed.
api_TEST_LIBS := $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(packages_LIBS)
api_TEST_FAKE := $(addprefix tests/unit/api/,fake_package.c fake_attributes.c fake_messages.c fake_lsad.c)
$(foreach t,handles host notify contexts legs credentials attributes settings packages auth_identity threads,\
    $(eval $(call unit_test,api_$(t),tests/unit/api/test_$(t).c $(api_TEST_FAKE),$(api_TEST_LIBS))))
$(eval $(call unit_test,api_library,tests/unit/api/test_library.c,-lwinpr2))
$(BUILD)/tests/unit/api_library: $(BUILD)/lib/libsspi.so
# Security packages of one's own, an SSP and an SSP/AP, which test_packages.c loads.
$(eval $(call shared,tests/ssp/ssp.so,tests/unit/api/custom_ssp.c))
$(eval $(call shared,tests/ssp/ssp_ap.so,tests/unit/api/custom_ssp_ap.c))
$(eval $(call shared,tests/ssp/none.so,tests/unit/api/custom_none.c,$(BUILD)/lib/libsspi.so -Wl$(comma)-rpath$(comma)$(abspath $(BUILD))/lib))
$(BUILD)/tests/ssp/none.so: $(BUILD)/lib/libsspi.so
$(BUILD)/tests/unit/api_packages: $(addprefix $(BUILD)/tests/ssp/,ssp.so ssp_ap.so none.so)
