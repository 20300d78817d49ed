# The PAM module in a scripted PAM, with a scripted mpnotify, driven as each program drives it.
$(eval $(call program,tests/unit/fake_mpnotify,tests/unit/pam/fake_mpnotify.c,$(notify_LIBS)))
CFLAGS_tests_unit_pam_helper_for_test := -DFAKE_MPNOTIFY='"$(abspath $(BUILD))/tests/unit/fake_mpnotify"'

pam_test_HELPER := tests/unit/pam/helper_for_test.c tests/unit/pam/orders.c
pam_test_MODULE := $(filter-out %/keyring.c,$(pam_credmgr_SRCS)) $(pam_test_HELPER) \
                   tests/unit/pam/fake_pam.c tests/unit/pam/fake_key.c tests/unit/pam/stage.c
$(eval $(call unit_test,test_pam_helper,tests/unit/pam/test_helper.c $(pam_test_HELPER),$(notify_LIBS)))
$(eval $(call unit_test,test_pam_programs,tests/unit/pam/test_programs.c $(pam_test_MODULE),$(notify_LIBS)))
$(eval $(call unit_test,test_pam_unlock,tests/unit/pam/test_unlock.c $(pam_test_MODULE),$(notify_LIBS)))
$(eval $(call unit_test,test_pam_scripts,tests/unit/pam/test_scripts.c $(pam_test_MODULE),$(notify_LIBS)))
$(eval $(call unit_test,test_pam_trouble,tests/unit/pam/test_trouble.c $(pam_test_MODULE),$(notify_LIBS)))
$(eval $(call unit_test,test_pam_keyring,tests/unit/pam/test_keyring.c pam_credmgr/keyring.c,$(keyutils_LIBS)))
$(BUILD)/tests/unit/test_pam_helper $(BUILD)/tests/unit/test_pam_programs $(BUILD)/tests/unit/test_pam_unlock \
    $(BUILD)/tests/unit/test_pam_scripts $(BUILD)/tests/unit/test_pam_trouble: \
    | $(BUILD)/tests/unit/fake_mpnotify
