/*
 * Services for users ([MS-SFU]): a service that has authenticated somebody by other means gets
 * tickets in the name of that user, first for itself (S4U2Self), and with that as evidence for the
 * services it may delegate to (S4U2Proxy). The ticket that a client has shown to the service is as
 * good an evidence. The KDC decides on all of it.
 */
#include "libsspi/packages/kerberos/acceptors.h"

#include <stdlib.h>

/*
 * libkrb5 exports this since 1.8, and MIT's kvno and GSSAPI are made with it, but krb5.h does not
 * declare it: `wanted` names the user and the service itself; `cert` is of a user who is known by a
 * certificate.
 */
krb5_error_code krb5_get_credentials_for_user(krb5_context krb, krb5_flags options,
                                              krb5_ccache cache, krb5_creds *wanted,
                                              krb5_data *cert, krb5_creds **out);

/* All of it lies in a cache in memory of its own: nothing of a user's gets into the cache of the
 * service. */
static krb5_error_code open_tickets(krb5_context krb, struct kerb_credential *c)
{
    krb5_ccache own = NULL;
    krb5_principal client = NULL;
    krb5_error_code code;

    if (c->tickets)
        return 0;
    code = kerb_open_cache(krb, c->service, &own);
    if (code)
        return code;
    code = krb5_cc_get_principal(krb, own, &client);
    if (!code)
        code = krb5_cc_new_unique(krb, "MEMORY", NULL, &c->tickets);
    if (!code)
        code = krb5_cc_initialize(krb, c->tickets, client);
    if (!code)
        code = krb5_cc_copy_creds(krb, own, c->tickets);
    if (code && c->tickets) {
        krb5_cc_destroy(krb, c->tickets);
        c->tickets = NULL;
    }
    krb5_free_principal(krb, client);
    kerb_close_cache(krb, c->service, own);
    return code;
}

static void forget(krb5_context krb, struct kerb_credential *c)
{
    krb5_free_creds(krb, c->evidence);
    c->evidence = NULL;
    if (c->tickets)
        krb5_cc_destroy(krb, c->tickets);
    c->tickets = NULL;
}

/* The ticket of the user for the service itself. */
static krb5_error_code for_self(krb5_context krb, struct kerb_credential *c)
{
    krb5_creds wanted = {0};
    krb5_error_code code = krb5_parse_name(krb, c->client, &wanted.client);

    if (!code) {
        wanted.client->type = c->client_type;
        code = krb5_cc_get_principal(krb, c->tickets, &wanted.server);
    }
    if (!code)
        code = krb5_get_credentials_for_user(krb, 0, c->tickets, &wanted, NULL, &c->evidence);
    krb5_free_principal(krb, wanted.client);
    krb5_free_principal(krb, wanted.server);
    return code;
}

static krb5_error_code by_proxy(krb5_context krb, struct kerb_credential *c, krb5_principal service,
                                krb5_creds **ticket)
{
    krb5_creds wanted = {.server = service, .second_ticket = c->evidence->ticket};
    krb5_error_code code = krb5_cc_get_principal(krb, c->tickets, &wanted.client);

    if (!code)
        code = krb5_get_credentials(krb, KRB5_GC_CONSTRAINED_DELEGATION | KRB5_GC_CANONICALIZE,
                                    c->tickets, &wanted, ticket);
    krb5_free_principal(krb, wanted.client);
    return code;
}

static bool is_self(krb5_context krb, const struct kerb_credential *c, krb5_const_principal service)
{
    return krb5_principal_compare_flags(
        krb, service, c->evidence->server,
        service->realm.length ? 0 : KRB5_PRINCIPAL_COMPARE_IGNORE_REALM);
}

SECURITY_STATUS kerb_s4u_ticket(krb5_context krb, struct kerb_credential *c, krb5_principal service,
                                krb5_creds **ticket)
{
    krb5_error_code code = 0;
    SECURITY_STATUS status;

    pthread_mutex_lock(&c->lock);
    if (c->evidence && kerb_ticket_left(krb, c->evidence) <= 0) {
        if (c->shown) { /* only the user could show another one */
            pthread_mutex_unlock(&c->lock);
            return SEC_E_CONTEXT_EXPIRED;
        }
        forget(krb, c);
    }
    code = open_tickets(krb, c);
    status = kerb_status(krb, code, KERB_INITIATOR, "the service's own tickets");
    if (!status && !c->evidence) {
        code = for_self(krb, c);
        status = kerb_status(krb, code, KERB_LOGON, "a user's ticket for the service itself");
        if (code == KRB5KDC_ERR_BADOPTION || code == KRB5KDC_ERR_PADATA_TYPE_NOSUPP)
            status = SEC_E_NO_S4U_PROT_SUPPORT;
    }
    if (!status && is_self(krb, c, service) && c->shown && !kerb_in_process()) {
        /* A ticket's name is not sealed: again and again the process could make of the client's
         * one for another service of the same key, which [acceptors] does not give it. */
        status = SEC_E_DELEGATION_REQUIRED;
    } else if (!status && is_self(krb, c, service)) {
        code = krb5_copy_creds(krb, c->evidence, ticket);
        status = kerb_status(krb, code, KERB_INITIATOR, "a user's ticket for the service itself");
    } else if (!status) {
        code = by_proxy(krb, c, service, ticket);
        status = kerb_status(krb, code, KERB_INITIATOR, "a ticket in the name of a user");
        /* "The computer must be trusted for delegation and the current user account must be
         * configured to allow delegation." */
        if (code == KRB5KDC_ERR_BADOPTION || code == KRB5_TKT_NOT_FORWARDABLE)
            status = SEC_E_DELEGATION_REQUIRED;
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}

void kerb_s4u_release(krb5_context krb, struct kerb_credential *c)
{
    if (krb)
        forget(krb, c);
    kerb_credential_release(c->service);
    c->service = NULL;
}

/* The service, as the account that its key is of. */
static SECURITY_STATUS use_account(krb5_context krb, struct kerb_credential *c,
                                   krb5_const_principal service)
{
    struct kerb_credential *account = kerb_credential_new(SECPKG_CRED_OUTBOUND);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!account)
        return status;
    status = kerb_use_acceptor(krb, account, service);
    if (status) {
        kerb_credential_release(account);
        return status;
    }
    c->source = KERB_S4U;
    c->service = account;
    return SEC_E_OK;
}

/* The process has said who it is as a client, and that is the account that it accepts with. */
static bool is_client(krb5_context krb)
{
    char keytab[1024];

    return kerb_in_process() && !krb5_kt_default_name(krb, keytab, sizeof(keytab)) &&
           kerb_process_is_client(krb, keytab);
}

SECURITY_STATUS kerb_use_evidence(krb5_context krb, struct kerb_credential *c)
{
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;

    if (c->use != SECPKG_CRED_OUTBOUND ||
        kerb_ticket_get(krb, &c->luid, KERB_KEY_EVIDENCE, &c->evidence))
        return status;
    c->client = kerb_unparse(krb, c->evidence->client);
    c->shown = true;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (c->client)
        status = is_client(krb) ? kerb_use_s4u(krb, c) : use_account(krb, c, c->evidence->server);
    if (status) {
        krb5_free_creds(krb, c->evidence);
        c->evidence = NULL;
    }
    return status;
}

SECURITY_STATUS kerb_use_s4u(krb5_context krb, struct kerb_credential *c)
{
    struct kerb_credential *service = kerb_credential_new(SECPKG_CRED_OUTBOUND);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!service)
        return status;
    status = kerb_use_process(krb, service, NULL);
    if (status) {
        kerb_credential_release(service);
        return status;
    }
    c->source = KERB_S4U;
    c->service = service;
    return SEC_E_OK;
}
