$(eval $(call fuzz_target,credmgr-conf,fuzz/credmgr-conf/fuzz_credmgr_conf.c,$(notify_LIBS)))
