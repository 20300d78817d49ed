$(eval $(call fuzz_target,ipc,fuzz/ipc/fuzz_ipc.c,$(lsad_LIBS) $(lsa_client_LIBS)))
