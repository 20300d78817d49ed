# libnotify.a: what mpnotify shares with the PAM module, libmpr.so and credmgr(1)
CFLAGS_notify_config := -DCREDMGR_STATEDIR='"$(RUNDIR)/credmgr"'
notify_SRCS := notify/request.c $(sort $(wildcard notify/config*.c)) notify/statistics.c notify/helper.c
$(BUILD)/lib/libnotify.a: $(notify_SRCS:%.c=$(BUILD)/obj/%.o)
notify_LIBS := $(BUILD)/lib/libnotify.a $(base_LIBS)

# librouter.a: the router itself, apart from mpnotify's main() for the tests
mpr_SRCS := notify/authent.c notify/background.c notify/command.c notify/export.c notify/provider.c notify/provider_child.c notify/router.c notify/script.c notify/script_person.c notify/stage.c notify/verb.c notify/verb_logon.c notify/verb_script.c notify/verb_unlock.c notify/verb_notify.c notify/verbs.c
$(BUILD)/lib/librouter.a: $(mpr_SRCS:%.c=$(BUILD)/obj/%.o)
# What a credential manager finds in the process it is loaded into.
mpr_EXPORTS := -Wl,--export-dynamic-symbol=mpr_lsa_socket -Wl,--export-dynamic-symbol=mpr_logon_ccache \
               -Wl,--export-dynamic-symbol=WNetSetLastErrorA -Wl,--export-dynamic-symbol=WNetSetLastErrorW
mpr_LIBS := $(mpr_EXPORTS) $(BUILD)/lib/librouter.a $(lsa_client_LIBS) $(notify_LIBS)
$(eval $(call program,libexec/mpnotify,notify/mpnotify.c,$(mpr_LIBS)))

lsa_manager_FLAGS := -Wl,-soname,libcredmgr_lsa.so.1 -Wl,--version-script=notify/managers/manager.map
$(eval $(call shared,lib/credmgr/libcredmgr_lsa.so.1,notify/managers/lsa.c notify/managers/tickets.c,$(lsa_client_LIBS),$$(lsa_manager_FLAGS)))
$(BUILD)/lib/credmgr/libcredmgr_lsa.so.1: notify/managers/manager.map

# What that manager runs as the person, to read a credential cache.
$(eval $(call program,libexec/ccache-reader,$(addprefix notify/managers/,ccache_reader.c ccache_open.c),$(base_LIBS) $(krb5_LIBS) $(capng_LIBS)))

PRODUCTS += $(BUILD)/libexec/mpnotify $(BUILD)/libexec/ccache-reader $(BUILD)/lib/credmgr/libcredmgr_lsa.so.1

# What keeps the session's ticket in a credential cache of the person's, where lsa.conf says so.
$(eval $(call program,libexec/ccache-exporter,$(addprefix notify/managers/,ccache_exporter.c ccache_export.c),$(lsa_client_LIBS) $(krb5_LIBS)))
PRODUCTS += $(BUILD)/libexec/ccache-exporter
