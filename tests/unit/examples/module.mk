$(eval $(call unit_test,vault_format,tests/unit/examples/vault_format_test.c examples/vault/format.c,$(crypto_LIBS)))
$(eval $(call unit_test,vault_file,tests/unit/examples/vault_file_test.c examples/vault/file.c examples/vault/format.c,$(crypto_LIBS)))
$(eval $(call unit_test,vault_manager,tests/unit/examples/vault_manager_test.c $(patsubst %,examples/vault/%.c,manager person key file format),$(crypto_LIBS) $(keyutils_LIBS)))
