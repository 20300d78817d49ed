/*
 * Services that accept without reading a keytab: the LSA holds the keys, and [acceptors] of
 * lsa.conf says which uid may accept as which service. Such a credential gets a keytab in memory
 * with the keys of those services and no other, so whatever is made of a ticket, it is opened with
 * a key that its process was allowed. And who such a service is where it is a client itself.
 */
#include "libsspi/packages/kerberos/acceptors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/host.h"

struct filling {
    krb5_context krb;
    krb5_keytab into;
    const char *accept_as; /* NULL: all that is allowed */
    size_t keys, rules;
    uint64_t stamp;
    krb5_error_code code;
};

/* ---- where the keys are -------------------------------------------------------------------- */

/* The keytab's full name: the rule's own, that of lsa.conf, or libkrb5's default. */
static krb5_error_code keytab_name(krb5_context krb, const char *named, char *name, size_t room)
{
    const char *setting = lsa_setting(KERB_PACKAGE, "keytab", "");
    const char *chosen = named ? named : *setting ? setting : NULL;

    if (!chosen)
        return krb5_kt_default_name(krb, name, (int)room);
    return snprintf(name, room, "%s", chosen) < (int)room ? 0 : KRB5_CONFIG_NOTENUFSPACE;
}

/* What changes when somebody writes new keys into the file. */
static uint64_t stamp_of(const char *name)
{
    const char *path = strchr(name, '/');
    struct stat st;

    if (!path || stat(path, &st) != 0)
        return 1;
    return (uint64_t)st.st_mtim.tv_sec * 1000000007 + (uint64_t)st.st_mtim.tv_nsec * 31 +
           (uint64_t)st.st_ino * 7 + (uint64_t)st.st_size;
}

static bool add_stamp(const char *service, const char *keytab, void *arg)
{
    struct filling *f = arg;
    char name[1024];

    (void)service;
    if (!keytab_name(f->krb, keytab, name, sizeof(name)))
        f->stamp = f->stamp * 31 + stamp_of(name);
    return true;
}

static uint64_t stamp_now(krb5_context krb)
{
    struct filling f = {.krb = krb, .stamp = 1};

    lsa_client_acceptors(add_stamp, &f);
    return f.stamp;
}

/* ---- the keys that are allowed ------------------------------------------------------------- */

static krb5_error_code copy_keys(struct filling *f, const char *service, krb5_keytab from)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_error_code code = krb5_kt_start_seq_get(f->krb, from, &cursor), end = 0;

    if (code)
        return code;
    while (!code && !(end = krb5_kt_next_entry(f->krb, from, &entry, &cursor))) {
        char *name = NULL;

        code = krb5_unparse_name(f->krb, entry.principal, &name);
        if (!code && lsa_acceptor_matches(service, name) &&
            (!f->accept_as || !strcmp(f->accept_as, name))) {
            code = krb5_kt_add_entry(f->krb, f->into, &entry);
            f->keys++;
        }
        krb5_free_unparsed_name(f->krb, name);
        krb5_free_keytab_entry_contents(f->krb, &entry);
    }
    krb5_kt_end_seq_get(f->krb, from, &cursor);
    return code ? code : end == KRB5_KT_END ? 0 : end;
}

static bool add_service(const char *service, const char *keytab, void *arg)
{
    struct filling *f = arg;
    krb5_keytab from = NULL;
    char name[1024];

    f->rules += !f->accept_as || lsa_acceptor_matches(service, f->accept_as);
    f->code = keytab_name(f->krb, keytab, name, sizeof(name));
    if (!f->code)
        f->code = krb5_kt_resolve(f->krb, name, &from);
    if (!f->code)
        f->code = copy_keys(f, service, from);
    if (f->code) {
        const char *text = krb5_get_error_message(f->krb, f->code);

        log_error("[acceptors] %s: the keys in %s cannot be used: %s", service, name, text);
        krb5_free_error_message(f->krb, text);
    }
    if (from)
        krb5_kt_close(f->krb, from);
    return f->code != ENOMEM; /* another service may be in another keytab */
}

/* A new keytab in memory; c->lock is held. Who works with the old one has a reference to it. */
static SECURITY_STATUS fill(krb5_context krb, struct kerb_credential *c)
{
    static atomic_uint number;
    struct filling f = {.krb = krb, .accept_as = c->accept_as};
    uint64_t stamp = stamp_now(krb);
    char *name = NULL;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (asprintf(&name, "MEMORY:acceptor-%u", atomic_fetch_add(&number, 1)) < 0 ||
        krb5_kt_resolve(krb, name, &f.into)) {
        free(name);
        return status;
    }
    lsa_client_acceptors(add_service, &f);
    status = f.code == ENOMEM ? status : SEC_E_NO_CREDENTIALS;
    if (f.rules && !f.keys)
        log_info("[acceptors] allows it, but no keytab has a key of %s",
                 c->accept_as ? c->accept_as : "such a service");
    if (!f.keys) {
        krb5_kt_close(krb, f.into);
        free(name);
        return status;
    }
    if (c->keys)
        krb5_kt_close(krb, c->keys);
    free(c->keytab);
    c->keytab = name;
    c->keys = f.into;
    c->keys_stamp = stamp;
    return SEC_E_OK;
}

SECURITY_STATUS kerb_acceptor_keys(krb5_context krb, struct kerb_credential *c)
{
    SECURITY_STATUS status = SEC_E_OK;

    pthread_mutex_lock(&c->lock);
    if (!c->keys || c->keys_stamp != stamp_now(krb))
        status = fill(krb, c);
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* ---- the service as a client --------------------------------------------------------------- */

/* The service's account, in the same keytab: an Active Directory gives tickets to accounts and not
 * to the names of their services, which have the same key. Elsewhere it is the service itself. */
static krb5_error_code find_account(krb5_context krb, krb5_keytab keytab,
                                    krb5_const_principal service, krb5_principal *account)
{
    krb5_keytab_entry own, entry;
    krb5_kt_cursor cursor;
    krb5_error_code code = krb5_kt_get_entry(krb, keytab, service, 0, 0, &own);
    bool found = false;

    if (code)
        return code;
    code = krb5_kt_start_seq_get(krb, keytab, &cursor);
    while (!code && !found && !krb5_kt_next_entry(krb, keytab, &entry, &cursor)) {
        found = entry.principal->length == 1 && entry.key.enctype == own.key.enctype &&
                entry.key.length == own.key.length &&
                secret_equal(entry.key.contents, own.key.contents, own.key.length);
        if (found)
            code = krb5_copy_principal(krb, entry.principal, account);
        krb5_free_keytab_entry_contents(krb, &entry);
    }
    if (!code || found)
        krb5_kt_end_seq_get(krb, keytab, &cursor);
    if (!code && !found)
        code = krb5_copy_principal(krb, service, account);
    krb5_free_keytab_entry_contents(krb, &own);
    return code;
}

/* The credential becomes the account behind the service, with the keys that this keytab has of it.
 */
static krb5_error_code become_account(krb5_context krb, struct kerb_credential *c,
                                      krb5_const_principal service, krb5_keytab from)
{
    krb5_principal account = NULL;
    struct filling f = {.krb = krb};
    krb5_error_code code = find_account(krb, from, service, &account);

    if (!code)
        f.accept_as = c->client = kerb_unparse(krb, account);
    if (!code && (!c->client || asprintf(&c->client_keytab, "MEMORY:account-%p", (void *)c) < 0)) {
        c->client_keytab = NULL;
        code = ENOMEM;
    }
    if (!code)
        code = krb5_kt_resolve(krb, c->client_keytab, &c->keys);
    f.into = c->keys;
    if (!code)
        code = copy_keys(&f, c->client, from);
    c->client_type = account ? account->type : KRB5_NT_PRINCIPAL;
    c->source = KERB_KEYTAB;
    krb5_free_principal(krb, account);
    return code;
}

struct search {
    krb5_context krb;
    struct kerb_credential *c;
    krb5_const_principal service;
    char *name;
    krb5_error_code code;
};

static bool try_service(const char *service, const char *keytab, void *arg)
{
    struct search *s = arg;
    krb5_keytab from = NULL;
    char name[1024];

    if (!lsa_acceptor_matches(service, s->name))
        return true;
    s->code = keytab_name(s->krb, keytab, name, sizeof(name));
    if (!s->code)
        s->code = krb5_kt_resolve(s->krb, name, &from);
    if (!s->code)
        s->code = become_account(s->krb, s->c, s->service, from);
    if (from)
        krb5_kt_close(s->krb, from);
    return s->code && !s->c->client;
}

bool kerb_keeps_evidence(void)
{
    const char *value = lsa_setting(KERB_PACKAGE, "constrained_delegation", "no");

    return !strcasecmp(value, "yes") || !strcasecmp(value, "true") || !strcmp(value, "1");
}

SECURITY_STATUS kerb_use_acceptor(krb5_context krb, struct kerb_credential *c,
                                  krb5_const_principal service)
{
    struct search s = {.krb = krb, .c = c, .service = service, .code = KRB5_KT_NOTFOUND};
    krb5_keytab own = NULL;

    if (kerb_in_process()) {
        s.code = krb5_kt_default(krb, &own);
        if (!s.code)
            s.code = become_account(krb, c, service, own);
        if (own)
            krb5_kt_close(krb, own);
    } else {
        s.name = kerb_unparse(krb, service);
        if (!s.name)
            return SEC_E_INSUFFICIENT_MEMORY;
        lsa_client_acceptors(try_service, &s);
        free(s.name);
    }
    if (!kerb_status(krb, s.code, KERB_INITIATOR, "the service's own account"))
        return SEC_E_OK;
    return s.code == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_NO_CREDENTIALS;
}
