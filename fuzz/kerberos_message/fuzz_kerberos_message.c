/*
 * Messages of an established context, in any shape of buffers. The first bytes choose the
 * encryption type and how the rest is cut. Bytes that nobody made with the key must be refused; a
 * genuine message must be opened however it is rotated and cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/kerberos/messages/protect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM 4096

static const int32_t enctypes[] = {17, 18, 19, 20, 25, 26, 23};
#define TYPES (sizeof(enctypes) / sizeof(enctypes[0]))

#define DCE   TYPES /* from here on the same types in DCE style */
#define KINDS (2 * TYPES)

static struct kerb_protection senders[KINDS], receivers[KINDS];

static void must(int condition)
{
    if (!condition)
        abort();
}

static void start(void)
{
    static int started;

    for (size_t t = 0; !started && t < KINDS; t++) {
        struct kerb_packed p = {.initiator = true,
                                .attributes = t >= DCE ? ISC_RET_USED_DCE_STYLE : 0,
                                .key = {.enctype = enctypes[t % TYPES], .bytes = {1, 2, 3}}};

        must(kerb_protection_init(&senders[t], &p));
        p.initiator = false;
        must(kerb_protection_init(&receivers[t], &p));
    }
    started = 1;
}

/* The bytes as one buffer that ends where they do, so that reading past it is seen. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    must(copy != NULL);
    memcpy(copy, data, size);
    return copy;
}

static SECURITY_STATUS open_stream(struct kerb_protection *at, uint8_t *bytes, size_t size,
                                   SecBuffer *out)
{
    SecBuffer b[2] = {{(ULONG)size, SECBUFFER_STREAM, bytes}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    bool encrypted;
    SECURITY_STATUS status = kerb_unwrap(at, &desc, &encrypted);

    *out = b[1];
    if (status == SEC_E_OK)
        must((uint8_t *)out->pvBuffer >= bytes &&
             (uint8_t *)out->pvBuffer + out->cbBuffer <= bytes + size);
    return status;
}

static SECURITY_STATUS open_cut(struct kerb_protection *at, const uint8_t *bytes, size_t size,
                                size_t token, size_t first, bool verify)
{
    size_t rest = size - token;
    SecBuffer b[4] = {
        {(ULONG)token, SECBUFFER_TOKEN, exact(bytes, token)},
        {(ULONG)first, SECBUFFER_DATA, exact(bytes + token, first)},
        {(ULONG)(rest - first), SECBUFFER_DATA, exact(bytes + token + first, rest - first)},
        {0, SECBUFFER_EMPTY, NULL}};
    void *mine[3] = {b[0].pvBuffer, b[1].pvBuffer, b[2].pvBuffer};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    bool encrypted;
    SECURITY_STATUS status = verify ? kerb_verify(at, &desc) : kerb_unwrap(at, &desc, &encrypted);

    for (size_t i = 0; i < 3; i++)
        free(mine[i]);
    return status;
}

static void hostile(struct kerb_protection *at, const uint8_t *data, size_t size, size_t token,
                    size_t first)
{
    uint8_t *copy = exact(data, size);
    SecBuffer out;

    must(open_stream(at, copy, size, &out) != SEC_E_OK);
    free(copy);
    must(open_cut(at, data, size, token, first, false) != SEC_E_OK);
    must(open_cut(at, data, size, token, first, true) != SEC_E_OK);
}

static void rotate(uint8_t *data, size_t size, size_t by)
{
    uint8_t copy[ROOM + 256];

    memcpy(copy, data, size);
    for (size_t i = 0; i < size; i++)
        data[(i + by) % size] = copy[i];
}

/* `rotation` does not apply to RC4. */
static void genuine(size_t t, bool encrypt, const uint8_t *data, size_t size, uint16_t rotation)
{
    uint8_t message[ROOM + 256], body[ROOM], padding[1], *copy;
    SecBuffer b[3] = {{200, SECBUFFER_TOKEN, message},
                      {(ULONG)size, SECBUFFER_DATA, body},
                      {1, SECBUFFER_PADDING, padding}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, b};
    struct wire_reader r;
    size_t total, more;
    SecBuffer out;

    memcpy(body, data, size);
    must(kerb_wrap(&senders[t], &desc, encrypt) == SEC_E_OK);
    memcpy(message + b[0].cbBuffer, body, size);
    memcpy(message + b[0].cbBuffer + size, padding, b[2].cbBuffer);
    total = b[0].cbBuffer + size + b[2].cbBuffer;
    if (enctypes[t % TYPES] != 23) {
        r = wire_reader(message + 4, 4);
        more = wire_u16be(&r);
        if (t < DCE || !encrypt)
            more = 0; /* only sealed messages of DCE style are rotated by EC, too */
        rotate(message + 16, total - 16, total - 16 - (wire_u16be(&r) + more) % (total - 16));
        rotate(message + 16, total - 16, (rotation + more) % (total - 16));
        message[6] = (uint8_t)(rotation >> 8);
        message[7] = (uint8_t)rotation;
    }
    copy = exact(message, total);
    must(open_stream(&receivers[t], copy, total, &out) == SEC_E_OK);
    must(out.cbBuffer == size && memcmp(out.pvBuffer, data, size) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    size_t t = wire_u8(&r) % KINDS, token, first;
    uint8_t way = wire_u8(&r);
    uint16_t cut = wire_u16le(&r), rotation = wire_u16le(&r);
    const uint8_t *rest;

    if (!wire_ok(&r) || wire_left(&r) > ROOM)
        return 0;
    start();
    size = wire_left(&r);
    rest = wire_bytes(&r, size);
    token = cut % (size + 1);
    first = rotation % (size - token + 1);
    if (way & 1)
        genuine(t, way & 2, rest, size, rotation);
    else
        hostile(&receivers[t], rest, size, token, first);
    return 0;
}
