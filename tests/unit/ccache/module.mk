# The program that reads other people's caches, as it is, and what starts it (with a reader and an LSA of the test's own).
$(eval $(call unit_test,ccache_reader,tests/unit/ccache/reader_test.c tests/unit/kerberos/realm.c,$(packages_LIBS)))
$(BUILD)/tests/unit/ccache_reader: $(BUILD)/libexec/ccache-reader
$(eval $(call unit_test,ccache_tickets,tests/unit/ccache/tickets_test.c,$(base_LIBS)))
$(eval $(call unit_test,ccache_export,tests/unit/ccache/export_test.c notify/managers/ccache_export.c tests/unit/kerberos/realm.c,$(packages_LIBS)))
