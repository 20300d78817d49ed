/*
 * Whether a certificate is a server's of that name: RFC 6125 as far as OpenSSL has it, the name
 * brought into the form that certificates have it in.
 */
#include "libsspi/certificates/build.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/utf16.h"

/* ---- punycode, RFC 3492 ---- */

#define BASE         36
#define T_MIN        1
#define T_MAX        26
#define SKEW         38
#define DAMP         700
#define INITIAL_BIAS 72
#define INITIAL_N    128
#define LABEL_MAX    63 /* characters, RFC 1035 */

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static bool put_char(char *label, size_t *length, char c)
{
    if (*length >= LABEL_MAX)
        return false;
    label[(*length)++] = c;
    return true;
}

static bool put_digit(char *label, size_t *length, uint32_t digit)
{
    return put_char(label, length, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
}

/* One number of variable length, section 6.3. */
static bool put_delta(char *label, size_t *length, uint32_t delta, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

        if (delta < t)
            return put_digit(label, length, delta);
        if (!put_digit(label, length, t + (delta - t) % (BASE - t)))
            return false;
        delta = (delta - t) / (BASE - t);
    }
}

/* A label of at most LABEL_MAX points, at least one of them not ASCII. */
static bool punycode(const uint32_t *points, size_t count, char *label, size_t *length)
{
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, done = 0, basic;

    for (size_t i = 0; i < 4; i++)
        if (!put_char(label, length, "xn--"[i]))
            return false;
    for (size_t i = 0; i < count; i++) {
        if (points[i] < 0x80) {
            if (!put_char(label, length, (char)points[i]))
                return false;
            done++;
        }
    }
    basic = done;
    if (basic && !put_char(label, length, '-'))
        return false;
    while (done < count) {
        uint32_t next = UINT32_MAX;

        for (size_t i = 0; i < count; i++)
            if (points[i] >= n && points[i] < next)
                next = points[i];
        /* at most 63 points below 0x110000: no overflow */
        delta += (next - n) * (done + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            if (points[i] < n)
                delta++;
            if (points[i] != n)
                continue;
            if (!put_delta(label, length, delta, bias))
                return false;
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        n++;
    }
    return true;
}

/* ---- names ---- */

static bool is_dot(uint32_t point)
{
    return point == '.' || point == 0x3002 || point == 0xff0e || point == 0xff61;
}

/* Label by label; ASCII ones stay as they are. */
static bool put_labels(const uint32_t *points, size_t count, char *name)
{
    size_t start = 0, length = 0;

    for (size_t i = 0; i <= count; i++) {
        bool ascii = true;
        char label[LABEL_MAX + 1];
        size_t size = 0;

        if (i < count && !is_dot(points[i]))
            continue;
        if (i - start > LABEL_MAX)
            return false;
        for (size_t j = start; j < i; j++)
            ascii = ascii && points[j] < 0x80;
        if (ascii)
            for (size_t j = start; j < i; j++)
                label[size++] = (char)points[j];
        else if (!punycode(points + start, i - start, label, &size))
            return false;
        memcpy(name + length, label, size);
        length += size;
        if (i < count)
            name[length++] = '.';
        start = i + 1;
    }
    name[length] = '\0';
    return true;
}

char *certificate_host_name(const WCHAR *name)
{
    return name_to_ascii(name);
}

char *name_to_ascii(const WCHAR *name)
{
    char *utf8 = utf16_to_utf8(name, utf16_length(name), NULL), *ascii = NULL;
    uint32_t *wide = NULL, *lower = NULL;
    size_t count = 0, lower_count = 0;
    const char *text = utf8;
    size_t length = utf8 ? strlen(utf8) : 0;

    if (!utf8)
        return NULL;
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (length > 1 && text[length - 1] == '.') {
        length--;
    }
    wide = u8_to_u32((const uint8_t *)text, length, NULL, &count);
    if (wide || count == 0)
        lower = u32_tolower(wide, count, NULL, UNINORM_NFKC, NULL, &lower_count);
    if (lower_count > 0 && !lower)
        goto out;
    errno = EILSEQ;
    if (lower_count > 253 || !(ascii = malloc(lower_count * (LABEL_MAX + 1) + 1)))
        goto out;
    if (!put_labels(lower, lower_count, ascii)) {
        free(ascii);
        ascii = NULL;
        errno = EILSEQ;
    }
out:
    free(wide);
    free(lower);
    free(utf8);
    return ascii;
}

static bool is_address(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* OpenSSL would take a dot in front for any host below, and a wildcard for itself. */
static bool is_host(const char *name)
{
    return name[0] && name[0] != '.' && !strstr(name, "..") && !strpbrk(name, "*/:@ ");
}

SECURITY_STATUS name_check(X509 *leaf, const WCHAR *name)
{
    char *ascii = name_to_ascii(name), *scope;
    int matches;

    if (!ascii)
        return errno == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_WRONG_PRINCIPAL;
    /* which interface a link-local address is at is nothing that a certificate knows */
    scope = strchr(ascii, '%');
    if (scope)
        *scope = '\0';
    if (is_address(ascii))
        matches = X509_check_ip_asc(leaf, ascii, 0);
    else if (scope || !is_host(ascii))
        matches = 0;
    else
        matches =
            X509_check_host(leaf, ascii, strlen(ascii), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL);
    free(ascii);
    if (matches == -1)
        return SEC_E_INSUFFICIENT_MEMORY;
    return matches == 1 ? SEC_E_OK : SEC_E_WRONG_PRINCIPAL;
}
