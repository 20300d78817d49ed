/*
 * The input buffers of a leg: the records, what of them is whole, and how the caller learns what is
 * left over or missing.
 */
#ifndef CREDMGR_SCHANNEL_INPUT_H
#define CREDMGR_SCHANNEL_INPUT_H

#include <sspi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_input {
    const uint8_t *data;
    size_t size;
    size_t skipped;  /* read already, by an earlier leg */
    bool garbage;    /* a header that is none of TLS: OpenSSL says what it thinks of it */
    size_t whole;    /* bytes of whole records after that */
    size_t missing;  /* of the record after those, at least; 0: it is whole, or there is none */
    PSecBuffer rest; /* where to tell it; NULL: nowhere */
};

/* SEC_E_INVALID_TOKEN for buffers that make no sense. `whole` and `missing` are not known yet. */
SECURITY_STATUS tls_input_read(PSecBufferDesc desc, struct tls_input *in);
/* A header that is none of TLS counts as whole, with all that follows: OpenSSL shall refuse it. */
void tls_input_measure(struct tls_input *in);
/* SECBUFFER_EXTRA for what follows the first `used` bytes, or SECBUFFER_MISSING. */
void tls_input_tell(struct tls_input *in, size_t used);
/*
 * SECBUFFER_APPLICATION_PROTOCOLS: the ALPN list as on the wire, malloc()ed; NULL: none. Lists of
 * another extension (NPN) are passed over. SEC_E_INVALID_TOKEN when it is malformed.
 */
SECURITY_STATUS tls_input_protocols(PSecBufferDesc desc, uint8_t **list, size_t *size);

#endif
