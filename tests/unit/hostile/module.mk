# Changed tokens against both roles of every package; `make fuzz` tries HOSTILE_RUNS of each kind.
HOSTILE_RUNS  ?= 1000000
HOSTILE_TESTS := hostile_ntlm hostile_negotiate hostile_kerberos
hostile_SRCS := tests/unit/hostile/handshake.c tests/unit/hostile/mutate.c
hostile_LIBS  = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)
$(eval $(call unit_test,hostile_ntlm,tests/unit/hostile/ntlm_test.c $(hostile_SRCS),$(hostile_LIBS)))
$(eval $(call unit_test,hostile_kerberos,tests/unit/hostile/kerberos_test.c tests/unit/kerberos/realm.c $(hostile_SRCS),$(hostile_LIBS)))
$(eval $(call unit_test,hostile_negotiate,tests/unit/hostile/negotiate_test.c tests/unit/kerberos/realm.c $(hostile_SRCS),$(hostile_LIBS)))
