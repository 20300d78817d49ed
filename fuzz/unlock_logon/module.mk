$(eval $(call fuzz_target,unlock_logon,fuzz/unlock_logon/fuzz_unlock_logon.c,$(packages_LIBS)))
