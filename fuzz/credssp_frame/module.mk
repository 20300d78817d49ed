$(eval $(call fuzz_target,credssp_frame,fuzz/credssp_frame/fuzz_credssp_frame.c $(addprefix libsspi/packages/credssp/,channel.c server.c),\
    $(BUILD)/lib/libpackages.a $(certificates_LIBS)))
