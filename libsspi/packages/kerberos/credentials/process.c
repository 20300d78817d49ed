/*
 * What the calling process has of its own: its credential caches, of whatever type, and its
 * keytabs. A keytab is as good as a password for getting a ticket, so a service without anybody's
 * cache is a client with its keys.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

/* ---- caches -------------------------------------------------------------------------------- */

/* The cache has a principal, and a ticket of it that is good now. */
static krb5_error_code has_tickets(krb5_context krb, krb5_ccache cache, krb5_principal *client)
{
    krb5_cc_cursor cursor;
    krb5_creds creds;
    bool good = false;
    krb5_error_code code = krb5_cc_get_principal(krb, cache, client);

    if (code)
        return code;
    code = krb5_cc_start_seq_get(krb, cache, &cursor);
    if (code)
        return code;
    while (!good && !krb5_cc_next_cred(krb, cache, &cursor, &creds)) {
        good = !krb5_is_config_principal(krb, creds.server) && kerb_ticket_left(krb, &creds) > 0;
        krb5_free_cred_contents(krb, &creds);
    }
    krb5_cc_end_seq_get(krb, cache, &cursor);
    return good ? 0 : KRB5_CC_NOTFOUND;
}

/* The default cache; with a name, the one of that name in the collection. */
static krb5_error_code find_cache(krb5_context krb, krb5_const_principal wanted, krb5_ccache *cache)
{
    /* An idle context may remember the default of an hour ago: the environment is read anew. */
    krb5_error_code code = krb5_cc_set_default_name(krb, NULL);

    if (code)
        return code;
    return wanted ? krb5_cc_cache_match(krb, (krb5_principal)(uintptr_t)wanted, cache)
                  : krb5_cc_default(krb, cache);
}

/* KRB5_CC_NOTFOUND and others when there is none, or nothing good in it. */
static krb5_error_code use_cache(krb5_context krb, struct kerb_credential *c,
                                 krb5_const_principal wanted)
{
    krb5_ccache cache = NULL;
    krb5_principal client = NULL;
    char *name = NULL;
    krb5_error_code code = find_cache(krb, wanted, &cache);

    if (!code)
        code = has_tickets(krb, cache, &client);
    if (!code)
        code = krb5_cc_get_full_name(krb, cache, &name);
    if (!code) {
        c->client = kerb_unparse(krb, client);
        c->cache = strdup(name);
        code = c->client && c->cache ? 0 : ENOMEM;
    }
    krb5_free_string(krb, name);
    krb5_free_principal(krb, client);
    if (cache)
        krb5_cc_close(krb, cache);
    return code;
}

/* ---- keytabs as clients -------------------------------------------------------------------- */

/* The name wanted is in it; without one, the first. */
static krb5_error_code client_in(krb5_context krb, krb5_keytab keytab, krb5_const_principal wanted,
                                 char **client)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_error_code code = krb5_kt_have_content(krb, keytab);

    if (!code)
        code = krb5_kt_start_seq_get(krb, keytab, &cursor);
    if (code)
        return code;
    code = KRB5_KT_NOTFOUND;
    while (code == KRB5_KT_NOTFOUND && !krb5_kt_next_entry(krb, keytab, &entry, &cursor)) {
        if (!wanted || krb5_principal_compare(krb, wanted, entry.principal)) {
            *client = kerb_unparse(krb, entry.principal);
            code = *client ? 0 : ENOMEM;
        }
        krb5_free_keytab_entry_contents(krb, &entry);
    }
    krb5_kt_end_seq_get(krb, keytab, &cursor);
    return code;
}

static krb5_error_code use_client_keytab(krb5_context krb, struct kerb_credential *c,
                                         krb5_const_principal wanted)
{
    krb5_error_code (*const keytabs[])(krb5_context, krb5_keytab *) = {krb5_kt_client_default,
                                                                       krb5_kt_default};
    krb5_error_code code = KRB5_KT_NOTFOUND;
    char name[1024];

    /* The server's keytab is for servers: a client uses it only when it asks for that account. */
    for (size_t i = 0; code && code != ENOMEM && i < (wanted ? 2 : 1); i++) {
        krb5_keytab keytab = NULL;

        code = keytabs[i](krb, &keytab);
        if (!code)
            code = client_in(krb, keytab, wanted, &c->client);
        if (!code)
            code = krb5_kt_get_name(krb, keytab, name, sizeof(name));
        if (keytab)
            krb5_kt_close(krb, keytab);
    }
    if (code)
        return code;
    c->source = KERB_KEYTAB;
    c->client_keytab = strdup(name);
    return c->client_keytab ? 0 : ENOMEM;
}

krb5_error_code kerb_use_keytab_as_client(krb5_context krb, struct kerb_credential *c,
                                          const char *name)
{
    krb5_principal wanted = NULL;
    krb5_keytab keytab = NULL;
    char *found = NULL;
    krb5_error_code code = c->client ? krb5_parse_name(krb, c->client, &wanted) : 0;

    if (!code)
        code = krb5_kt_resolve(krb, name, &keytab);
    if (!code)
        code = client_in(krb, keytab, wanted, &found);
    if (!code) {
        free(c->client);
        c->client = found;
        c->client_type = KRB5_NT_PRINCIPAL;
        c->client_keytab = strdup(name);
        code = c->client_keytab ? 0 : ENOMEM;
    }
    if (keytab)
        krb5_kt_close(krb, keytab);
    krb5_free_principal(krb, wanted);
    return code;
}

static SECURITY_STATUS use_server_keytab(krb5_context krb, struct kerb_credential *c)
{
    krb5_keytab keytab = NULL;
    char name[1024];
    krb5_error_code code = krb5_kt_default(krb, &keytab);

    if (!code)
        code = krb5_kt_have_content(krb, keytab);
    if (!code)
        code = krb5_kt_get_name(krb, keytab, name, sizeof(name));
    if (keytab)
        krb5_kt_close(krb, keytab);
    if (kerb_status(krb, code, KERB_ACCEPTOR, "the default keytab"))
        return SEC_E_NO_CREDENTIALS;
    c->keytab = strdup(name);
    return c->keytab ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- both ---------------------------------------------------------------------------------- */

static SECURITY_STATUS use_outbound(krb5_context krb, struct kerb_credential *c, const char *name)
{
    krb5_principal wanted = NULL;
    krb5_error_code code = name ? kerb_account(krb, name, NULL, &wanted) : 0;
    SECURITY_STATUS status;

    if (code) {
        status = kerb_status(krb, code, KERB_INITIATOR, "the name of a principal");
        return status == SEC_E_INSUFFICIENT_MEMORY ? status : SEC_E_UNKNOWN_CREDENTIALS;
    }
    code = use_cache(krb, c, wanted);
    if (code && code != ENOMEM) {
        /* The reason is the cache's: that there is no keytab for clients is the rule. */
        status = kerb_status(krb, code, KERB_INITIATOR, "the default credential cache");
        code = use_client_keytab(krb, c, wanted);
        if (code && code != ENOMEM)
            goto out;
    }
    status = kerb_status(krb, code, KERB_INITIATOR, "a client's keytab");
out:
    krb5_free_principal(krb, wanted);
    return !status || status == SEC_E_INSUFFICIENT_MEMORY ? status : SEC_E_NO_CREDENTIALS;
}

SECURITY_STATUS kerb_use_process(krb5_context krb, struct kerb_credential *c, const char *name)
{
    SECURITY_STATUS status = SEC_E_OK;

    c->source = KERB_PROCESS;
    if (c->use & SECPKG_CRED_OUTBOUND)
        status = use_outbound(krb, c, name);
    if (!status && (c->use & SECPKG_CRED_INBOUND))
        status = use_server_keytab(krb, c);
    return status;
}

bool kerb_process_is_client(krb5_context krb, const char *name)
{
    struct kerb_credential *c = kerb_credential_new(SECPKG_CRED_OUTBOUND);
    krb5_principal own = NULL;
    krb5_keytab keytab = NULL;
    char *found = NULL;
    bool is = c && kerb_use_process(krb, c, NULL) == SEC_E_OK &&
              !krb5_parse_name(krb, c->client, &own) && !krb5_kt_resolve(krb, name, &keytab) &&
              !client_in(krb, keytab, own, &found);

    reason_clear(); /* not to be one is no trouble */
    free(found);
    if (keytab)
        krb5_kt_close(krb, keytab);
    krb5_free_principal(krb, own);
    kerb_credential_release(c);
    return is;
}
