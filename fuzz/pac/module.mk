$(eval $(call fuzz_target,pac,fuzz/pac/fuzz_pac.c,$(packages_LIBS)))
