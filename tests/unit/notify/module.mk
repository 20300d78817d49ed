$(eval $(call unit_test,notify_request,tests/unit/notify/request_test.c,$(notify_LIBS)))
$(eval $(call unit_test,notify_config,tests/unit/notify/config_test.c,$(notify_LIBS)))
$(eval $(call unit_test,notify_config_settings,tests/unit/notify/config_settings_test.c,$(notify_LIBS)))
$(eval $(call unit_test,notify_config_lists,tests/unit/notify/config_lists_test.c,$(notify_LIBS)))
$(eval $(call unit_test,notify_statistics,tests/unit/notify/statistics_test.c,$(notify_LIBS)))
$(eval $(call unit_test,notify_stage,tests/unit/notify/stage_test.c,$(mpr_LIBS)))
event_SRCS := tests/unit/notify/event.c tests/unit/notify/world.c
$(eval $(call unit_test,notify_provider,tests/unit/notify/provider_test.c $(event_SRCS),$(mpr_LIBS)))
$(eval $(call unit_test,notify_isolation,tests/unit/notify/isolation_test.c $(event_SRCS),$(mpr_LIBS)))
$(eval $(call unit_test,notify_router,tests/unit/notify/router_test.c tests/unit/notify/world.c,$(mpr_LIBS)))
$(eval $(call unit_test,notify_mpnotify,tests/unit/notify/mpnotify_test.c tests/unit/notify/world.c,$(mpr_LIBS)))
# With an LSA of the test's own: the client of lsad is not linked.
$(eval $(call unit_test,notify_background,tests/unit/notify/background_test.c tests/unit/notify/world.c,$(mpr_EXPORTS) $(BUILD)/lib/librouter.a $(notify_LIBS)))
$(eval $(call unit_test,notify_verbs,tests/unit/notify/verbs_test.c tests/unit/notify/lsa.c tests/unit/notify/world.c notify/managers/lsa.c,$(mpr_EXPORTS) $(BUILD)/lib/librouter.a $(notify_LIBS)))

# A credential manager that does what its file name says, from good to hanging.
$(eval $(call shared,tests/unit/libcredmgr_test.so.1,tests/unit/notify/manager.c tests/unit/notify/misbehave.c,,))
$(BUILD)/tests/unit/notify_provider $(BUILD)/tests/unit/notify_isolation $(BUILD)/tests/unit/notify_router \
$(BUILD)/tests/unit/notify_background $(BUILD)/tests/unit/notify_verbs: | $(BUILD)/tests/unit/libcredmgr_test.so.1
$(BUILD)/tests/unit/notify_mpnotify: | $(BUILD)/tests/unit/libcredmgr_test.so.1 $(BUILD)/libexec/mpnotify \
                                       $(BUILD)/lib/credmgr/libcredmgr_lsa.so.1

$(eval $(call unit_test,notify_command,tests/unit/notify/command_test.c,$(BUILD)/lib/librouter.a))
$(eval $(call unit_test,notify_unlock,tests/unit/notify/unlock_test.c tests/unit/notify/lsa.c tests/unit/notify/world.c,$(mpr_EXPORTS) $(BUILD)/lib/librouter.a $(notify_LIBS)))
$(BUILD)/tests/unit/notify_unlock: | $(BUILD)/tests/unit/libcredmgr_test.so.1
# With a log of the test's own.
$(eval $(call unit_test,notify_script,tests/unit/notify/script_test.c tests/unit/notify/script_for_test.c tests/unit/notify/lsa.c tests/unit/notify/world.c,$(mpr_EXPORTS) $(BUILD)/lib/librouter.a $(notify_LIBS)))
