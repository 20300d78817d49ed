# NTLM: the vectors of [MS-NLMP] 4.2, hostile messages, handshakes, and the package through the real host.
$(eval $(call unit_test,ntlm_vectors_v2,tests/unit/ntlm/vectors_v2_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
$(eval $(call unit_test,ntlm_vectors_v1,tests/unit/ntlm/vectors_v1_test.c tests/unit/ntlm/vectors.c,$(packages_LIBS)))
