# Handshakes, messages and memory against WinPR (libwinpr2-2) and libsspi, both loaded at run time, gss-ntlmssp and bare OpenSSL.
$(eval $(call program,bench/ntlm/ntlm,$(addprefix bench/ntlm/,ntlm.c ends.c bare.c gss.c),-ldl -lcrypto -lgssapi_krb5))
$(eval $(call program,bench/ntlm/messages,$(addprefix bench/ntlm/,messages.c ends.c bare.c),-ldl -lcrypto))
$(eval $(call program,bench/ntlm/memory,$(addprefix bench/ntlm/,memory.c ends.c),-ldl))
bench_ntlm_PROGRAMS := $(addprefix $(BUILD)/bench/ntlm/,ntlm messages memory)
$(bench_ntlm_PROGRAMS): | $(BUILD)/lib/libsspi.so
BENCH_PROGRAMS += $(bench_ntlm_PROGRAMS)
bench: world
BENCH_SCRIPTS += bench/ntlm/ntlm.sh
