# Who verifies clients of NTLM: the account file, SIDs, policy, the pauses for who guesses, and the chain through the real package host.
# guard_test.c includes guard.c, with another clock.
$(eval $(call unit_test,verify_guard,tests/unit/verify/guard_test.c,$(packages_LIBS)))
$(eval $(call unit_test,verify_accounts,tests/unit/verify/accounts_test.c,$(packages_LIBS)))
$(eval $(call unit_test,verify_policy,tests/unit/verify/policy_test.c,$(packages_LIBS)))
$(eval $(call unit_test,verify_chain,tests/unit/verify/chain_test.c tests/unit/verify/chain.c,$(BUILD)/lib/liblsahost.a $(packages_LIBS)))
$(eval $(call unit_test,verify_inbound,tests/unit/verify/inbound_test.c tests/unit/verify/chain.c,$(BUILD)/lib/liblsahost.a $(packages_LIBS)))
$(eval $(call unit_test,verify_token,tests/unit/verify/token_test.c,$(BUILD)/lib/liblsahost.a $(packages_LIBS)))
