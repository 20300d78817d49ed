# SPNEGO: tokens, the rules of a negotiation with mechanisms made of nothing, hostile and odd peers.
spnego_TEST      := tests/unit/negotiate/mechanisms.c \
    $(addprefix libsspi/packages/negotiate/spnego/,asn1.c token.c frame.c handshake.c initiator.c acceptor.c)
spnego_TEST_LIBS := $(base_LIBS) $(crypto_LIBS)
$(foreach test,token strict rules odd_peers hostile_peers exhaustive,$(eval \
    $(call unit_test,spnego_$(test),tests/unit/negotiate/$(test)_test.c $(spnego_TEST),$(spnego_TEST_LIBS))))
$(eval $(call unit_test,spnego_memory,tests/unit/negotiate/memory_test.c $(no_memory_SRC) $(spnego_TEST),$(spnego_TEST_LIBS) \
    $(no_memory_LIBS)))
# The package itself, over packages made of nothing and our NTLM.
nego_TEST_LIBS = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS) $(kerb_COUNTED) -Wl$(comma)--wrap=clock_gettime
nego_TEST := $(addprefix tests/unit/negotiate/,package_sides.c package_fake.c) tests/unit/kerberos/counted.c
$(eval $(call unit_test,nego_package,tests/unit/negotiate/package_test.c $(nego_TEST),$(nego_TEST_LIBS)))
$(eval $(call unit_test,nego_context,tests/unit/negotiate/package_context_test.c $(nego_TEST),$(nego_TEST_LIBS)))
$(eval $(call unit_test,nego_credentials,tests/unit/negotiate/package_credentials_test.c $(nego_TEST),$(nego_TEST_LIBS)))
$(eval $(call unit_test,nego_memory,tests/unit/negotiate/package_memory_test.c $(no_memory_SRC) $(addprefix tests/unit/negotiate/,package_sides.c package_fake.c),\
    $(filter-out -Wl%,$(nego_TEST_LIBS)) $(foreach f,clock_gettime malloc calloc,-Wl$(comma)--wrap=$(f))))
