# libmpr.so: its parts, the whole of it with a mpnotify of the test's and with the real one, and the library itself.
mpr_test_ROUTER := tests/unit/mpr/router.c notify/mpr/last_error.c notify/mpr/logon_info.c tests/unit/notify/world.c
$(eval $(call unit_test,mpr_last_error,tests/unit/mpr/last_error_test.c notify/mpr/last_error.c,$(base_LIBS)))
$(eval $(call unit_test,mpr_logon_info,tests/unit/mpr/logon_info_test.c notify/mpr/logon_info.c,$(base_LIBS)))
$(eval $(call unit_test,mpr_notify,tests/unit/mpr/notify_test.c $(mpr_test_ROUTER),$(notify_LIBS)))
$(eval $(call program,tests/unit/fake_mpr_mpnotify,tests/unit/mpr/fake_mpnotify.c,$(notify_LIBS)))
$(BUILD)/tests/unit/mpr_notify: | $(BUILD)/tests/unit/fake_mpr_mpnotify
