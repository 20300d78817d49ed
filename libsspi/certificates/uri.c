/*
 * pkcs11: URIs, RFC 7512, as far as we have to look into them: attributes with values, separated by
 * semicolons, and after a question mark by ampersands.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "libsspi/certificates/load.h"

#define SCHEME "pkcs11:"

bool uri_is_pkcs11(const char *text)
{
    return strncasecmp(text, SCHEME, strlen(SCHEME)) == 0;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* A zero byte would end the value before its end, so it is malformed. */
static char *decode(const char *text, size_t length)
{
    char *value = secret_alloc(length + 1);
    size_t size = 0;

    for (size_t i = 0; value && i < length; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 1 < length ? hex(text[i + 1]) : -1;
            int low = i + 2 < length ? hex(text[i + 2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                secret_free(value);
                return NULL;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        value[size++] = c;
    }
    return value;
}

char *uri_attribute(const char *uri, const char *name, bool query)
{
    const char *at = uri + strlen(SCHEME), *end = strchr(at, '?');
    size_t name_length = strlen(name);

    if (query && !end)
        return NULL;
    if (query) {
        at = end + 1;
        end = NULL;
    }
    if (!end)
        end = at + strlen(at);
    while (at < end) {
        size_t length = strcspn(at, query ? "&" : ";");

        if (length > (size_t)(end - at))
            length = (size_t)(end - at);
        if (length > name_length && at[name_length] == '=' && strncmp(at, name, name_length) == 0)
            return decode(at + name_length + 1, length - name_length - 1);
        at += length + 1;
    }
    return NULL;
}

char *uri_with_type(const char *uri, const char *type)
{
    const char *at = uri + strlen(SCHEME);
    size_t path = strcspn(at, "?"), length = strlen(SCHEME);
    char *result = malloc(length + path + sizeof(";type=") + strlen(type));

    if (!result)
        return NULL;
    memcpy(result, SCHEME, length);
    while (path > 0) {
        size_t size = strcspn(at, ";?");

        if (size && strncmp(at, "type=", 5) != 0) {
            memcpy(result + length, at, size);
            length += size;
            result[length++] = ';';
        }
        if (size >= path)
            break;
        at += size + 1;
        path -= size + 1;
    }
    memcpy(result + length, "type=", 5);
    memcpy(result + length + 5, type, strlen(type) + 1);
    return result;
}
