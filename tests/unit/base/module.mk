$(eval $(call unit_test,base_wire,tests/unit/base/wire_test.c,$(base_LIBS)))
$(eval $(call unit_test,base_utf16,tests/unit/base/utf16_test.c,$(base_LIBS)))
$(eval $(call unit_test,base_secret,tests/unit/base/secret_test.c,$(base_LIBS)))
# secret_arena_test.c includes base/secret.c: the arenas are tried under AddressSanitizer too, where the library has none
$(eval $(call unit_test,base_secret_arena,tests/unit/base/secret_arena_test.c,$(base_LIBS)))
$(eval $(call unit_test,base_keyring,tests/unit/base/keyring_test.c,$(base_LIBS)))
$(eval $(call unit_test,base_conf,tests/unit/base/conf_test.c,$(base_LIBS)))
$(eval $(call unit_test,base_log,tests/unit/base/log_test.c,$(base_LIBS)))
$(eval $(call unit_test,base_trust,tests/unit/base/trust_test.c,$(base_LIBS)))
