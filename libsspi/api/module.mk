# libsspi.so.0: the documented functions over the package host and the client of lsad. `-z nodelete`, since a package may have
# threads of its own and applications (FreeRDP) unload what they loaded. The symbols bind to themselves (see `shared`), because
# libwinpr2 exports the same names.
comma := ,
api_SRCS := $(wildcard libsspi/api/*.c)
api_LIBS := $(BUILD)/lib/liblsahost.a $(lsa_client_LIBS) $(packages_LIBS)
# functions of schannel.h, which nothing else in the library calls
tls_function_SRCS := $(wildcard libsspi/packages/schannel/functions/*.c)
$(BUILD)/lib/libapi.a: $(api_SRCS:%.c=$(BUILD)/obj/%.o)
$(eval $(call shared,lib/libsspi.so.0,$(api_SRCS) $(certificates_SRCS) $(tls_function_SRCS),$(api_LIBS),-Wl$(comma)-soname$(comma)libsspi.so.0 \
    -Wl$(comma)--version-script=libsspi/api/libsspi.map -Wl$(comma)-z$(comma)nodelete))
$(BUILD)/lib/libsspi.so.0: libsspi/api/libsspi.map
$(BUILD)/lib/libsspi.so: $(BUILD)/lib/libsspi.so.0
	ln -sf libsspi.so.0 $@
PRODUCTS += $(BUILD)/lib/libsspi.so
