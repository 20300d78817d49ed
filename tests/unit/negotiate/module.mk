# SPNEGO: tokens, the rules of a negotiation with mechanisms made of nothing, hostile and odd peers.
spnego_TEST      := $(addprefix libsspi/packages/negotiate/,token.c frame.c handshake.c initiator.c acceptor.c)
spnego_TEST_LIBS := $(base_LIBS) $(crypto_LIBS)
$(eval $(call unit_test,spnego_rules,tests/unit/negotiate/rules_test.c tests/unit/negotiate/mechanisms.c $(spnego_TEST),$(spnego_TEST_LIBS)))
$(eval $(call unit_test,spnego_token,tests/unit/negotiate/token_test.c tests/unit/negotiate/mechanisms.c $(spnego_TEST),$(spnego_TEST_LIBS)))
