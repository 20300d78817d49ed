# The documentation installs nothing itself (packaging does); what it says is compared with the code.
$(eval $(call program,tests/docs/unsupported,tests/docs/unsupported.c,$(BUILD)/lib/libsspi.so -Wl$(comma)-rpath$(comma)'$$$$ORIGIN/../../lib'))
$(BUILD)/tests/docs/unsupported: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/docs/unsupported
CHECK_TAP += tests/docs.t
