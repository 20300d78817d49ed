# The built-in security packages. Each sees the LSA through the documented tables only.
packages_SRCS := $(wildcard libsspi/packages/*.c libsspi/packages/*/*.c libsspi/packages/*/*/*.c)
$(BUILD)/lib/libpackages.a: $(packages_SRCS:%.c=$(BUILD)/obj/%.o)
packages_LIBS := $(BUILD)/lib/libpackages.a $(certificates_LIBS) $(krb5_LIBS) $(ssl_LIBS) $(crypto_LIBS)
