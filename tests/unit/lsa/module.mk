# The protocol, its client, the store, and lsad's own files: against real kernel keys (root), hostile peers and a package of the test's own.
$(eval $(call unit_test,lsa_protocol,tests/unit/lsa/protocol_test.c,$(lsa_client_LIBS)))
$(eval $(call unit_test,lsa_store,tests/unit/lsa/store_test.c tests/unit/lsa/anchor.c,$(lsa_store_LIBS)))
$(eval $(call unit_test,lsa_client,tests/unit/lsa/client_test.c,$(lsa_client_LIBS)))
$(eval $(call unit_test,lsa_server,tests/unit/lsa/server_test.c tests/unit/lsa/server.c tests/unit/lsa/anchor.c,$(lsa_client_LIBS) $(lsad_LIBS)))
$(eval $(call unit_test,lsa_limits,tests/unit/lsa/limits_test.c tests/unit/lsa/server.c tests/unit/lsa/anchor.c,$(lsa_client_LIBS) $(lsad_LIBS)))
# A build with sanitizers needs system calls that the sandbox refuses.
ifneq ($(SAN),1)
$(eval $(call unit_test,lsa_sandbox,tests/unit/lsa/sandbox_test.c tests/unit/lsa/anchor.c,$(lsad_LIBS) $(krb5_LIBS) $(crypto_LIBS)))
endif
