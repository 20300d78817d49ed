# Negotiate against the packages that it agrees on.
$(eval $(call program,bench/negotiate/negotiate,bench/negotiate/negotiate.c bench/ntlm/ends.c,-ldl))
$(BUILD)/bench/negotiate/negotiate: | $(BUILD)/lib/libsspi.so
bench: $(BUILD)/bench/negotiate/negotiate
BENCH_SCRIPTS += bench/negotiate/negotiate.sh
