# Changed tokens against both roles of every package; `make fuzz` tries HOSTILE_RUNS of each kind.
HOSTILE_RUNS  ?= 1000000
HOSTILE_TESTS := hostile_ntlm hostile_negotiate hostile_kerberos hostile_tspkg hostile_credssp
hostile_SRCS := tests/unit/hostile/handshake.c tests/unit/hostile/mutate.c
hostile_LIBS  = $(BUILD)/lib/libapi.a $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)
$(eval $(call unit_test,hostile_ntlm,tests/unit/hostile/ntlm_test.c $(hostile_SRCS),$(hostile_LIBS)))
$(eval $(call unit_test,hostile_kerberos,tests/unit/hostile/kerberos_test.c tests/unit/kerberos/realm.c $(hostile_SRCS),$(hostile_LIBS)))
$(eval $(call unit_test,hostile_negotiate,tests/unit/hostile/negotiate_test.c tests/unit/kerberos/realm.c $(hostile_SRCS),$(hostile_LIBS)))
$(eval $(call unit_test,hostile_tspkg,tests/unit/hostile/tspkg_test.c tests/unit/hostile/mutate.c tests/unit/tspkg/sides.c tests/unit/kerberos/realm.c,$(hostile_LIBS) -Wl$(comma)--wrap=lsa_setting))
$(eval $(call unit_test,hostile_credssp,tests/unit/hostile/credssp_test.c tests/unit/hostile/mutate.c tests/unit/credssp/sides.c \
    tests/unit/certificates/authority.c libsspi/api/builtin_packages.c,$(hostile_LIBS) -Wl$(comma)--wrap=lsa_setting))
$(eval $(call unit_test,hostile_refusals,tests/unit/hostile/refusals_test.c $(hostile_SRCS),$(hostile_LIBS)))

# What valgrind watches (constant-time.t).
$(eval $(call program,tests/hostile/constant-time,tests/unit/hostile/constant_time.c,$(packages_LIBS) -Wl$(comma)--wrap=secret_equal -Wl$(comma)--wrap=ntlm_stream_begin))
TEST_PROGRAMS += $(BUILD)/tests/hostile/constant-time
CHECK_TAP += tests/unit/hostile/constant-time.t
