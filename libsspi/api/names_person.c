/*
 * Where names come from: winbind in a Windows domain; the Kerberos credentials that the thread has,
 * if krb5's rules say that they are its user's; the system's accounts (NSS).
 */
#include "libsspi/api/names.h"

#include <ctype.h>
#include <errno.h>
#include <krb5.h>
#include <pwd.h>
#include <security.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/thread_identity.h"
#include "base/utf16.h"
#include "libsspi/api/winbind.h"
#include "libsspi/lsa/host_token.h"

#define ACCOUNT_ROOM 65536 /* bytes of one entry of NSS, at most */
#define NETBIOS_NAME 15    /* bytes of a machine's name in DOMAIN\user */

void person_clear(struct person *person)
{
    free(person->domain);
    free(person->realm);
    free(person->user);
    free(person->display);
    memset(person, 0, sizeof(*person));
}

/* ---- accounts of this system ------------------------------------------------------------------
 */

struct account {
    struct passwd entry;
    char room[ACCOUNT_ROOM];
};

static bool account_of_uid(uid_t uid, struct account *out)
{
    struct passwd *found = NULL;

    return getpwuid_r(uid, &out->entry, out->room, sizeof(out->room), &found) == 0 && found;
}

static bool account_of_name(const char *name, struct account *out)
{
    struct passwd *found = NULL;

    return getpwnam_r(name, &out->entry, out->room, sizeof(out->room), &found) == 0 && found;
}

/* The first part of the comment is the person's name; an ampersand in it is none of ours. */
static char *display_of(const struct account *account)
{
    const char *text = account->entry.pw_gecos;
    size_t length = text ? strcspn(text, ",") : 0;

    return length ? strndup(text, length) : NULL;
}

static char *upper(char *text)
{
    for (char *p = text; p && *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return text;
}

/* As NTLM calls this machine, where it is asked to name a domain. */
static char *machine_name(void)
{
    char host[256] = "";

    if (gethostname(host, sizeof(host) - 1) != 0 || !host[0])
        return NULL;
    host[strcspn(host, ".")] = '\0';
    return upper(strndup(host, NETBIOS_NAME));
}

/* ---- Kerberos -------------------------------------------------------------------------------- */

/* Whom krb5's rules (auth_to_local) take user@realm for; NULL: nobody of this system. */
static char *local_name(const char *user, const char *realm)
{
    krb5_context krb = NULL;
    krb5_principal principal = NULL;
    char name[256], *copy = NULL;

    if (krb5_init_context(&krb) == 0 &&
        krb5_build_principal(krb, &principal, (unsigned)strlen(realm), realm, user, NULL) == 0 &&
        krb5_aname_to_localname(krb, principal, sizeof(name), name) == 0)
        copy = strdup(name);
    krb5_free_principal(krb, principal);
    if (krb)
        krb5_free_context(krb);
    return copy;
}

static char *default_realm(void)
{
    krb5_context krb = NULL;
    char *realm = NULL, *copy = NULL;

    if (krb5_init_context(&krb) == 0 && krb5_get_default_realm(krb, &realm) == 0)
        copy = strdup(realm);
    if (krb) {
        krb5_free_default_realm(krb, realm);
        krb5_free_context(krb);
    }
    return copy;
}

/* REALM\user of the credentials that this thread would use; NULL without any. */
static char *credential_name(void)
{
    static WCHAR package[] = MICROSOFT_KERBEROS_NAME_W;
    SecPkgCredentials_NamesW names = {NULL};
    CredHandle credential;
    char *name = NULL;

    if (AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL,
                                  &credential, NULL) != SEC_E_OK)
        return NULL;
    if (QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names) == SEC_E_OK &&
        names.sUserName)
        name = utf16_to_utf8(names.sUserName, utf16_length(names.sUserName), NULL);
    FreeContextBuffer(names.sUserName);
    FreeCredentialsHandle(&credential);
    return name;
}

/* ---- a person -------------------------------------------------------------------------------- */

static DWORD complete(struct person *out, const struct account *account)
{
    if (account)
        out->display = display_of(account);
    if (out->domain && out->user)
        return NO_ERROR;
    person_clear(out);
    return ERROR_NOT_ENOUGH_MEMORY;
}

static DWORD from_winbind(const struct winbind_account *known, const struct account *account,
                          struct person *out)
{
    out->domain = strdup(known->domain);
    out->realm = known->dns ? upper(strdup(known->dns)) : NULL;
    out->user = strdup(known->user);
    return complete(out, account);
}

static DWORD from_kerberos(const char *realm, const char *user, const struct account *account,
                           struct person *out)
{
    out->domain = strdup(realm);
    out->realm = strdup(realm);
    out->user = strdup(user);
    return complete(out, account);
}

/* A name of NSS may have a domain in it: DOMAIN\user of winbind. */
static DWORD from_system(const struct account *account, struct person *out)
{
    const char *name = account->entry.pw_name, *separator = strchr(name, '\\');

    out->domain = separator ? strndup(name, (size_t)(separator - name)) : machine_name();
    out->user = strdup(separator ? separator + 1 : name);
    return complete(out, account);
}

/* The tickets are this user's, and not somebody else's that the environment points to. */
static bool is_own(const char *principal, const char *separator, const struct account *account)
{
    char *realm = strndup(principal, (size_t)(separator - principal));
    char *name = realm ? local_name(separator + 1, realm) : NULL;
    bool own = name && strcmp(name, account->entry.pw_name) == 0;

    free(realm);
    free(name);
    return own;
}

DWORD person_of_thread(struct person *out)
{
    struct account *account = malloc(sizeof(*account));
    struct winbind_account known;
    char *principal = NULL, *separator;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    struct lsa_token *token = lsa_thread_token(); /* a client that the thread impersonates */
    uid_t uid = token ? token->uid : geteuid();
    bool there;

    memset(out, 0, sizeof(*out));
    if (!account)
        return error;
    thread_identity_suspend(); /* krb5.conf need not be the client's to read */
    there = account_of_uid(uid, account);
    if (winbind_account_of_uid(uid, &known)) {
        error = from_winbind(&known, there ? account : NULL, out);
        winbind_account_clear(&known);
        goto out;
    }
    error = ERROR_NONE_MAPPED;
    if (!there)
        goto out;
    if (token)
        principal = token->client ? strdup(token->client) : NULL;
    else
        principal = credential_name();
    separator = principal ? strchr(principal, '\\') : NULL;
    if (separator && is_own(principal, separator, account)) {
        *separator = '\0';
        error = from_kerberos(principal, separator + 1, account, out);
    } else {
        error = from_system(account, out);
    }
out:
    thread_identity_resume();
    free(principal);
    free(account);
    return error;
}

/* ---- names of others ------------------------------------------------------------------------- */

/* The domain and the user that a name names; the domain may be missing. */
static bool split(const char *name, EXTENDED_NAME_FORMAT format, char **domain, char **user)
{
    const char *backslash = strchr(name, '\\'), *at = strrchr(name, '@');

    *domain = *user = NULL;
    if (format == NameUnknown)
        format = backslash ? NameSamCompatible : at ? NameUserPrincipal : NameUnknown;
    switch (format) {
    case NameSamCompatible:
    case NameDnsDomain:
        if (!backslash)
            return false;
        *domain = strndup(name, (size_t)(backslash - name));
        *user = strdup(backslash + 1);
        break;
    case NameUserPrincipal:
        if (!at || backslash)
            return false;
        *domain = strdup(at + 1);
        *user = strndup(name, (size_t)(at - name));
        break;
    case NameUnknown:
        *domain = machine_name();
        *user = strdup(name);
        break;
    default:
        return false;
    }
    return *domain && *user && **user;
}

static bool is_machine(const char *domain)
{
    char *machine = machine_name();
    bool same = !*domain || strcmp(domain, ".") == 0 || (machine && !strcasecmp(machine, domain));

    free(machine);
    return same;
}

/* The realm that a domain's name means: its own, or the default one whose first label it is. */
static char *realm_of(const char *domain)
{
    char *realm = strchr(domain, '.') ? NULL : default_realm();
    size_t label = realm ? strcspn(realm, ".") : 0;

    if (realm && strlen(domain) == label && strncasecmp(realm, domain, label) == 0)
        return realm;
    free(realm);
    return upper(strdup(domain));
}

/* Somebody whom the system knows by one of its own rules. */
static DWORD look_up(const char *domain, const char *user, struct account *account,
                     struct person *out)
{
    struct winbind_account known;
    char *realm, *local;
    DWORD error = ERROR_NONE_MAPPED;

    if (is_machine(domain))
        return account_of_name(user, account) ? from_system(account, out) : error;
    if (winbind_account_of_name(domain, user, &known)) {
        bool there = account_of_uid(known.uid, account);

        error = from_winbind(&known, there ? account : NULL, out);
        winbind_account_clear(&known);
        return error;
    }
    realm = realm_of(domain);
    local = realm ? local_name(user, realm) : NULL;
    if (local && account_of_name(local, account))
        error = from_kerberos(realm, user, account, out);
    free(local);
    free(realm);
    return error;
}

DWORD person_of_name(const char *name, EXTENDED_NAME_FORMAT format, struct person *out)
{
    struct account *account = malloc(sizeof(*account));
    char *domain = NULL, *user = NULL;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;

    memset(out, 0, sizeof(*out));
    if (!account)
        return error;
    error = split(name, format, &domain, &user) ? look_up(domain, user, account, out)
                                                : ERROR_NONE_MAPPED;
    free(domain);
    free(user);
    free(account);
    return error;
}

/* ---- the machine ------------------------------------------------------------------------------
 */

static char *machine_account(const char *name)
{
    char *account = NULL;

    if (!name || asprintf(&account, "%s$", name) < 0)
        return NULL;
    return account;
}

DWORD person_of_machine(struct person *out)
{
    struct winbind_machine known;
    char *name = NULL;

    memset(out, 0, sizeof(*out));
    if (winbind_machine(&known)) {
        out->domain = strdup(known.domain);
        out->realm = upper(strdup(known.dns));
        out->user = machine_account(known.name);
        winbind_machine_clear(&known);
    } else {
        out->realm = default_realm();
        if (!out->realm)
            return ERROR_NO_SUCH_DOMAIN;
        name = machine_name();
        out->domain = strdup(out->realm);
        out->user = machine_account(name);
        free(name);
    }
    return complete(out, NULL);
}

char *person_machine_dns(const struct person *machine)
{
    char host[256] = "", *dns = NULL;
    size_t length;

    if (gethostname(host, sizeof(host) - 1) != 0)
        return NULL;
    if (strchr(host, '.') || !machine->realm)
        return strdup(host);
    if (asprintf(&dns, "%s.%s", host, machine->realm) < 0)
        return NULL;
    for (length = strlen(host); dns[length]; length++)
        dns[length] = (char)tolower((unsigned char)dns[length]);
    return dns;
}
