/*
 * The names that applications use for people and services, as Kerberos principals. Nothing is
 * looked up: a name that DNS could change would decide whom we talk to.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"

#define COMPONENTS_MAX 3

char *kerb_utf8(const UNICODE_STRING *s)
{
    if (!s || !s->Buffer || s->Length == 0 || s->Length % sizeof(WCHAR))
        return NULL;
    return utf16_to_utf8(s->Buffer, s->Length / sizeof(WCHAR), NULL);
}

static void to_lower(char *s)
{
    for (; *s; s++)
        *s = (char)tolower((unsigned char)*s);
}

static void to_upper(char *s)
{
    for (; *s; s++)
        *s = (char)toupper((unsigned char)*s);
}

char *kerb_realm(krb5_context krb, const char *domain)
{
    char *realm = NULL, *out = NULL;
    size_t label;

    if (krb5_get_default_realm(krb, &realm))
        realm = NULL;
    if (!domain || !*domain) {
        out = realm ? strdup(realm) : NULL;
        goto done;
    }
    /* EXAMPLE for EXAMPLE.ORG, as Windows' short names are */
    label = realm ? strcspn(realm, ".") : 0;
    if (label && strlen(domain) == label && !strncasecmp(domain, realm, label))
        out = strdup(realm);
    else if ((out = strdup(domain)))
        to_upper(out);
done:
    if (realm)
        krb5_free_default_realm(krb, realm);
    return out;
}

/* The realm of a service's host: krb5.conf's [domain_realm], or the empty one, for which the KDC is
 * asked. */
static krb5_error_code host_realm(krb5_context krb, const char *host, char **out)
{
    char *name = strdup(host), **realms = NULL;
    krb5_error_code code = ENOMEM;

    if (!name)
        return ENOMEM;
    name[strcspn(name, ":")] = '\0';
    code = krb5_get_host_realm(krb, name, &realms);
    if (code)
        goto out;
    *out = strdup(realms && realms[0] ? realms[0] : "");
    code = *out ? 0 : ENOMEM;
    krb5_free_host_realm(krb, realms);
out:
    free(name);
    return code;
}

static krb5_error_code build(krb5_context krb, const char *realm, char *const *part, size_t parts,
                             krb5_principal *out)
{
    return krb5_build_principal(krb, out, (unsigned)strlen(realm), realm, part[0],
                                parts > 1 ? part[1] : NULL, parts > 2 ? part[2] : NULL, NULL);
}

static krb5_error_code service_principal(krb5_context krb, char *name, const char *realm,
                                         krb5_principal *out)
{
    char *part[COMPONENTS_MAX], *found = NULL, *rest = name;
    size_t parts = 0;
    krb5_error_code code;

    while (rest) {
        if (parts == COMPONENTS_MAX)
            return KRB5_PARSE_MALFORMED;
        part[parts] = strsep(&rest, "/");
        if (!*part[parts])
            return KRB5_PARSE_MALFORMED;
        parts++;
    }
    to_lower(part[1]);
    if (!realm) {
        code = host_realm(krb, part[1], &found);
        if (code)
            return code;
        realm = found;
    }
    code = build(krb, realm, part, parts, out);
    if (!code)
        (*out)->type = KRB5_NT_SRV_INST;
    free(found);
    return code;
}

krb5_error_code kerb_target(krb5_context krb, const char *target, krb5_principal *out)
{
    char *copy = target ? strdup(target) : NULL, *realm, *slash, *backslash;
    krb5_error_code code = KRB5_PARSE_MALFORMED;

    *out = NULL;
    if (!target || !*target)
        goto out;
    code = ENOMEM;
    if (!copy)
        goto out;
    realm = strrchr(copy, '@');
    if (realm)
        *realm++ = '\0';
    code = KRB5_PARSE_MALFORMED;
    if ((realm && !*realm) || !*copy)
        goto out;
    slash = strchr(copy, '/');
    backslash = strchr(copy, '\\');
    if (slash) {
        code = service_principal(krb, copy, realm, out);
    } else if (backslash) {
        *backslash = '\0';
        code = kerb_account(krb, backslash + 1, copy, out);
    } else {
        code = kerb_account(krb, copy, realm, out);
    }
out:
    free(copy);
    return code;
}

krb5_error_code kerb_account(krb5_context krb, const char *user, const char *domain,
                             krb5_principal *out)
{
    char *name = user ? strdup(user) : NULL, *realm = NULL, *mark;
    krb5_error_code code = KRB5_PARSE_MALFORMED;

    *out = NULL;
    if (!user || !*user)
        goto out;
    code = ENOMEM;
    if (!name)
        goto out;
    if (!domain || !*domain) {
        mark = strchr(name, '\\');
        if (mark) {
            *mark = '\0';
            realm = kerb_realm(krb, name);
            memmove(name, mark + 1, strlen(mark + 1) + 1);
        } else if ((mark = strrchr(name, '@'))) {
            *mark = '\0';
            realm = kerb_realm(krb, mark + 1);
        } else {
            realm = kerb_realm(krb, NULL);
        }
    } else {
        realm = kerb_realm(krb, domain);
    }
    code = KRB5_CONFIG_NODEFREALM;
    if (!realm)
        goto out;
    code = *name ? build(krb, realm, &name, 1, out) : KRB5_PARSE_MALFORMED;
    if (!code)
        (*out)->type = KRB5_NT_PRINCIPAL;
out:
    free(name);
    free(realm);
    return code;
}
