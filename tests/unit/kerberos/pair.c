/*
 * The two ends, and messages between them.
 */
#include "tests/unit/kerberos/pair.h"

#include <string.h>

const int32_t enctypes[TYPES] = {17, 18, 19, 20, 25, 26, 23};

struct kerb_protection initiator, acceptor;
SecPkgContext_Sizes sizes;

void connect_as(int32_t type, int32_t acceptor_type, ULONG attributes)
{
    struct kerb_packed p = {.initiator = true,
                            .attributes = attributes,
                            .send_sequence = 0xfffffffe,
                            .receive_sequence = 7,
                            .key = {.enctype = type}};

    memset(p.key.bytes, 0x5a, sizeof(p.key.bytes));
    memset(p.acceptor_key.bytes, 0xa5, sizeof(p.acceptor_key.bytes));
    p.acceptor_key.enctype = acceptor_type;
    assert_true(kerb_protection_init(&initiator, &p));
    p.initiator = false;
    p.send_sequence = 7;
    p.receive_sequence = 0xfffffffe;
    assert_true(kerb_protection_init(&acceptor, &p));
    kerb_sizes(&initiator, &sizes);
}

void disconnect(void)
{
    kerb_protection_clear(&initiator);
    kerb_protection_clear(&acceptor);
}

void fill(void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)data)[i] = (uint8_t)(i * 7 + size);
}

SECURITY_STATUS wrap(struct kerb_protection *from, bool encrypt, const void *data, ULONG size,
                     struct message *m)
{
    uint8_t copy[ROOM], padding[1];
    SecBuffer b[3] = {{sizes.cbSecurityTrailer, SECBUFFER_TOKEN, m->bytes},
                      {size, SECBUFFER_DATA, copy},
                      {sizes.cbBlockSize, SECBUFFER_PADDING, padding}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, b};
    SECURITY_STATUS status;

    memcpy(copy, data, size);
    status = kerb_wrap(from, &desc, encrypt);
    if (status)
        return status;
    m->token = b[0].cbBuffer;
    memcpy(m->bytes + m->token, copy, size);
    memcpy(m->bytes + m->token + size, padding, b[2].cbBuffer);
    m->size = m->token + size + b[2].cbBuffer;
    return SEC_E_OK;
}

SECURITY_STATUS unwrap_stream(struct kerb_protection *at, struct message *m, void **data,
                              ULONG *size, bool *encrypted)
{
    SecBuffer b[2] = {{m->size, SECBUFFER_STREAM, m->bytes}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status = kerb_unwrap(at, &desc, encrypted);

    *data = b[1].pvBuffer;
    *size = b[1].cbBuffer;
    return status;
}

SECURITY_STATUS unwrap_split(struct kerb_protection *at, struct message *m, ULONG token,
                             uint8_t *out, ULONG *size, bool *encrypted)
{
    ULONG rest = m->size - token, half = rest / 2;
    SecBuffer b[3] = {{token, SECBUFFER_TOKEN, m->bytes},
                      {half, SECBUFFER_DATA, m->bytes + token},
                      {rest - half, SECBUFFER_DATA, m->bytes + token + half}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, b};
    SECURITY_STATUS status = kerb_unwrap(at, &desc, encrypted);

    if (status == SEC_E_OK) {
        memcpy(out, b[1].pvBuffer, b[1].cbBuffer);
        memcpy(out + b[1].cbBuffer, b[2].pvBuffer, b[2].cbBuffer);
        *size = b[1].cbBuffer + b[2].cbBuffer;
    }
    return status;
}
