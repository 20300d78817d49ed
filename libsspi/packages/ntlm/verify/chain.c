/*
 * Who verifies, in which order, and how fast: see the header.
 */
#include "libsspi/packages/ntlm/verify/chain.h"

#include <errno.h>
#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/verify/domain.h"
#include "libsspi/packages/ntlm/verify/guard.h"
#include "libsspi/packages/ntlm/verify/local.h"

/* ---- who may ------------------------------------------------------------------------ */

bool ntlm_chain_is_acceptor(void)
{
    const struct lsa_call *call = lsa_call_current();

    if (!call || call->call_attributes & SECPKG_CALL_IN_PROC)
        return false; /* what verifies is lsad: here nobody would be slowed down */
    return call->uid == 0 || lsa_client_may_verify();
}

/* ---- one after the other ------------------------------------------------------------ */

/* What is asked about one claim. */
struct asking {
    const struct ntlm_chain *chain;
    const struct ntlm_claim *claim;
    struct ntlm_name name;
    struct ntlm_local_account account;
    bool has_account;
    bool cannot_tell; /* the domain knows, but could not be asked */
    bool no_winbind;  /* there is nobody to be asked */
    bool told;        /* the domain has, about an account of its own: nobody else knows better */
};

static bool has_source(enum ntlm_source source)
{
    const struct ntlm_policy *p = &ntlm_lsa.policy;

    for (size_t i = 0; i < p->source_count; i++)
        if (p->sources[i] == source)
            return true;
    return false;
}

/*
 * deny_inbound and audit_inbound are about accounts of domains, also when the client names none: it
 * counts then whose the account is.
 */
static SECURITY_STATUS domain_policy(const struct asking *a, const struct ntlm_text *domain)
{
    const struct ntlm_policy *p = &ntlm_lsa.policy;
    bool asked = p->deny_inbound != NTLM_SCOPE_DOMAIN && p->audit_inbound != NTLM_SCOPE_DOMAIN;

    if (asked || !a->name.here)
        return SEC_E_OK; /* by what the client says, which is the same */
    return ntlm_policy_inbound(p, &a->name.user, domain, false);
}

static SECURITY_STATUS ask_domain(struct asking *a, struct ntlm_verified *verified)
{
    SECURITY_STATUS status;

    if (a->name.here && a->name.domain.units) /* an account of this machine, the client says */
        return SEC_E_LOGON_DENIED;
    if (domain_policy(a, &a->name.domain)) /* nobody learns that the account is there */
        return SEC_E_LOGON_DENIED;
    status = ntlm_domain_verify(a->claim, ntlm_lsa.policy.domain_timeout, verified);
    a->cannot_tell = status == SEC_E_NO_AUTHENTICATING_AUTHORITY;
    a->no_winbind = status == NTLM_DOMAIN_NOBODY;
    a->told = status == SEC_E_LOGON_DENIED && a->name.in_ours;
    return a->no_winbind ? SEC_E_LOGON_DENIED : status;
}

static SECURITY_STATUS ask(enum ntlm_source source, struct asking *a,
                           struct ntlm_verified *verified)
{
    const struct ntlm_local_account *account = a->has_account ? &a->account : NULL;
    SECURITY_STATUS status, trouble = account ? ntlm_accounts_trouble(account) : SEC_E_OK;

    if (source == NTLM_SOURCE_DOMAIN)
        return ask_domain(a, verified);
    status = source == NTLM_SOURCE_SESSIONS
                 ? ntlm_sessions_verify(a->chain, a->claim, &a->name, verified)
                 : ntlm_accounts_verify(account, a->claim, &a->name, verified);
    if (status || !trouble)
        return status;
    reason_set((int32_t)trouble, "the account %s is %s (credmgr account)", a->account.name,
               trouble == STATUS_ACCOUNT_DISABLED ? "disabled" : "expired");
    return trouble;
}

static SECURITY_STATUS ask_all(struct asking *a, struct ntlm_verified *verified)
{
    const struct ntlm_policy *p = &ntlm_lsa.policy;
    SECURITY_STATUS status = SEC_E_LOGON_DENIED;

    if (a->chain->self_only)
        return ntlm_sessions_verify(a->chain, a->claim, &a->name, verified);
    if (has_source(NTLM_SOURCE_ACCOUNTS))
        a->has_account = ntlm_accounts_find(&a->name, &a->account);
    for (size_t i = 0; i < p->source_count; i++) {
        ntlm_verified_clear(verified);
        status = ask(p->sources[i], a, verified);
        if (a->told ||
            (status != SEC_E_LOGON_DENIED && status != SEC_E_NO_AUTHENTICATING_AUTHORITY))
            break;
    }
    if (status == SEC_E_LOGON_DENIED && a->cannot_tell)
        status = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    return status;
}

/* ---- how fast ----------------------------------------------------------------------- */

static uid_t asker(void)
{
    const struct lsa_call *call = lsa_call_current();

    return call ? call->uid : 0;
}

/*
 * The same words whether it was the name or the proof. A domain that could not be asked counts: who
 * else was asked has said no.
 */
static SECURITY_STATUS refused(const struct asking *a, SECURITY_STATUS status, int64_t began)
{
    unsigned wrong = ntlm_guard_wrong(asker(), a->name.user.string);

    if (status == SEC_E_LOGON_DENIED)
        reason_set(
            0, "no such account here, or a wrong proof, for %s (%u so far)%s", a->name.user8, wrong,
            a->no_winbind && a->name.in_ours ? "; winbind, which knows the domain, does not run"
                                             : "");
    if (wrong > NTLM_GUARD_FREE)
        log_line(LOG_NOTICE,
                 "NTLM: %u wrong proofs for the account %s, asked by uid %u: it is slowed", wrong,
                 a->name.user8, (unsigned)asker());
    lsa_call_answer_later(ntlm_guard_answer(began));
    return status;
}

/*
 * What is the matter with an account is told as late as a wrong proof: a domain says that it is
 * locked out whatever the proof was.
 */
static void in_trouble(const struct asking *a, SECURITY_STATUS status, int64_t began)
{
    if (status == STATUS_ACCOUNT_LOCKED_OUT)
        ntlm_guard_wrong(asker(), a->name.user.string);
    lsa_call_answer_later(ntlm_guard_answer(began));
}

/* SEC_E_OK: it is its turn. */
static SECURITY_STATUS await_turn(const struct ntlm_name *name, int64_t began)
{
    int wait = lsa_call_is_again() ? 0 : ntlm_guard_turn(asker(), name->user.string);

    if (wait < 0) {
        reason_set(0, "too many wrong proofs for %s: it is not looked at", name->user8);
        lsa_call_answer_later(ntlm_guard_answer(began));
        return SEC_E_LOGON_DENIED;
    }
    return wait && lsa_call_again((unsigned)wait) ? STATUS_RETRY : SEC_E_OK;
}

/* What is no text is nobody's name. */
static SECURITY_STATUS name_of(const struct ntlm_claim *claim, struct ntlm_name *name)
{
    if (ntlm_name_of(claim, &ntlm_lsa.machine, name))
        return SEC_E_OK;
    return errno == EILSEQ ? SEC_E_LOGON_DENIED : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS ntlm_chain_verify(void *arg, const struct ntlm_claim *claim,
                                  struct ntlm_verified *verified)
{
    struct asking a = {.chain = arg, .claim = claim};
    int64_t began = ntlm_guard_now();
    SECURITY_STATUS status = name_of(claim, &a.name);

    if (status)
        goto out;
    status = await_turn(&a.name, began);
    if (!status)
        status = ntlm_policy_inbound(&ntlm_lsa.policy, claim->user, claim->domain, a.name.here);
    if (status)
        goto out;
    status = ask_all(&a, verified);
    if (status == SEC_E_LOGON_DENIED || status == SEC_E_NO_AUTHENTICATING_AUTHORITY)
        status = refused(&a, status, began);
    else if (status)
        in_trouble(&a, status, began);
    else
        ntlm_guard_right(asker(), a.name.user.string);
    if (!status && ntlm_lsa.machine.in_domain &&
        !ntlm_name_is_here(&ntlm_lsa.machine, &verified->domain))
        status = domain_policy(&a, &verified->domain);
out:
    if (status)
        ntlm_verified_clear(verified);
    ntlm_name_clear(&a.name);
    secret_wipe(&a.account, sizeof(a.account));
    return status;
}

SECURITY_STATUS ntlm_supplied_verify(void *arg, const struct ntlm_claim *claim,
                                     struct ntlm_verified *verified)
{
    struct ntlm_name name;
    SECURITY_STATUS status = name_of(claim, &name);

    if (!status)
        status = ntlm_policy_inbound(&ntlm_lsa.policy, claim->user, claim->domain, name.here);
    if (!status)
        status = ntlm_verify_account(arg, claim, verified);
    ntlm_name_clear(&name);
    return status;
}
