$(eval $(call fuzz_target,conf,fuzz/conf/fuzz_conf.c,$(base_LIBS)))
