PUBLIC_HEADERS := $(wildcard include/*.h)

# What `pkg-config sspi` and `pkg-config mpr` answer; installed below $(LIBDIR)/pkgconfig.
PRODUCTS += $(BUILD)/sspi.pc $(BUILD)/mpr.pc
$(BUILD)/%.pc: include/%.pc.in include/module.mk
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@MANAGERDIR@|$(MANAGERDIR)|' -e 's|@VERSION@|$(VERSION)|' $< >$@
