# lsad(8): all of it but main.c in a library of its own, for the unit tests and the fuzz target.
lsad_SRCS := $(filter-out lsad/main.c,$(wildcard lsad/*.c))
$(BUILD)/lib/liblsad.a: $(lsad_SRCS:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/lsa.pb-c.o $(BUILD)/obj/libsspi/lsa/protocol.o
lsad_LIBS := $(BUILD)/lib/liblsad.a $(lsa_store_LIBS) $(lsa_host_LIBS) $(protobuf_LIBS) $(event_LIBS) \
             $(seccomp_LIBS) $(capng_LIBS)
$(eval $(call program,sbin/lsad,lsad/main.c,$(lsad_LIBS)))
PRODUCTS += $(BUILD)/sbin/lsad
