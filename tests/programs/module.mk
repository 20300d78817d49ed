# The small SSPI and GSSAPI programs that the system tests and the demo run against programs that are not ours.
programs_SSPI := $(BUILD)/lib/libsspi.so $(base_LIBS) -Wl$(comma)-rpath$(comma)'$$$$ORIGIN/../../lib'
programs_SSPI_SRCS := $(addprefix tests/programs/,sspi.c sspi_status.c options.c wire.c)
programs_GSS_SRCS := $(addprefix tests/programs/,gss.c wire.c)

$(eval $(call program,tests/programs/sspi-client,tests/programs/sspi_client.c $(programs_SSPI_SRCS),$(programs_SSPI)))
$(eval $(call program,tests/programs/sspi-server,tests/programs/sspi_server.c $(programs_SSPI_SRCS),$(programs_SSPI)))
$(eval $(call program,tests/programs/ntlm-auth-accept,tests/programs/ntlm_auth_accept.c $(programs_SSPI_SRCS),$(programs_SSPI) $(crypto_LIBS)))
$(eval $(call program,tests/programs/gss-acceptor,tests/programs/gss_acceptor.c $(programs_GSS_SRCS),$(base_LIBS) -lgssapi_krb5))
$(eval $(call program,tests/programs/gss-initiator,tests/programs/gss_initiator.c $(programs_GSS_SRCS),$(base_LIBS) -lgssapi_krb5))
$(addprefix $(BUILD)/tests/programs/,sspi-client sspi-server ntlm-auth-accept): $(BUILD)/lib/libsspi.so
$(eval $(call program,tests/programs/sspi-password,tests/programs/sspi_password.c $(programs_SSPI_SRCS),$(programs_SSPI)))
$(BUILD)/tests/programs/sspi-password: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/sspi-password
$(eval $(call program,tests/programs/lsa-unlock,tests/programs/lsa_unlock.c,$(lsa_client_LIBS)))
$(eval $(call program,tests/programs/lsa-submit,tests/programs/lsa_submit.c,$(programs_SSPI)))
$(BUILD)/tests/programs/lsa-submit: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/lsa-submit
TEST_PROGRAMS += $(addprefix $(BUILD)/tests/programs/,sspi-client sspi-server ntlm-auth-accept gss-acceptor gss-initiator lsa-unlock)

# A credential manager that takes down what it is told. It goes where managers lie, not among the programs.
$(eval $(call shared,tests/system/libcredmgr_recorder.so.1,tests/programs/recorder.c,,))

# A logon program without PAM.
$(eval $(call program,tests/programs/greeter,tests/programs/greeter.c,$(BUILD)/lib/libmpr.so $(base_LIBS) $(krb5_LIBS) $(keyutils_LIBS)))
$(BUILD)/tests/programs/greeter: $(BUILD)/lib/libmpr.so
TEST_PROGRAMS += $(BUILD)/tests/programs/greeter

# LDAP with the SASL functions.
$(eval $(call program,tests/programs/sspi-ldap,tests/programs/sspi_ldap.c $(programs_SSPI_SRCS),$(programs_SSPI) -lldap -llber))
$(BUILD)/tests/programs/sspi-ldap: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/sspi-ldap

# Both ends of HTTP's Negotiate and NTLM.
programs_HTTP_SRCS := $(addprefix tests/programs/,sspi_http.c sspi_http_client.c sspi_http_server.c http.c)
$(eval $(call program,tests/programs/sspi-http,$(programs_HTTP_SRCS) $(programs_SSPI_SRCS),$(programs_SSPI) -lssl $(crypto_LIBS)))
$(BUILD)/tests/programs/sspi-http: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/sspi-http
$(eval $(call program,tests/programs/lsa-retrieve,tests/programs/lsa_retrieve.c,$(programs_SSPI)))
$(BUILD)/tests/programs/lsa-retrieve: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/lsa-retrieve
$(eval $(call program,tests/programs/lsa-add,tests/programs/lsa_add.c tests/programs/wire.c,$(programs_SSPI)))
$(BUILD)/tests/programs/lsa-add: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/lsa-add

# A clock that is wrong. It is no program, and lies where the world does not look for any.
$(eval $(call shared,tests/system/clock-ahead.so,tests/programs/clock_ahead.c,,))
TEST_PROGRAMS += $(BUILD)/tests/system/clock-ahead.so

# FreeRDP's SSPI at the other end (libwinpr2-2), loaded at run time.
$(eval $(call program,tests/programs/winpr-peer,tests/programs/winpr_peer.c tests/programs/options.c tests/programs/wire.c,$(base_LIBS) -ldl))
TEST_PROGRAMS += $(BUILD)/tests/programs/winpr-peer

# Our SSPI in FreeRDP's client. It is no program either.
$(eval $(call shared,tests/system/freerdp-sspi.so,tests/programs/freerdp_sspi.c,-ldl,))
TEST_PROGRAMS += $(BUILD)/tests/system/freerdp-sspi.so

# Whether a process ever holds a secret.
$(eval $(call program,tests/programs/memory-watch,tests/programs/memory_watch.c,$(base_LIBS)))
TEST_PROGRAMS += $(BUILD)/tests/programs/memory-watch

# TLS.
programs_TLS_SRCS := $(addprefix tests/programs/,sspi_tls.c sspi_tls_describe.c sspi_tls_actions.c sspi_status.c options.c wire.c)
$(eval $(call program,tests/programs/sspi-tls-client,tests/programs/sspi_tls_client.c $(programs_TLS_SRCS),$(programs_SSPI)))
$(eval $(call program,tests/programs/sspi-tls-server,tests/programs/sspi_tls_server.c $(programs_TLS_SRCS),$(programs_SSPI)))
$(addprefix $(BUILD)/tests/programs/,sspi-tls-client sspi-tls-server): $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(addprefix $(BUILD)/tests/programs/,sspi-tls-client sspi-tls-server)

# TSPkg, without the TLS channel around it.
$(eval $(call program,tests/programs/sspi-tspkg,$(addprefix tests/programs/,sspi_tspkg.c sspi_status.c options.c wire.c) libsspi/packages/ts_channel.c,$(programs_SSPI) $(crypto_LIBS)))
$(BUILD)/tests/programs/sspi-tspkg: $(BUILD)/lib/libsspi.so
TEST_PROGRAMS += $(BUILD)/tests/programs/sspi-tspkg
