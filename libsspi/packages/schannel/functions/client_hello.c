/*
 * SslGetServerIdentity and SslGetExtensions: what a server learns of a client's first message
 * before it has chosen a credential, and without a context.
 */
#pragma GCC visibility push(default)
#include <schannel.h>
#pragma GCC visibility pop

#include <openssl/tls1.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/schannel/connection.h"

#define CLIENT_HELLO   1
#define HELLO_HEADER   4
#define VERSION_RANDOM 34 /* legacy_version and random */

/* A ClientHello, record header included or not. *missing: bytes that are needed, at least. */
static SECURITY_STATUS open_hello(const uint8_t *data, size_t size, bool with_record,
                                  struct wire_reader *body, size_t *missing)
{
    size_t record, length;

    *missing = 0;
    if (with_record) {
        record = tls_record_size(data, size, missing);
        if (record == SIZE_MAX || (size > 0 && data[0] != SSL3_RT_HANDSHAKE))
            return SEC_E_INVALID_TOKEN;
        if (*missing)
            return SEC_E_INCOMPLETE_MESSAGE;
        data += TLS_RECORD_HEADER;
        size = record - TLS_RECORD_HEADER;
    }
    if (size > 0 && data[0] != CLIENT_HELLO)
        return SEC_E_INVALID_TOKEN;
    if (size < HELLO_HEADER) {
        *missing = HELLO_HEADER - size;
        return with_record ? SEC_E_INVALID_TOKEN : SEC_E_INCOMPLETE_MESSAGE;
    }
    length = (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
    if (length > size - HELLO_HEADER) { /* a message in several records is none that is read here */
        *missing = length - (size - HELLO_HEADER);
        return with_record ? SEC_E_INVALID_TOKEN : SEC_E_INCOMPLETE_MESSAGE;
    }
    *body = wire_reader(data + HELLO_HEADER, length);
    return SEC_E_OK;
}

/* [RFC 8446] 4.1.2: up to the extensions; a message may end before them. */
static bool skip_to_extensions(struct wire_reader *body, struct wire_reader *extensions)
{
    wire_skip(body, VERSION_RANDOM);
    wire_skip(body, wire_u8(body));    /* session */
    wire_skip(body, wire_u16be(body)); /* suites */
    wire_skip(body, wire_u8(body));    /* compression */
    *extensions = wire_reader("", 0);
    if (wire_ok(body) && wire_left(body) > 0) {
        size_t size = wire_u16be(body);
        const uint8_t *data = wire_bytes(body, size);

        if (data)
            *extensions = wire_reader(data, size);
    }
    return wire_done(body);
}

/* The next one; false at the end, or when they are not whole (wire_ok()). */
static bool next_extension(struct wire_reader *extensions, uint16_t *type, const uint8_t **data,
                           size_t *size)
{
    if (!wire_ok(extensions) || wire_left(extensions) == 0)
        return false;
    *type = wire_u16be(extensions);
    *size = wire_u16be(extensions);
    *data = wire_bytes(extensions, *size);
    return wire_ok(extensions);
}

/* [RFC 6066] 3: the first name of type host_name. */
static bool host_name(const uint8_t *data, size_t size, const uint8_t **name, size_t *name_size)
{
    struct wire_reader r = wire_reader(data, size);
    size_t list = wire_u16be(&r);
    uint8_t type = wire_u8(&r);

    *name_size = wire_u16be(&r);
    *name = wire_bytes(&r, *name_size);
    return wire_ok(&r) && list == size - 2 && type == TLSEXT_NAMETYPE_host_name && *name_size > 0;
}

/*
 * The name of the server that a ClientHello is for (record header included), as it stands in the
 * message: no zero at its end. SEC_E_INVALID_PARAMETER: a pointer is NULL, or Flags is not zero;
 * SEC_E_INCOMPLETE_MESSAGE: more bytes are needed; SEC_E_INVALID_TOKEN: it is no ClientHello, or
 * names no server. "SslGetServerIdentity function".
 */
SECURITY_STATUS WINAPI SslGetServerIdentity(PBYTE ClientHello, DWORD ClientHelloSize,
                                            PBYTE *ServerIdentity, PDWORD ServerIdentitySize,
                                            DWORD Flags)
{
    struct wire_reader body, extensions;
    const uint8_t *data, *name;
    size_t size, name_size, missing;
    SECURITY_STATUS status;
    uint16_t type;

    if (!ClientHello || !ServerIdentity || !ServerIdentitySize || Flags)
        return SEC_E_INVALID_PARAMETER;
    *ServerIdentity = NULL;
    *ServerIdentitySize = 0;
    status = open_hello(ClientHello, ClientHelloSize, true, &body, &missing);
    if (status != SEC_E_OK)
        return status;
    if (!skip_to_extensions(&body, &extensions))
        return SEC_E_INVALID_TOKEN;
    while (next_extension(&extensions, &type, &data, &size)) {
        if (type != TLSEXT_TYPE_server_name || !host_name(data, size, &name, &name_size))
            continue;
        *ServerIdentity = ClientHello + (name - ClientHello);
        *ServerIdentitySize = (DWORD)name_size;
        return SEC_E_OK;
    }
    return SEC_E_INVALID_TOKEN;
}

/*
 * For each of `genericExtensions`, by its ExtensionType: where its data is in the message, or NULL
 * when there is none. `flags` SCH_NO_RECORD_HEADER: `clientHello` begins with the message itself.
 * SEC_E_INCOMPLETE_MESSAGE: *bytesToRead (may be NULL) more bytes are needed, at least; else as
 * above.
 */
SECURITY_STATUS WINAPI SslGetExtensions(const BYTE *clientHello, DWORD clientHelloByteSize,
                                        SCH_EXTENSION_DATA *genericExtensions,
                                        BYTE genericExtensionsCount, DWORD *bytesToRead,
                                        SchGetExtensionsOptions flags)
{
    struct wire_reader body, extensions;
    const uint8_t *data;
    size_t size, missing;
    SECURITY_STATUS status;
    uint16_t type;

    if (bytesToRead)
        *bytesToRead = 0;
    if (!clientHello || (genericExtensionsCount && !genericExtensions) ||
        (flags & ~SCH_NO_RECORD_HEADER))
        return SEC_E_INVALID_PARAMETER;
    for (BYTE i = 0; i < genericExtensionsCount; i++) {
        genericExtensions[i].pExtData = NULL;
        genericExtensions[i].cbExtData = 0;
    }
    status = open_hello(clientHello, clientHelloByteSize, !(flags & SCH_NO_RECORD_HEADER), &body,
                        &missing);
    if (status == SEC_E_INCOMPLETE_MESSAGE && bytesToRead)
        *bytesToRead = (DWORD)missing;
    if (status != SEC_E_OK)
        return status;
    if (!skip_to_extensions(&body, &extensions))
        return SEC_E_INVALID_TOKEN;
    while (next_extension(&extensions, &type, &data, &size)) {
        for (BYTE i = 0; i < genericExtensionsCount; i++) {
            if (genericExtensions[i].ExtensionType != type || genericExtensions[i].pExtData)
                continue;
            genericExtensions[i].pExtData = data;
            genericExtensions[i].cbExtData = (DWORD)size;
        }
    }
    return wire_ok(&extensions) ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}
