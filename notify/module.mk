# libnotify.a: what mpnotify shares with the PAM module and credmgr(1)
CFLAGS_notify_config := -DCREDMGR_STATEDIR='"$(RUNDIR)/credmgr"'
notify_SRCS := notify/request.c notify/config.c notify/statistics.c
$(BUILD)/lib/libnotify.a: $(notify_SRCS:%.c=$(BUILD)/obj/%.o)
notify_LIBS := $(BUILD)/lib/libnotify.a $(base_LIBS)
