$(eval $(call fuzz_target,exported_context,fuzz/exported_context/fuzz_exported_context.c,$(packages_LIBS)))
