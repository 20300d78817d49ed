# CredSSP as pure protocol ([MS-CSSP]), over a negotiation made of nothing.
ts_protocol_SRC  := $(wildcard libsspi/packages/tspkg/wire/*.c libsspi/packages/tspkg/handshake/*.c) libsspi/packages/ts_channel.c
ts_protocol_LIBS := $(base_LIBS) $(crypto_LIBS)
$(eval $(call unit_test,ts_handshake,tests/unit/ts_protocol/handshake_test.c tests/unit/ts_protocol/ends.c $(ts_protocol_SRC),$(ts_protocol_LIBS)))
