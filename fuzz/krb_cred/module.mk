$(eval $(call fuzz_target,krb_cred,fuzz/krb_cred/fuzz_krb_cred.c,$(packages_LIBS)))
