# Kerberos: tokens and encryption types by their RFCs; messages; MIT's GSSAPI and a real KDC at the other end.
$(eval $(call unit_test,kerb_token,tests/unit/kerberos/token_test.c,$(packages_LIBS)))
$(eval $(call unit_test,kerb_crypto,tests/unit/kerberos/crypto_test.c,$(packages_LIBS)))
$(eval $(call unit_test,kerb_messages,tests/unit/kerberos/messages_test.c,$(packages_LIBS)))
