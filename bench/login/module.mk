$(eval $(call program,bench/login/login,bench/login/login.c,$(pam_LIBS)))
bench: $(BUILD)/bench/login/login world
BENCH_SCRIPTS += bench/login/login.sh
