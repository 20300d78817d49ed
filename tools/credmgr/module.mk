# credmgr(1), over libsspi.so as any program uses it, and the client of lsad for what only it asks.
credmgr_SRCS := $(wildcard tools/credmgr/*.c)
CFLAGS_tools_credmgr_check_lsa := -DCREDMGR_SBINDIR='"$(SBINDIR)"'
credmgr_LIBS  = $(BUILD)/lib/libsspi.so.0 $(lsa_client_LIBS) $(notify_LIBS) $(packages_LIBS)
credmgr_FLAGS := -Wl,-rpath,'$$$$ORIGIN/../lib:$(LIBDIR)' \
                 -Wl,--export-dynamic-symbol=WNetSetLastErrorA -Wl,--export-dynamic-symbol=WNetSetLastErrorW
$(BUILD)/bin/credmgr: $(BUILD)/lib/libsspi.so.0
$(eval $(call program,bin/credmgr,$(credmgr_SRCS),$(credmgr_LIBS) $(credmgr_FLAGS)))
PRODUCTS += $(BUILD)/bin/credmgr
