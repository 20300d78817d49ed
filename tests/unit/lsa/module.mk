# The protocol, its client, the store, and lsad's own files: against real kernel keys (root), hostile peers and a package of the test's own.
$(eval $(call unit_test,lsa_protocol,tests/unit/lsa/protocol_test.c,$(lsa_client_LIBS)))
$(eval $(call unit_test,lsa_store,tests/unit/lsa/store_test.c tests/unit/lsa/anchor.c,$(lsa_store_LIBS)))
$(eval $(call unit_test,lsa_client,tests/unit/lsa/client_test.c,$(lsa_client_LIBS)))
lsa_TEST_SERVER := $(addprefix tests/unit/lsa/,server.c server_attributes.c server_unlock.c anchor.c)
$(foreach t,delay server limits unlock attributes failures network saved,\
    $(eval $(call unit_test,lsa_$(t),tests/unit/lsa/$(t)_test.c $(lsa_TEST_SERVER),$(lsa_client_LIBS) $(lsad_LIBS))))
# lane_test.c includes lsad/lane.c, with another clock
$(eval $(call unit_test,lsa_lane,tests/unit/lsa/lane_test.c,$(lsa_client_LIBS)))
# A build with sanitizers needs system calls that the sandbox refuses.
ifneq ($(SAN),1)
$(eval $(call unit_test,lsa_sandbox,tests/unit/lsa/sandbox_test.c tests/unit/lsa/anchor.c,$(lsad_LIBS) $(krb5_LIBS) $(crypto_LIBS)))
endif
$(eval $(call unit_test,lsa_acceptors,tests/unit/lsa/acceptors_test.c,$(lsa_host_LIBS) $(BUILD)/lib/liblsahost.a))
