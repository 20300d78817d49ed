$(eval $(call unit_test,vault_format,tests/unit/examples/vault_format_test.c examples/vault/format.c,$(crypto_LIBS)))
$(eval $(call unit_test,vault_file,tests/unit/examples/vault_file_test.c examples/vault/file.c examples/vault/format.c,$(crypto_LIBS)))
