# Handshakes, messages and memory against WinPR (libwinpr2-2) and libsspi, both loaded at run time, gss-ntlmssp and bare OpenSSL.
$(eval $(call program,bench/ntlm/ntlm,$(addprefix bench/ntlm/,ntlm.c ends.c bare.c gss.c),-ldl -lcrypto -lgssapi_krb5))
$(eval $(call program,bench/ntlm/messages,$(addprefix bench/ntlm/,messages.c ends.c bare.c),-ldl -lcrypto))
$(BUILD)/bench/ntlm/ntlm $(BUILD)/bench/ntlm/messages: | $(BUILD)/lib/libsspi.so
BENCH_PROGRAMS += $(BUILD)/bench/ntlm/ntlm $(BUILD)/bench/ntlm/messages
bench: world
BENCH_SCRIPTS += bench/ntlm/ntlm.sh
