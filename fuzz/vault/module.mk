$(eval $(call fuzz_target,vault,fuzz/vault/fuzz_vault.c examples/vault/format.c,$(crypto_LIBS)))
