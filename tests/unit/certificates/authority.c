/*
 * Keys are made once a process and used again: it is certificates that the tests are about.
 */
#include "tests/unit/certificates/authority.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static long serial = 0x1000;

static void add(X509 *x509, const X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    if (!value)
        return;
    X509V3_set_ctx(&context, (X509 *)issuer, x509, NULL, NULL, 0);
    extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
    if (!extension) {
        fprintf(stderr, "extension %d: %s\n", nid, value);
        abort();
    }
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

static void add_unknown(X509 *x509, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5", 2);
    extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

struct entity entity_make(const struct wish *wish, const struct entity *issuer)
{
    struct entity made = {X509_new(), wish->rsa_bits ? EVP_RSA_gen((unsigned)wish->rsa_bits)
                                                     : EVP_EC_gen("P-256")};
    X509_NAME *name = X509_get_subject_name(made.x509);
    EVP_PKEY *signer = issuer ? issuer->key : made.key, *other = NULL;

    X509_set_version(made.x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509), ++serial);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Test & Söhne, Ltd",
                               -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->subject, -1,
                               -1, 0);
    X509_set_issuer_name(made.x509, issuer ? X509_get_subject_name(issuer->x509) : name);
    X509_gmtime_adj(X509_getm_notBefore(made.x509), wish->from ? wish->from : -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.x509), wish->until ? wish->until : 3600);
    X509_set_pubkey(made.x509, made.key);
    add(made.x509, made.x509, NID_basic_constraints, wish->constraints);
    add(made.x509, made.x509, NID_subject_alt_name, wish->names);
    add(made.x509, made.x509, NID_ext_key_usage, wish->usage);
    add(made.x509, made.x509, NID_name_constraints, wish->permitted);
    add(made.x509, made.x509, NID_crl_distribution_points, wish->lists);
    if (wish->critical)
        add_unknown(made.x509, wish->critical);
    if (wish->signed_by_another)
        signer = other = EVP_EC_gen("P-256");
    if (X509_sign(made.x509, signer, wish->digest ? wish->digest : EVP_sha256()) <= 0)
        abort();
    EVP_PKEY_free(other);
    return made;
}

void entity_free(struct entity *entity)
{
    X509_free(entity->x509);
    EVP_PKEY_free(entity->key);
    *entity = (struct entity){NULL, NULL};
}

X509_CRL *entity_crl(const struct entity *issuer, const struct entity *revoked, long next)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *time = ASN1_TIME_new();

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509));
    X509_gmtime_adj(time, -3600);
    X509_CRL_set1_lastUpdate(crl, time);
    X509_gmtime_adj(time, next);
    X509_CRL_set1_nextUpdate(crl, time);
    if (revoked) {
        X509_REVOKED *entry = X509_REVOKED_new();

        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->x509));
        X509_gmtime_adj(time, -1800);
        X509_REVOKED_set_revocationDate(entry, time);
        X509_CRL_add0_revoked(crl, entry);
    }
    ASN1_TIME_free(time);
    if (X509_CRL_sign(crl, issuer->key, EVP_sha256()) <= 0)
        abort();
    return crl;
}
