# CredSSP as pure protocol ([MS-CSSP]), over a negotiation made of nothing; and its policy.
ts_protocol_SRC  := $(wildcard libsspi/packages/tspkg/wire/*.c libsspi/packages/tspkg/handshake/*.c) libsspi/packages/ts_channel.c
ts_protocol_LIBS := $(base_LIBS) $(crypto_LIBS)
ts_ENDS          := $(addprefix tests/unit/ts_protocol/,ends.c changes.c) $(ts_protocol_SRC)
$(foreach test,request credentials,$(eval \
    $(call unit_test,ts_$(test),tests/unit/ts_protocol/$(test)_test.c tests/unit/ts_protocol/hex.c $(ts_protocol_SRC),$(ts_protocol_LIBS))))
$(foreach test,handshake versions hostile reports,$(eval \
    $(call unit_test,ts_$(test),tests/unit/ts_protocol/$(test)_test.c $(ts_ENDS),$(ts_protocol_LIBS))))
$(eval $(call unit_test,ts_memory,tests/unit/ts_protocol/memory_test.c tests/unit/ts_protocol/ends.c $(no_memory_SRC) $(ts_protocol_SRC),\
    $(ts_protocol_LIBS) $(no_memory_LIBS) -Wl$(comma)--wrap=secret_alloc))
$(eval $(call unit_test,ts_policy,tests/unit/ts_protocol/policy_test.c libsspi/packages/tspkg/policy.c,$(base_LIBS)))
