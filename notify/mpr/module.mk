# libmpr.so.0: the router for logon programs. It runs mpnotify and loads no credential manager itself. -z nodelete: an arena of
# secret memory would be lost each time it is unloaded.
comma := ,
libmpr_SRCS := $(wildcard notify/mpr/*.c)
$(eval $(call shared,lib/libmpr.so.0,$(libmpr_SRCS),$(notify_LIBS),-Wl$(comma)-soname$(comma)libmpr.so.0 \
    -Wl$(comma)--version-script=notify/mpr/libmpr.map -Wl$(comma)-z$(comma)nodelete))
$(BUILD)/lib/libmpr.so.0: notify/mpr/libmpr.map
$(BUILD)/lib/libmpr.so: $(BUILD)/lib/libmpr.so.0
	ln -sf libmpr.so.0 $@
PRODUCTS += $(BUILD)/lib/libmpr.so
