/*
 * The AS exchange: a password, or a key of a keytab, becomes a ticket-granting ticket; and its
 * renewal.
 */
#include "libsspi/packages/kerberos/credentials/armor.h"

#include <string.h>

#define RENEW_LIFE (7 * 24 * 3600) /* what Windows domains allow; the KDC has the last word */

/* With the password, or with the keytab when there is one. */
static krb5_error_code get_once(krb5_context krb, krb5_principal client, const char *password,
                                krb5_keytab keytab, bool plain, bool pac, krb5_creds *tgt)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_error_code code = krb5_get_init_creds_opt_alloc(krb, &options);

    if (code)
        return code;
    if (!plain) {
        if (!kerb_libdefault(krb, "forwardable"))
            krb5_get_init_creds_opt_set_forwardable(options, 1);
        if (!kerb_libdefault(krb, "renew_lifetime"))
            krb5_get_init_creds_opt_set_renew_life(options, RENEW_LIFE);
    }
    if (client->type == KRB5_NT_ENTERPRISE_PRINCIPAL)
        krb5_get_init_creds_opt_set_canonicalize(options, 1);
    if (!pac)
        krb5_get_init_creds_opt_set_pac_request(krb, options, FALSE);
    memset(tgt, 0, sizeof(*tgt));
    code = kerb_armor(krb, options);
    if (code)
        goto out;
    code = keytab ? krb5_get_init_creds_keytab(krb, tgt, client, keytab, 0, NULL, options)
                  : krb5_get_init_creds_password(krb, tgt, client, password, NULL, NULL, 0, NULL,
                                                 options);
out:
    krb5_get_init_creds_opt_free(krb, options);
    return code;
}

static krb5_error_code get_tgt(krb5_context krb, krb5_principal client, const char *password,
                               krb5_keytab keytab, bool pac, krb5_creds *tgt)
{
    krb5_error_code code = get_once(krb, client, password, keytab, false, pac, tgt);

    /* Some KDCs refuse an account that may not have such tickets, instead of giving it others. */
    if (code == KRB5KDC_ERR_POLICY || code == KRB5KDC_ERR_BADOPTION)
        code = get_once(krb, client, password, keytab, true, pac, tgt);
    return code;
}

krb5_error_code kerb_get_tgt(krb5_context krb, krb5_principal client, const char *password,
                             krb5_creds *tgt)
{
    return get_tgt(krb, client, password, NULL, true, tgt);
}

krb5_error_code kerb_get_tgt_without_pac(krb5_context krb, krb5_principal client,
                                         const char *password, krb5_creds *tgt)
{
    return get_tgt(krb, client, password, NULL, false, tgt);
}

krb5_error_code kerb_get_tgt_keytab(krb5_context krb, krb5_principal client, const char *keytab,
                                    krb5_creds *tgt)
{
    krb5_keytab keys = NULL;
    krb5_error_code code = krb5_kt_resolve(krb, keytab, &keys);

    memset(tgt, 0, sizeof(*tgt));
    if (!code)
        code = get_tgt(krb, client, NULL, keys, true, tgt);
    if (keys)
        krb5_kt_close(krb, keys);
    return code;
}

krb5_error_code kerb_renew_tgt(krb5_context krb, krb5_creds *old, krb5_creds *renewed)
{
    krb5_ccache cache = NULL;
    krb5_error_code code = kerb_cache_with(krb, old, &cache);

    memset(renewed, 0, sizeof(*renewed));
    if (code)
        return code;
    code = krb5_get_renewed_creds(krb, renewed, old->client, cache, NULL);
    krb5_cc_destroy(krb, cache);
    return code;
}
