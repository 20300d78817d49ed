PUBLIC_HEADERS := $(wildcard include/*.h)

# What `pkg-config sspi` answers; installed below $(LIBDIR)/pkgconfig.
PRODUCTS += $(BUILD)/sspi.pc
$(BUILD)/sspi.pc: include/sspi.pc.in include/module.mk
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' $< >$@
