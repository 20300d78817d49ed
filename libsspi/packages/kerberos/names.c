/*
 * Names as applications write them, made into principals: service principal names, user principal
 * names, DOMAIN\user. Nothing is looked up in DNS to make a name, unless lsa.conf says so: what the
 * caller wrote is what is asked for.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <ctype.h>
#include <errno.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "libsspi/lsa/host.h"

char *kerb_utf8(const UNICODE_STRING *s)
{
    size_t length = 0;
    char *text;

    if (!s || !s->Buffer)
        return NULL;
    text = utf16_to_utf8(s->Buffer, s->Length / sizeof(WCHAR), &length);
    if (text && strlen(text) != length) { /* a zero inside hides what follows it */
        free(text);
        text = NULL;
    }
    return text;
}

/* ---- realms -------------------------------------------------------------------------------- */

static bool realm_configured(krb5_context krb, const char *realm)
{
    const char *section[] = {"realms", realm, NULL};
    struct _profile_t *profile = NULL;
    char **names = NULL;
    bool found;

    if (krb5_get_profile(krb, &profile))
        return false;
    found = profile_get_relation_names(profile, section, &names) == 0 && names && names[0];
    profile_free_list(names);
    profile_release(profile);
    return found;
}

static char *upper(const char *text)
{
    char *copy = strdup(text);

    for (char *p = copy; p && *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return copy;
}

/* EXAMPLE is what Windows calls the domain of the realm EXAMPLE.COM. */
static bool short_name_of(const char *domain, const char *realm)
{
    size_t label = strcspn(realm, ".");

    return realm[label] && strlen(domain) == label && strncasecmp(domain, realm, label) == 0;
}

char *kerb_realm(krb5_context krb, const char *domain)
{
    char *local = NULL, *realm = NULL;

    if (krb5_get_default_realm(krb, &local))
        local = NULL;
    if (!domain || !*domain) {
        realm = local ? strdup(local) : NULL;
        goto out;
    }
    if (local && (strcasecmp(domain, local) == 0 || short_name_of(domain, local))) {
        realm = strdup(local);
        goto out;
    }
    if (realm_configured(krb, domain)) {
        realm = strdup(domain);
        goto out;
    }
    realm = upper(domain);
    if (realm && !realm_configured(krb, realm) && !strchr(realm, '.')) {
        free(realm); /* a short name that nobody explained */
        realm = NULL;
    }
out:
    if (local)
        krb5_free_default_realm(krb, local);
    return realm;
}

/* ---- people and accounts ------------------------------------------------------------------- */

static bool has_lower(const char *text)
{
    for (; *text; text++) {
        if (islower((unsigned char)*text))
            return true;
    }
    return false;
}

/* One name and a realm. Backslashes and other characters in the name are the name's own: nothing is
 * parsed. */
static krb5_error_code single(krb5_context krb, const char *realm, const char *name, size_t length,
                              int32_t type, krb5_principal *out)
{
    krb5_error_code code = krb5_build_principal_ext(krb, out, (unsigned)strlen(realm), realm,
                                                    (unsigned)length, name, 0);

    if (!code)
        (*out)->type = type;
    return code;
}

/*
 * alice@REALM is that principal when the suffix is a realm we know of, or is written like one. A
 * suffix in lower case is a user principal name: the KDC of the machine's realm knows whose it is
 * (RFC 6806 5).
 */
static krb5_error_code user_principal_name(krb5_context krb, const char *user, krb5_principal *out)
{
    const char *at = strrchr(user, '@');
    char *local = NULL;
    krb5_error_code code = krb5_get_default_realm(krb, &local);

    if (code)
        local = NULL;
    if (local && strcasecmp(at + 1, local) == 0)
        code = single(krb, local, user, (size_t)(at - user), KRB5_NT_PRINCIPAL, out);
    else if (!local || !has_lower(at + 1) || realm_configured(krb, at + 1))
        code = single(krb, at + 1, user, (size_t)(at - user), KRB5_NT_PRINCIPAL, out);
    else
        code = single(krb, local, user, strlen(user), KRB5_NT_ENTERPRISE_PRINCIPAL, out);
    if (local)
        krb5_free_default_realm(krb, local);
    return code;
}

krb5_error_code kerb_account(krb5_context krb, const char *user, const char *domain,
                             krb5_principal *out)
{
    const char *backslash = strchr(user, '\\'), *at = strrchr(user, '@');
    krb5_error_code code = KRB5_REALM_UNKNOWN;
    char *before = NULL, *realm = NULL;
    const char *name = user;

    *out = NULL;
    if (!*user || (at && !at[1]))
        return KRB5_PARSE_MALFORMED;
    if ((!domain || !*domain) && at && !backslash)
        return user_principal_name(krb, user, out);
    if ((!domain || !*domain) && backslash) {
        before = strndup(user, (size_t)(backslash - user));
        if (!before)
            return ENOMEM;
        name = backslash + 1;
        domain = before;
    }
    realm = kerb_realm(krb, domain);
    if (realm && *name && strchr(name, '/'))
        code = krb5_parse_name_flags(krb, name, KRB5_PRINCIPAL_PARSE_NO_REALM,
                                     out); /* host/web as an account */
    else if (realm && *name)
        code = single(krb, realm, name, strlen(name), KRB5_NT_PRINCIPAL, out);
    if (!code && (*out)->realm.length == 0)
        code = krb5_set_principal_realm(krb, *out, realm);
    free(before);
    free(realm);
    return code;
}

/* ---- services ------------------------------------------------------------------------------ */

/* The realm of a host by [domain_realm]; an empty one lets the KDC refer us (RFC 6806 8). */
static krb5_error_code realm_of_host(krb5_context krb, const char *host, size_t length,
                                     krb5_principal principal)
{
    char *name = strndup(host, length), **realms = NULL;
    krb5_error_code code = name ? krb5_get_host_realm(krb, name, &realms) : ENOMEM;

    if (!code)
        code = krb5_set_principal_realm(krb, principal, realms && realms[0] ? realms[0] : "");
    krb5_free_host_realm(krb, realms);
    free(name);
    return code;
}

/* lsa.conf: hosts are looked up to make names, as GSSAPI's programs do it by krb5.conf. */
static bool canonicalizes(void)
{
    const char *value = lsa_setting(KERB_PACKAGE, "canonicalize", "no");

    return !strcasecmp(value, "yes") || !strcasecmp(value, "true") || !strcmp(value, "1");
}

/* service/host… with the host's canonical name in place of its own; NULL when there is none. */
static char *canonical(krb5_context krb, const char *spn)
{
    const char *host = strchr(spn, '/') + 1;
    size_t length = strcspn(host, ":/@");
    char *name = strndup(host, length), *found = NULL, *out = NULL;

    if (name && length && !krb5_expand_hostname(krb, name, &found) &&
        asprintf(&out, "%.*s%s%s", (int)(host - spn), spn, found, host + length) < 0)
        out = NULL;
    krb5_free_string(krb, found);
    free(name);
    return out;
}

/* krbtgt/REALM: a realm is no host, and keeps its letters. */
static bool names_tgs(const char *spn)
{
    return !strncmp(spn, KRB5_TGS_NAME "/", strlen(KRB5_TGS_NAME "/"));
}

/* service/host[:port][/instance][@REALM], [MS-KILE] 3.1.5.11. The port is part of the name, as on
 * Windows. */
static krb5_error_code service_principal(krb5_context krb, char *spn, krb5_principal *out)
{
    char *host = strchr(spn, '/') + 1, *at = strrchr(host, '@');
    size_t host_length = strcspn(host, "/@");
    krb5_error_code code;

    if (host == spn + 1 || host_length == 0 || (at && !at[1]))
        return KRB5_PARSE_MALFORMED;
    for (size_t i = 0; i < host_length && !names_tgs(spn); i++)
        host[i] = (char)tolower((unsigned char)host[i]);
    if (at)
        *at = '\0';
    code = krb5_parse_name_flags(krb, spn, KRB5_PRINCIPAL_PARSE_NO_REALM, out);
    if (code)
        return code;
    (*out)->type = KRB5_NT_SRV_INST;
    if (at)
        code = krb5_set_principal_realm(krb, *out, at + 1);
    else
        code = realm_of_host(krb, host, strcspn(host, ":/"), *out);
    if (code) {
        krb5_free_principal(krb, *out);
        *out = NULL;
    }
    return code;
}

/*
 * service@host as GSSAPI writes it (RFC 2743 4.1) looks like a user principal name. What stands
 * behind the '@' tells: a realm that is known, or written like one, makes it an account's.
 */
static bool like_host_based(krb5_context krb, const char *target)
{
    const char *at = strchr(target, '@');
    char *local = NULL;
    bool like;

    if (!at || at == target || !at[1] || strpbrk(target, "/\\") || strchr(at + 1, '@'))
        return false;
    if (krb5_get_default_realm(krb, &local))
        local = NULL;
    like = has_lower(at + 1) && !realm_configured(krb, at + 1) &&
           !(local && strcasecmp(at + 1, local) == 0);
    if (local)
        krb5_free_default_realm(krb, local);
    return like;
}

krb5_error_code kerb_target(krb5_context krb, const char *target, krb5_principal *out)
{
    char *copy, *other;
    krb5_error_code code;

    *out = NULL;
    if (!strchr(target, '/') && !like_host_based(krb, target))
        return kerb_account(krb, target, NULL, out);
    copy = strdup(target);
    if (!copy)
        return ENOMEM;
    if (!strchr(copy, '/'))
        *strchr(copy, '@') = '/';
    other = canonicalizes() && !names_tgs(copy) ? canonical(krb, copy) : NULL;
    code = service_principal(krb, other ? other : copy, out);
    free(other);
    free(copy);
    return code;
}

krb5_error_code kerb_other_target(krb5_context krb, const char *target, krb5_principal *out)
{
    *out = NULL;
    return like_host_based(krb, target) ? kerb_account(krb, target, NULL, out)
                                        : KRB5_PARSE_MALFORMED;
}
