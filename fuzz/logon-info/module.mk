$(eval $(call fuzz_target,logon-info,fuzz/logon-info/fuzz_logon_info.c notify/mpr/logon_info.c notify/authent.c,$(base_LIBS)))
