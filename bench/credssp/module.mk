# CredSSP against the two packages that it consists of.
$(eval $(call program,bench/credssp/credssp,bench/credssp/credssp.c bench/ntlm/ends.c,$(BUILD)/lib/libsspi.so -ldl \
    -Wl$(comma)-rpath$(comma)'$$$$ORIGIN/../../lib'))
$(BUILD)/bench/credssp/credssp: $(BUILD)/lib/libsspi.so
bench: $(BUILD)/bench/credssp/credssp
BENCH_SCRIPTS += bench/credssp/credssp.sh
