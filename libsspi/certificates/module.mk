# Certificates, stores and chains over OpenSSL's, below the packages that use them.
certificates_SRCS := $(wildcard libsspi/certificates/*.c)
$(BUILD)/lib/libcertificates.a: $(certificates_SRCS:%.c=$(BUILD)/obj/%.o)
certificates_LIBS := $(BUILD)/lib/libcertificates.a $(base_LIBS) $(crypto_LIBS)
