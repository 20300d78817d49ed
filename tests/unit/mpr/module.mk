# libmpr.so: its parts, the whole of it with a mpnotify of the test's and with the real one, and the library itself.
mpr_test_ROUTER := tests/unit/mpr/router.c notify/mpr/last_error.c notify/mpr/logon_info.c tests/unit/notify/world.c
$(eval $(call unit_test,mpr_last_error,tests/unit/mpr/last_error_test.c notify/mpr/last_error.c,$(base_LIBS)))
$(eval $(call unit_test,mpr_logon_info,tests/unit/mpr/logon_info_test.c notify/mpr/logon_info.c,$(base_LIBS)))
$(eval $(call unit_test,mpr_notify,tests/unit/mpr/notify_test.c $(mpr_test_ROUTER),$(notify_LIBS)))
$(eval $(call program,tests/unit/fake_mpr_mpnotify,tests/unit/mpr/fake_mpnotify.c,$(notify_LIBS)))
$(BUILD)/tests/unit/mpr_notify: | $(BUILD)/tests/unit/fake_mpr_mpnotify

# What sources for Windows find in windows.h.
CFLAGS_tests_unit_mpr_winbase_test := -fshort-wchar
CFLAGS_tests_unit_mpr_other_object := -fshort-wchar
$(eval $(call unit_test,mpr_winbase,tests/unit/mpr/winbase_test.c tests/unit/mpr/other_object.c,))

# A source for Windows, as its author would build it here: against libmpr, as there against Mpr.lib.
CFLAGS_tests_headers_windows_manager := -fshort-wchar
windows_manager_LIBS := $(BUILD)/lib/libmpr.so -Wl,-rpath,$(abspath $(BUILD))/lib
$(eval $(call shared,tests/unit/libcredmgr_windows.so.1,tests/headers/windows_manager.c,$$(windows_manager_LIBS),))
$(BUILD)/tests/unit/libcredmgr_windows.so.1: $(BUILD)/lib/libmpr.so
$(eval $(call unit_test,mpr_mpnotify,tests/unit/mpr/mpnotify_test.c $(mpr_test_ROUTER),$(notify_LIBS)))
$(BUILD)/tests/unit/mpr_mpnotify: | $(BUILD)/libexec/mpnotify $(BUILD)/tests/unit/libcredmgr_windows.so.1 \
                                    $(BUILD)/tests/unit/libcredmgr_test.so.1 $(BUILD)/lib/credmgr/libcredmgr_lsa.so.1
