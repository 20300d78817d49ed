# SPNEGO: tokens, the rules of a negotiation with mechanisms made of nothing, hostile and odd peers.
spnego_TEST      := tests/unit/negotiate/mechanisms.c \
    $(addprefix libsspi/packages/negotiate/,token.c frame.c handshake.c initiator.c acceptor.c)
spnego_TEST_LIBS := $(base_LIBS) $(crypto_LIBS)
$(foreach test,token strict rules odd_peers hostile_peers exhaustive,$(eval \
    $(call unit_test,spnego_$(test),tests/unit/negotiate/$(test)_test.c $(spnego_TEST),$(spnego_TEST_LIBS))))
