$(eval $(call fuzz_target,kerberos_token,fuzz/kerberos_token/fuzz_kerberos_token.c,$(packages_LIBS)))
