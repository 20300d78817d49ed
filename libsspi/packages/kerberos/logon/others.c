/*
 * Several principals in one logon session. It is one person's, whose account default credentials
 * are; beside it lie the tickets of other principals that the person has, in the same realm or in
 * another one: submitted (KERB_SUBMIT_TKT_REQUEST), or got by a second logon with another password
 * (KERB_ADD_CREDENTIALS_REQUEST). AcquireCredentialsHandle names one of them; or the realm of the
 * service does, when the session has a ticket of a principal of just that realm.
 */
#include "libsspi/packages/kerberos/logon/others.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/kerberos/logon/session.h"

#define TAB '\t' /* in no principal's name as libkrb5 writes it */

/* ---- names of keys ------------------------------------------------------------------------- */

char *kerb_key_name(const char *who, const char *key)
{
    char *name = NULL;

    if (!who)
        return strdup(key);
    return asprintf(&name, KERB_KEY_OTHER "%s%c%s", who, TAB, key) < 0 ? NULL : name;
}

/* What the key is for its principal: "tgt", "ticket:…". */
static const char *role_of(const char *key)
{
    const char *tab;

    if (strncmp(key, KERB_KEY_OTHER, strlen(KERB_KEY_OTHER)) != 0)
        return key;
    tab = strchr(key, TAB);
    return tab ? tab + 1 : "";
}

bool kerb_is_ticket_key(const char *key)
{
    const char *role = role_of(key);

    return !strcmp(role, KERB_KEY_TGT) || !strncmp(role, KERB_KEY_TICKET, strlen(KERB_KEY_TICKET));
}

char *kerb_other_of(const char *key)
{
    const char *role = role_of(key);

    if (role == key || !*role)
        return NULL;
    key += strlen(KERB_KEY_OTHER);
    return strndup(key, (size_t)(role - key) - 1);
}

/* ---- who serves ---------------------------------------------------------------------------- */

struct search {
    const char *name;       /* this principal, with or without its realm; or */
    const krb5_data *realm; /* any of this realm */
    char *found;
};

static bool is_wanted(const struct search *search, const char *who)
{
    const char *at = strrchr(who, '@');
    size_t size;

    if (!at)
        return false;
    if (search->realm)
        return strlen(at + 1) == search->realm->length &&
               !memcmp(at + 1, search->realm->data, search->realm->length);
    size = strlen(search->name);
    return !strncmp(search->name, who, size) && (!who[size] || who + size == at);
}

static bool search_one(const char *key, void *arg)
{
    struct search *search = arg;
    char *who = kerb_is_ticket_key(key) ? kerb_other_of(key) : NULL;

    if (!who || !is_wanted(search, who)) {
        free(who);
        return true;
    }
    search->found = who;
    return false;
}

/* The realm of the session's own account is that one, or not known. */
static bool is_home(const LUID *luid, const krb5_data *realm)
{
    void *account = NULL;
    const char *at;
    size_t size;
    bool home = false;

    if (!NT_SUCCESS(kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &size)))
        return false;
    at = memrchr(account, '@', size);
    if (at) {
        size -= (size_t)(at + 1 - (char *)account);
        home = size == realm->length && !memcmp(at + 1, realm->data, size);
    }
    secret_free(account);
    return home;
}

char *kerb_other_for(const LUID *luid, krb5_const_principal service)
{
    struct search search = {.realm = &service->realm};

    if (!service->realm.length || is_home(luid, &service->realm))
        return NULL;
    kerb_store_each(luid, search_one, &search);
    return search.found;
}

SECURITY_STATUS kerb_choose_other(const LUID *luid, const char *name, char **who)
{
    struct search search = {.name = name};
    void *account = NULL;
    size_t size;
    bool own = false;

    *who = NULL;
    if (NT_SUCCESS(kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &size))) {
        char *text = strndup(account, size);

        search.found = NULL;
        own = text && is_wanted(&search, text);
        free(text);
        secret_free(account);
    }
    if (own)
        return SEC_E_OK;
    kerb_store_each(luid, search_one, &search);
    *who = search.found;
    return *who ? SEC_E_OK : SEC_E_UNKNOWN_CREDENTIALS;
}

/* ---- their tickets ------------------------------------------------------------------------- */

/* With the password that was kept. */
static krb5_error_code fetch_anew(krb5_context krb, const LUID *luid, const char *who,
                                  const char *key, krb5_creds **tgt)
{
    char *name = kerb_key_name(who, KERB_KEY_PASSWORD), *word = NULL;
    krb5_principal client = NULL;
    krb5_creds *fresh = calloc(1, sizeof(*fresh));
    void *password = NULL;
    size_t size;
    krb5_error_code code = name && fresh ? KRB5_CC_NOTFOUND : ENOMEM;

    if (code == ENOMEM || !NT_SUCCESS(kerb_store_get(luid, name, &password, &size)))
        goto out;
    word = secret_alloc(size + 1);
    code = word ? krb5_parse_name(krb, who, &client) : ENOMEM;
    if (code)
        goto out;
    memcpy(word, password, size);
    code = kerb_get_tgt(krb, client, word, fresh);
    if (!code)
        code = kerb_ticket_put(krb, luid, key, fresh);
    else if (kerb_password_refused(code))
        kerb_store_remove(luid, name);
    if (!code) {
        *tgt = fresh;
        fresh = NULL;
    }
out:
    krb5_free_creds(krb, fresh);
    krb5_free_principal(krb, client);
    secret_free(word);
    secret_free(password);
    free(name);
    return code;
}

SECURITY_STATUS kerb_other_tgt(krb5_context krb, const LUID *luid, const char *who,
                               krb5_creds **tgt)
{
    char *key = kerb_key_name(who, KERB_KEY_TGT);
    krb5_error_code code = key ? kerb_ticket_get(krb, luid, key, tgt) : ENOMEM;

    if (!code && kerb_ticket_left(krb, *tgt) <= 0) {
        krb5_free_creds(krb, *tgt);
        *tgt = NULL;
        code = KRB5_CC_NOTFOUND;
    }
    if (code == KRB5_CC_NOTFOUND)
        code = fetch_anew(krb, luid, who, key, tgt);
    free(key);
    if (code == KRB5_CC_NOTFOUND)
        return SEC_E_NO_CREDENTIALS;
    return kerb_status(krb, code, KERB_LOGON, "the ticket of another principal");
}

/* ---- a second logon ------------------------------------------------------------------------ */

struct removal {
    const LUID *luid;
    const char *who;
    size_t count;
};

static bool remove_one(const char *key, void *arg)
{
    struct removal *removal = arg;
    char *who = kerb_other_of(key);

    if (who && !strcmp(who, removal->who)) {
        kerb_store_remove(removal->luid, key);
        removal->count++;
    }
    free(who);
    return true;
}

static NTSTATUS store_other(krb5_context krb, const LUID *luid, const char *who, krb5_creds *tgt,
                            const char *password)
{
    char *key = kerb_key_name(who, KERB_KEY_TGT), *secret = kerb_key_name(who, KERB_KEY_PASSWORD);
    NTSTATUS status = STATUS_NO_MEMORY;

    if (key && secret)
        status = kerb_ticket_put(krb, luid, key, tgt) ? STATUS_QUOTA_EXCEEDED : STATUS_SUCCESS;
    if (!status && kerb_keeps_password())
        status = kerb_store_put(luid, secret, password, strlen(password));
    if (!status)
        kerb_renew_soon(krb, tgt);
    free(key);
    free(secret);
    return status;
}

static bool has_session(const LUID *luid)
{
    void *account = NULL;
    size_t size;
    NTSTATUS status = kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &size);

    secret_free(account);
    return status != STATUS_NO_SUCH_LOGON_SESSION;
}

/* The KDC is asked before what the session holds is looked at: that may take long. But nobody who
 * has no session has it asked anything, with the machine's own ticket around the question. */
NTSTATUS kerb_add_other(krb5_context krb, const LUID *luid, const char *user, const char *domain,
                        const char *password, ULONG flags)
{
    krb5_principal client = NULL;
    krb5_creds tgt = {0};
    struct kerb_session *s = NULL;
    struct removal removal = {.luid = luid};
    char *who = NULL, *chosen = NULL;
    NTSTATUS status = STATUS_INVALID_ACCOUNT_NAME;
    bool had;

    if (!has_session(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (kerb_account(krb, user, domain && *domain ? domain : NULL, &client) || strchr(user, '\t'))
        goto out;
    if (!(flags & KERB_REQUEST_REMOVE_CREDENTIAL)) {
        status = kerb_status(krb, kerb_get_tgt(krb, client, password, &tgt), KERB_LOGON,
                             "a second logon");
        if (status)
            goto out;
    }
    status = STATUS_NO_MEMORY;
    /* As the KDC calls them: kerb_account knows a guess. */
    if (krb5_unparse_name(krb, tgt.client ? tgt.client : client, &who))
        goto out;
    removal.who = who;
    s = kerb_session_open(luid);
    if (!s)
        goto out;
    had = !kerb_choose_other(luid, who, &chosen) && chosen;
    if (flags & (KERB_REQUEST_REMOVE_CREDENTIAL | KERB_REQUEST_REPLACE_CREDENTIAL))
        kerb_store_each(luid, remove_one, &removal);
    if (flags & KERB_REQUEST_REMOVE_CREDENTIAL)
        status = removal.count ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
    else if (had && !(flags & KERB_REQUEST_REPLACE_CREDENTIAL))
        status = STATUS_OBJECT_NAME_COLLISION;
    else
        status = store_other(krb, luid, who, &tgt, password);
    kerb_session_close(s);
out:
    free(chosen);
    krb5_free_unparsed_name(krb, who);
    krb5_free_cred_contents(krb, &tgt);
    krb5_free_principal(krb, client);
    return status;
}
