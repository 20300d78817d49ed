$(eval $(call fuzz_target,spnego_token,fuzz/spnego_token/fuzz_spnego_token.c \
    $(addprefix libsspi/packages/negotiate/spnego/,asn1.c token.c frame.c handshake.c initiator.c acceptor.c),$(base_LIBS) $(crypto_LIBS)))
