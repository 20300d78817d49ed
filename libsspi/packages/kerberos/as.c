/*
 * The AS exchange: a password becomes a TGT, and a TGT a newer one. libkrb5 does it; nobody is ever
 * prompted.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <string.h>

#define WEEK (7 * 24 * 60 * 60)

krb5_error_code kerb_get_tgt(krb5_context krb, krb5_principal client, const char *password,
                             krb5_creds *tgt)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_error_code code = krb5_get_init_creds_opt_alloc(krb, &options);

    memset(tgt, 0, sizeof(*tgt));
    if (code)
        return code;
    if (!kerb_libdefault(krb, "forwardable"))
        krb5_get_init_creds_opt_set_forwardable(options, 1);
    if (!kerb_libdefault(krb, "renew_lifetime"))
        krb5_get_init_creds_opt_set_renew_life(options, WEEK);
    if (client->type == KRB5_NT_ENTERPRISE_PRINCIPAL)
        krb5_get_init_creds_opt_set_canonicalize(options, 1);
    krb5_get_init_creds_opt_set_change_password_prompt(options, 0);
    code = krb5_get_init_creds_password(krb, tgt, client, password, NULL, NULL, 0, NULL, options);
    krb5_get_init_creds_opt_free(krb, options);
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
