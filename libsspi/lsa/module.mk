# host*.c    the package host, for lsad and libsspi alike
# client*.c  the client of lsad; protocol*.c what client and server share (framing, allocator)
# store*.c, session*.c  the credential store and the logon sessions, for lsad alone
GENERATED += $(BUILD)/gen/lsa.pb-c.c
$(BUILD)/gen/lsa.pb-c.c: libsspi/lsa/lsa.proto
	@mkdir -p $(@D)
	$(PROTOC_C) --proto_path=libsspi/lsa --c_out=$(BUILD)/gen libsspi/lsa/lsa.proto

lsa_host_SRCS   := $(wildcard libsspi/lsa/host*.c)
lsa_client_SRCS := $(wildcard libsspi/lsa/client*.c libsspi/lsa/protocol*.c)
lsa_store_SRCS  := $(wildcard libsspi/lsa/store*.c libsspi/lsa/session*.c)
$(BUILD)/lib/liblsahost.a: $(lsa_host_SRCS:%.c=$(BUILD)/obj/%.o)
$(BUILD)/lib/liblsaclient.a: $(lsa_client_SRCS:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/lsa.pb-c.o
$(BUILD)/lib/liblsastore.a: $(lsa_store_SRCS:%.c=$(BUILD)/obj/%.o)
lsa_host_LIBS   := $(BUILD)/lib/liblsahost.a $(packages_LIBS)
lsa_client_LIBS := $(BUILD)/lib/liblsaclient.a $(base_LIBS) $(protobuf_LIBS)
lsa_store_LIBS  := $(BUILD)/lib/liblsastore.a $(base_LIBS)
