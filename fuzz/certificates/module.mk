$(eval $(call fuzz_target,certificates,fuzz/certificates/fuzz_certificates.c,$(certificates_LIBS)))
