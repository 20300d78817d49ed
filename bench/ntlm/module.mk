# Handshakes a second against WinPR (libwinpr2-2), which is loaded at run time.
$(eval $(call program,bench/ntlm/ntlm,bench/ntlm/ntlm.c,-ldl))
$(BUILD)/bench/ntlm/ntlm: | $(BUILD)/lib/libsspi.so
BENCH_PROGRAMS += $(BUILD)/bench/ntlm/ntlm
bench: world
BENCH_SCRIPTS += bench/ntlm/ntlm.sh
