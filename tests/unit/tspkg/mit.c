/*
 * See the header.
 */
#include "tests/unit/tspkg/mit.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static SECURITY_STATUS leg(void *arg, const uint8_t *in, size_t in_size, uint8_t **out,
                           size_t *out_size)
{
    struct mit *m = arg;
    gss_buffer_desc token = {in_size, (void *)(uintptr_t)in}, reply = {0, NULL};
    OM_uint32 minor, major = gss_accept_sec_context(&minor, &m->context, GSS_C_NO_CREDENTIAL,
                                                    &token, GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL,
                                                    &reply, NULL, NULL, NULL);

    *out = NULL;
    *out_size = reply.length;
    if (reply.length)
        *out = memcpy(malloc(reply.length), reply.value, reply.length);
    gss_release_buffer(&minor, &reply);
    if (GSS_ERROR(major))
        return SEC_E_LOGON_DENIED;
    return major == GSS_S_COMPLETE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS copied(gss_buffer_desc *from, uint8_t **to, size_t *size)
{
    OM_uint32 minor;

    *to = secret_dup(from->value, from->length);
    *size = from->length;
    gss_release_buffer(&minor, from);
    return *to ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS seal(void *arg, const uint8_t *data, size_t size, uint8_t **sealed,
                            size_t *sealed_size)
{
    struct mit *m = arg;
    gss_buffer_desc in = {size, (void *)(uintptr_t)data}, out = {0, NULL};
    OM_uint32 minor;
    int encrypted = 0;

    if (gss_wrap(&minor, m->context, 1, GSS_C_QOP_DEFAULT, &in, &encrypted, &out) || !encrypted)
        return SEC_E_ENCRYPT_FAILURE;
    return copied(&out, sealed, sealed_size);
}

static SECURITY_STATUS unseal(void *arg, const uint8_t *sealed, size_t size, uint8_t **data,
                              size_t *data_size)
{
    struct mit *m = arg;
    gss_buffer_desc in = {size, (void *)(uintptr_t)sealed}, out = {0, NULL};
    OM_uint32 minor;
    int encrypted = 0;

    if (gss_unwrap(&minor, m->context, &in, &out, &encrypted, NULL) || !encrypted)
        return SEC_E_MESSAGE_ALTERED;
    return copied(&out, data, data_size);
}

void mit_begin(struct mit *m, const char *public_key)
{
    struct ts_backend backend = {.leg = leg, .seal = seal, .unseal = unseal, .arg = m};
    struct ts_options options = {.version = TS_VERSION_MAX,
                                 .oldest = 5,
                                 .public_key = (const uint8_t *)public_key,
                                 .public_key_size = strlen(public_key)};

    m->context = GSS_C_NO_CONTEXT;
    m->handshake = ts_acceptor_new(&backend, &options);
}

void mit_end(struct mit *m)
{
    OM_uint32 minor;

    ts_handshake_free(m->handshake);
    gss_delete_sec_context(&minor, &m->context, GSS_C_NO_BUFFER);
    m->handshake = NULL;
}
