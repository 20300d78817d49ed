/*
 * [tspkg] of lsa.conf: to whom credentials may go, in which form, and how old a peer may be.
 */
#include "libsspi/packages/tspkg/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/reason.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"

#define BETWEEN        " \t,"
#define OLDEST_DEFAULT 5
#define OLDEST_MIN     2
#define OLDEST_MAX     6

static const char *const kinds[] = {
    [TS_DEFAULT] = "default", [TS_SAVED] = "saved", [TS_FRESH] = "fresh"};

static const char *setting_text(const char *name)
{
    return lsa_setting("tspkg", name, "");
}

static void no_value(const char *name, const char *value, const char *instead)
{
    log_warn("lsa.conf: \"%s\" is no value for [tspkg] %s: %s", value, name, instead);
}

/* ---- patterns ------------------------------------------------------------------------------ */

/* The next word of a list; its size, 0 at the end. */
static size_t next(const char **at)
{
    *at += strspn(*at, BETWEEN);
    return strcspn(*at, BETWEEN);
}

/* As in the group policy: one wildcard at most. More is no pattern at all. */
static bool is_pattern(const char *pattern, size_t size)
{
    const char *star = memchr(pattern, '*', size);

    return size && (!star || !memchr(star + 1, '*', size - (size_t)(star + 1 - pattern)));
}

bool ts_policy_list_is_good(const char *list)
{
    bool any = false;

    for (size_t size; (size = next(&list)) > 0; list += size) {
        any = true;
        if (!is_pattern(list, size))
            return false;
    }
    return any;
}

/* `others`: characters that the wildcard does not stand for. */
static bool fits(const char *pattern, size_t size, const char *name, size_t name_size,
                 const char *others)
{
    const char *star = memchr(pattern, '*', size);
    size_t before = star ? (size_t)(star - pattern) : size;
    size_t behind = star ? size - before - 1 : 0;

    if (!is_pattern(pattern, size) || (star ? name_size < before + behind : name_size != size))
        return false;
    if (strncasecmp(pattern, name, before) != 0 ||
        (star && strncasecmp(star + 1, name + name_size - behind, behind) != 0))
        return false;
    for (size_t i = before; i < name_size - behind; i++)
        if (strchr(others, name[i]))
            return false;
    return true;
}

/*
 * A rule that allows: its wildcard is for one host, so that TERMSRV/x/y.example.com, whatever
 * service that is, is not among *.example.com, nor is TERMSRV/x:.example.com, which is a host x to
 * Kerberos; and a realm has to be named. "*" is everybody.
 */
static const char *not_for_wildcard(const char *pattern, size_t size)
{
    if (size == 1)
        return "";
    return pattern[size - 1] == '*' ? "/@" : "/@:";
}

static bool allows(const char *list, const char *name)
{
    for (size_t size; (size = next(&list)) > 0; list += size)
        if (fits(list, size, name, strlen(name), not_for_wildcard(list, size)))
            return true;
    return false;
}

/* A rule that denies: also by every other way to write that name, with a realm, with a port, with a
 * dot at its end. */
static bool denies_name(const char *list, const char *name)
{
    size_t whole = strlen(name), realm = strcspn(name, "@"), slash = strcspn(name, "/");
    size_t sizes[] = {whole, realm, realm, realm};

    if (slash < realm) {
        size_t port = slash + strcspn(name + slash, ":");

        sizes[2] = port < realm ? port : realm;
    }
    for (sizes[3] = sizes[2]; sizes[3] && name[sizes[3] - 1] == '.';)
        sizes[3]--;
    for (size_t size; (size = next(&list)) > 0; list += size)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            if (fits(list, size, name, sizes[i], ""))
                return true;
    return false;
}

/* … and as GSSAPI writes it, service@host. `name` is changed, and the same again in the end. */
static bool denies(const char *list, char *name)
{
    char *at = strchr(name, '/') ? NULL : strchr(name, '@');
    bool denied = denies_name(list, name);

    if (at && !denied) {
        *at = '/';
        denied = denies_name(list, name);
        *at = '@';
    }
    return denied;
}

/* ---- delegation ---------------------------------------------------------------------------- */

struct lists {
    const char *allow, *ntlm_only, *deny;
};

static struct lists lists_of(enum ts_credential_kind kind)
{
    switch (kind) {
    case TS_DEFAULT:
        return (struct lists){setting_text("allow_default_credentials"),
                              setting_text("allow_default_credentials_ntlm_only"),
                              setting_text("deny_default_credentials")};
    case TS_SAVED:
        return (struct lists){setting_text("allow_saved_credentials"),
                              setting_text("allow_saved_credentials_ntlm_only"),
                              setting_text("deny_saved_credentials")};
    default:
        return (struct lists){setting_text("allow_fresh_credentials"),
                              setting_text("allow_fresh_credentials_ntlm_only"),
                              setting_text("deny_fresh_credentials")};
    }
}

struct rules {
    bool proven;   /* a rule is for servers that prove who they are */
    bool unproven; /* one is for others, too */
};

static SECURITY_STATUS rules_for(enum ts_credential_kind kind, const WCHAR *target,
                                 struct rules *rules)
{
    struct lists lists = lists_of(kind);
    SECURITY_STATUS status = SEC_E_OK;
    char *name = utf16_to_utf8(target ? target : u"", utf16_length(target ? target : u""), NULL);

    *rules = (struct rules){false, false};
    if (!name && errno == ENOMEM)
        return SEC_E_INSUFFICIENT_MEMORY;
    /* A backslash is in no service principal name, but libkrb5 would read one as if it were not
     * there. */
    if (name && *name && !strchr(name, '\\') && !denies(lists.deny, name)) {
        rules->proven = allows(lists.allow, name);
        rules->unproven = allows(lists.ntlm_only, name);
    }
    if (!rules->proven && !rules->unproven) {
        reason_set(0,
                   "no rule lets %s credentials go to %s ([tspkg] allow_%s_credentials of "
                   "lsa.conf, and not deny_%s_credentials)",
                   kinds[kind], name && *name ? name : "a server that nobody named", kinds[kind],
                   kinds[kind]);
        status = SEC_E_DELEGATION_POLICY;
    }
    free(name);
    return status;
}

SECURITY_STATUS ts_policy_names(enum ts_credential_kind kind, const WCHAR *target)
{
    struct rules rules;

    return rules_for(kind, target, &rules);
}

SECURITY_STATUS ts_policy_delegate(enum ts_credential_kind kind, const WCHAR *target,
                                   enum ts_server_proof proof)
{
    struct rules rules;
    SECURITY_STATUS status = rules_for(kind, target, &rules);

    if (status != SEC_E_OK || rules.unproven || proof == TS_PROOF_KERBEROS ||
        (proof == TS_PROOF_CERTIFICATE && kind == TS_FRESH))
        return status;
    reason_set(0,
               "the server has not proven who it is, and no rule lets %s credentials go to it "
               "nevertheless ([tspkg] allow_%s_credentials_ntlm_only of lsa.conf)",
               kinds[kind], kinds[kind]);
    return SEC_E_POLICY_NLTM_ONLY;
}

static bool has_patterns(const char *list)
{
    for (size_t size; (size = next(&list)) > 0; list += size)
        if (is_pattern(list, size))
            return true;
    return false;
}

bool ts_policy_keeps_passwords(void)
{
    struct lists lists = lists_of(TS_DEFAULT);

    return has_patterns(lists.allow) || has_patterns(lists.ntlm_only);
}

/* ---- peers, forms -------------------------------------------------------------------------- */

ULONG ts_policy_oldest_version(void)
{
    const char *value = setting_text("oldest_peer_version");

    if (strlen(value) == 1 && *value >= '0' + OLDEST_MIN && *value <= '0' + OLDEST_MAX)
        return (ULONG)(*value - '0');
    if (*value)
        no_value("oldest_peer_version", value, "it is 5");
    return OLDEST_DEFAULT;
}

/* What cannot be read is taken for the strictest: nobody writes it to allow more. */
SECURITY_STATUS ts_policy_form(enum ts_form form)
{
    static const struct {
        const char *word;
        bool forms[TS_FORM_CREDENTIALS + 1];
    } words[] = {
        {"none", {true, true, true}},
        {"restricted_admin", {true, false, false}},
        {"remote_credential_guard", {false, true, false}},
        {"either", {true, true, false}},
    };
    const char *value = setting_text("restrict_delegation");
    bool allowed = false, known = false;

    if (!*value)
        return SEC_E_OK;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i].word, value) == 0) {
            known = true;
            allowed = words[i].forms[form];
        }
    if (!known) {
        no_value("restrict_delegation", value, "no credentials leave this machine");
        allowed = form != TS_FORM_CREDENTIALS;
    }
    if (allowed)
        return SEC_E_OK;
    reason_set(0,
               "lsa.conf has credentials not delegated in that form ([tspkg] "
               "restrict_delegation = %s)",
               value);
    return SEC_E_DELEGATION_POLICY;
}
