# CredSSP as pure protocol ([MS-CSSP]), over a negotiation made of nothing.
ts_protocol_SRC  := $(wildcard libsspi/packages/tspkg/wire/*.c libsspi/packages/tspkg/handshake/*.c) libsspi/packages/ts_channel.c
ts_protocol_LIBS := $(base_LIBS) $(crypto_LIBS)
$(eval $(call unit_test,ts_handshake,tests/unit/ts_protocol/handshake_test.c tests/unit/ts_protocol/ends.c $(ts_protocol_SRC),$(ts_protocol_LIBS)))
$(eval $(call unit_test,ts_policy,tests/unit/ts_protocol/policy_test.c libsspi/packages/tspkg/policy.c,$(base_LIBS)))
$(eval $(call unit_test,ts_wire,tests/unit/ts_protocol/wire_test.c $(ts_protocol_SRC),$(ts_protocol_LIBS)))
$(eval $(call unit_test,ts_hostile,tests/unit/ts_protocol/hostile_test.c tests/unit/ts_protocol/ends.c $(ts_protocol_SRC),$(ts_protocol_LIBS)))
$(eval $(call unit_test,ts_memory,tests/unit/ts_protocol/memory_test.c tests/unit/ts_protocol/ends.c $(no_memory_SRC) $(ts_protocol_SRC),\
    $(ts_protocol_LIBS) $(no_memory_LIBS) -Wl$(comma)--wrap=secret_alloc))
