# libnotify.a: what mpnotify shares with the PAM module and credmgr(1)
notify_SRCS := notify/request.c
$(BUILD)/lib/libnotify.a: $(notify_SRCS:%.c=$(BUILD)/obj/%.o)
notify_LIBS := $(BUILD)/lib/libnotify.a $(base_LIBS)
