$(eval $(call program,bench/login/login,bench/login/login.c,$(pam_LIBS)))
bench: $(BUILD)/bench/login/login world
bench: export BUILD := $(abspath $(BUILD))
BENCH_SCRIPTS += bench/login/login.sh
