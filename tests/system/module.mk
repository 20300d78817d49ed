# The system tests: TAP scripts in a world of their own (world.sh), into which `make install` has put the build.
.PHONY: world
check check-system: world
CHECK_TAP += $(sort $(wildcard tests/system/*.t))
world: test-programs $(BUILD)/tests/unit/libcredmgr_test.so.1 $(BUILD)/tests/system/libcredmgr_recorder.so.1
	@rm -rf $(BUILD)/world
	$(call say,IN,$(BUILD)/world)$(MAKE) --no-print-directory install DESTDIR=$(abspath $(BUILD))/world \
	    >$(BUILD)/world.log 2>&1 || { cat $(BUILD)/world.log; exit 1; }
	@install -d $(BUILD)/world/usr/local/bin
	@install -m 755 $(filter $(BUILD)/tests/programs/%,$(TEST_PROGRAMS)) $(BUILD)/world/usr/local/bin
