$(eval $(call fuzz_target,spnego_handshake,fuzz/spnego_handshake/fuzz_spnego_handshake.c fuzz/spnego_handshake/mutator.c fuzz/messages.c \
    $(addprefix libsspi/packages/negotiate/spnego/,asn1.c token.c frame.c handshake.c initiator.c acceptor.c),$(base_LIBS) $(crypto_LIBS)))
