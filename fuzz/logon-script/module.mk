$(eval $(call fuzz_target,logon-script,fuzz/logon-script/fuzz_logon_script.c,$(BUILD)/lib/librouter.a $(notify_LIBS)))
