$(eval $(call fuzz_target,kerb_messages,fuzz/kerb_messages/fuzz_kerb_messages.c fuzz/kerb_messages/session.c,$(packages_LIBS)))
