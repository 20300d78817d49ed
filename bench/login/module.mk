$(eval $(call program,bench/login/login,bench/login/login.c,$(pam_LIBS)))
$(eval $(call program,bench/login/measured,bench/login/measured.c,))
# A credential manager that does nothing, and one that looks how large its mpnotify is.
$(eval $(call shared,bench/login/libcredmgr_nothing.so.1,bench/login/nothing.c,,))
$(eval $(call shared,bench/login/libcredmgr_gauge.so.1,bench/login/gauge.c,,))
bench: $(addprefix $(BUILD)/bench/login/,login measured libcredmgr_nothing.so.1 libcredmgr_gauge.so.1) world
bench: export BUILD := $(abspath $(BUILD))
BENCH_SCRIPTS += bench/login/login.sh bench/login/managers.sh bench/login/parallel.sh
