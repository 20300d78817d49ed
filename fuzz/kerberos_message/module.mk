$(eval $(call fuzz_target,kerberos_message,fuzz/kerberos_message/fuzz_kerberos_message.c,$(packages_LIBS)))
