/*
 * Names as CertNameToStr() writes them: parts separated by ", ", several values of one part by
 * " + ", quotes around what would be misread.
 */
#include "libsspi/certificates/text.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/last_error.h"
#include "base/utf16.h"

/* The keys that Windows has for attributes; others are "OID." and the number. */
static const struct {
    int nid;
    const char *key;
} keys[] = {
    {NID_commonName, "CN"},
    {NID_surname, "SN"},
    {NID_serialNumber, "SERIALNUMBER"},
    {NID_countryName, "C"},
    {NID_localityName, "L"},
    {NID_stateOrProvinceName, "S"},
    {NID_streetAddress, "STREET"},
    {NID_organizationName, "O"},
    {NID_organizationalUnitName, "OU"},
    {NID_title, "T"},
    {NID_description, "Description"},
    {NID_postalCode, "PostalCode"},
    {NID_givenName, "G"},
    {NID_initials, "I"},
    {NID_pkcs9_emailAddress, "E"},
    {NID_domainComponent, "DC"},
};

static bool put_key(BIO *to, const ASN1_OBJECT *object, DWORD form)
{
    int nid = OBJ_obj2nid(object);
    char dotted[256];

    for (size_t i = 0; form == CERT_X500_NAME_STR && i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].nid == nid)
            return BIO_printf(to, "%s=", keys[i].key) > 0;
    if (OBJ_obj2txt(dotted, sizeof(dotted), object, 1) <= 0)
        return false;
    return BIO_printf(to, "%s%s=", form == CERT_X500_NAME_STR ? "OID." : "", dotted) > 0;
}

static bool must_quote(const unsigned char *value, int length)
{
    if (length == 0)
        return true;
    if (value[0] == ' ' || value[length - 1] == ' ')
        return true;
    for (int i = 0; i < length; i++)
        if (value[i] && strchr(",+=\"\n\r<>#;", value[i]))
            return true;
    return false;
}

static bool put_value(BIO *to, const ASN1_STRING *string, DWORD type)
{
    unsigned char *value = NULL;
    int length = ASN1_STRING_to_UTF8(&value, string);
    bool quote, ok = true;

    if (length < 0)
        return false;
    quote = !(type & CERT_NAME_STR_NO_QUOTING_FLAG) && must_quote(value, length);
    if (quote)
        ok = BIO_puts(to, "\"") > 0;
    for (int i = 0; ok && i < length; i++) {
        /* a zero would hide what follows it */
        char c = value[i] ? (char)value[i] : ' ';

        ok = BIO_write(to, &c, 1) == 1 && (!quote || c != '"' || BIO_write(to, "\"", 1) == 1);
    }
    if (ok && quote)
        ok = BIO_puts(to, "\"") > 0;
    OPENSSL_free(value);
    return ok;
}

char *text_of_name(const X509_NAME *name, DWORD type)
{
    BIO *to = BIO_new(BIO_s_mem());
    const char *between = type & CERT_NAME_STR_SEMICOLON_FLAG ? "; "
                          : type & CERT_NAME_STR_CRLF_FLAG    ? "\r\n"
                                                              : ", ";
    const char *plus = type & CERT_NAME_STR_NO_PLUS_FLAG ? " " : " + ";
    DWORD form = type & 0xffff;
    int count = X509_NAME_entry_count(name), before = -1;
    char *bytes, *text = NULL;
    bool ok = to != NULL;

    for (int i = 0; ok && i < count; i++) {
        int at = type & CERT_NAME_STR_REVERSE_FLAG ? count - 1 - i : i;
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, at);
        int set = X509_NAME_ENTRY_set(entry);

        if (i > 0)
            ok = BIO_puts(to, set == before ? plus : between) > 0;
        before = set;
        if (ok && (form == CERT_OID_NAME_STR || form == CERT_X500_NAME_STR))
            ok = put_key(to, X509_NAME_ENTRY_get_object(entry), form);
        ok = ok && put_value(to, X509_NAME_ENTRY_get_data(entry), type);
    }
    if (ok) {
        long length = BIO_get_mem_data(to, &bytes);

        text = strndup(length > 0 ? bytes : "", length > 0 ? (size_t)length : 0);
    }
    BIO_free(to);
    return text;
}

/* ---- what applications get ---- */

/* `text` becomes theirs, cut where it does not fit. It is freed. */
static DWORD give_narrow(char *text, LPSTR to, DWORD room)
{
    DWORD needed = text ? (DWORD)strlen(text) + 1 : 1;

    if (to && room) {
        DWORD length = needed - 1 < room ? needed - 1 : room - 1;

        if (text)
            memcpy(to, text, length);
        to[length] = '\0';
        needed = length + 1;
    }
    free(text);
    return needed;
}

static DWORD give_wide(char *text, LPWSTR to, DWORD room)
{
    WCHAR *wide = text ? utf16_from_utf8(text, strlen(text), NULL) : NULL;
    DWORD needed = wide ? (DWORD)utf16_length(wide) + 1 : 1;

    if (to && room) {
        DWORD length = needed - 1 < room ? needed - 1 : room - 1;

        if (wide)
            memcpy(to, wide, length * sizeof(WCHAR));
        to[length] = 0;
        needed = length + 1;
    }
    free(wide);
    free(text);
    return needed;
}

static char *text_of_blob(PCERT_NAME_BLOB blob, DWORD type)
{
    const unsigned char *at = blob ? blob->pbData : NULL;
    X509_NAME *name = at ? d2i_X509_NAME(NULL, &at, (long)blob->cbData) : NULL;
    char *text = name ? text_of_name(name, type) : NULL;

    X509_NAME_free(name);
    return text;
}

DWORD WINAPI CertNameToStrA(DWORD dwCertEncodingType, PCERT_NAME_BLOB pName, DWORD dwStrType,
                            LPSTR psz, DWORD csz)
{
    (void)dwCertEncodingType;
    return give_narrow(text_of_blob(pName, dwStrType), psz, csz);
}

DWORD WINAPI CertNameToStrW(DWORD dwCertEncodingType, PCERT_NAME_BLOB pName, DWORD dwStrType,
                            LPWSTR psz, DWORD csz)
{
    (void)dwCertEncodingType;
    return give_wide(text_of_blob(pName, dwStrType), psz, csz);
}

/* ---- one name of a certificate ---- */

static char *text_of_string(const ASN1_STRING *string)
{
    unsigned char *value = NULL;
    int length = ASN1_STRING_to_UTF8(&value, string);
    /* a zero in it makes it another name than the one that is signed */
    char *text = length >= 0 && !memchr(value, 0, (size_t)length) ? strdup((char *)value) : NULL;

    OPENSSL_free(value);
    return text;
}

static char *attribute(const X509_NAME *name, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int at = object ? X509_NAME_get_index_by_OBJ(name, object, -1) : -1;

    ASN1_OBJECT_free(object);
    if (at < 0)
        return NULL;
    return text_of_string(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* The first of that kind among the alternative names. */
static char *alternative(X509 *x509, bool issuer, int kind)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(x509, issuer ? NID_issuer_alt_name : NID_subject_alt_name, NULL, NULL);
    char *text = NULL;

    for (int i = 0; !text && i < sk_GENERAL_NAME_num(names); i++) {
        GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        int type;
        void *value = GENERAL_NAME_get0_value(name, &type);

        if (type != kind)
            continue;
        if (kind != GEN_OTHERNAME)
            text = text_of_string(value);
        else if (OBJ_obj2nid(((OTHERNAME *)value)->type_id) == NID_ms_upn &&
                 ASN1_TYPE_get(((OTHERNAME *)value)->value) == V_ASN1_UTF8STRING)
            text = text_of_string(((OTHERNAME *)value)->value->value.utf8string);
    }
    GENERAL_NAMES_free(names);
    return text;
}

static char *simple_display(X509 *x509, const X509_NAME *name, bool issuer)
{
    static const char *const order[] = {szOID_COMMON_NAME, szOID_ORGANIZATIONAL_UNIT_NAME,
                                        szOID_ORGANIZATION_NAME, szOID_RSA_emailAddr};
    char *text = NULL;

    for (size_t i = 0; !text && i < sizeof(order) / sizeof(order[0]); i++)
        text = attribute(name, order[i]);
    if (!text)
        text = alternative(x509, issuer, GEN_EMAIL);
    if (!text && X509_NAME_entry_count(name) > 0)
        text = text_of_string(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0)));
    return text;
}

static char *friendly(PCCERT_CONTEXT context)
{
    WCHAR room[512];
    DWORD size = sizeof(room) - sizeof(WCHAR);

    if (!CertGetCertificateContextProperty(context, CERT_FRIENDLY_NAME_PROP_ID, room, &size))
        return NULL;
    room[size / sizeof(WCHAR)] = 0;
    return utf16_to_utf8(room, utf16_length(room), NULL);
}

static char *name_string(PCCERT_CONTEXT context, DWORD type, DWORD flags, void *parameter)
{
    X509 *x509 = certificate_x509(context);
    bool issuer = (flags & CERT_NAME_ISSUER_FLAG) != 0;
    const X509_NAME *name;
    char *text = NULL;

    if (!x509)
        return NULL;
    name = issuer ? X509_get_issuer_name(x509) : X509_get_subject_name(x509);
    switch (type) {
    case CERT_NAME_EMAIL_TYPE:
        text = alternative(x509, issuer, GEN_EMAIL);
        if (!text)
            text = attribute(name, szOID_RSA_emailAddr);
        break;
    case CERT_NAME_RDN_TYPE:
        text = text_of_name(name, parameter ? *(DWORD *)parameter : CERT_SIMPLE_NAME_STR);
        break;
    case CERT_NAME_ATTR_TYPE:
        text = parameter ? attribute(name, parameter) : NULL;
        break;
    case CERT_NAME_FRIENDLY_DISPLAY_TYPE:
        text = friendly(context);
        if (text)
            break;
        __attribute__((fallthrough));
    case CERT_NAME_SIMPLE_DISPLAY_TYPE:
        text = simple_display(x509, name, issuer);
        break;
    case CERT_NAME_DNS_TYPE:
        text = alternative(x509, issuer, GEN_DNS);
        if (!text)
            text = attribute(name, szOID_COMMON_NAME);
        break;
    case CERT_NAME_URL_TYPE:
        text = alternative(x509, issuer, GEN_URI);
        break;
    case CERT_NAME_UPN_TYPE:
        text = alternative(x509, issuer, GEN_OTHERNAME);
        break;
    default:
        last_error_set((DWORD)E_INVALIDARG);
        break;
    }
    X509_free(x509);
    return text;
}

DWORD WINAPI CertGetNameStringA(PCCERT_CONTEXT pCertContext, DWORD dwType, DWORD dwFlags,
                                void *pvTypePara, LPSTR pszNameString, DWORD cchNameString)
{
    return give_narrow(name_string(pCertContext, dwType, dwFlags, pvTypePara), pszNameString,
                       cchNameString);
}

DWORD WINAPI CertGetNameStringW(PCCERT_CONTEXT pCertContext, DWORD dwType, DWORD dwFlags,
                                void *pvTypePara, LPWSTR pszNameString, DWORD cchNameString)
{
    return give_wide(name_string(pCertContext, dwType, dwFlags, pvTypePara), pszNameString,
                     cchNameString);
}
