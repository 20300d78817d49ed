/*
 * The server's second word, [MS-NLMP] 3.2.5.1.2 and 3.2.5.2.2: who the client is, and what of its
 * message is under the protection of its proof.
 */
#include "libsspi/packages/ntlm/handshake/handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/packages/ntlm/machine.h"

/* MaxLifetime of 3.1.1.1: a response is 36 hours old at most, in 100 ns. */
#define LIFETIME (UINT64_C(36) * 3600 * 10000000)

/* What an answer proves who the client is with. */
enum proof {
    NOBODY,     /* an anonymous client */
    LM,         /* an LM response alone, of version 1 or 2 */
    NTLM_V1,    /* DES over the challenge */
    NTLM_V1_EX, /* the same over both challenges: "NTLM2 session" */
    NTLM_V2
};

/* What of an AUTHENTICATE_MESSAGE is looked at in turn. */
struct answer {
    struct ntlm_authenticate m;
    enum proof proof;
    struct ntlm_client_challenge client; /* NTLM_V2 */
    struct ntlm_target_info info;        /* NTLM_V2 */
    struct ntlm_text workstation;
    struct ntlm_verified verified;
    uint8_t key_exchange_key[NTLM_KEY_SIZE];
};

static bool is_anonymous(const struct ntlm_authenticate *m)
{
    return !m->user.size && !m->nt_response.size &&
           (!m->lm_response.size || (m->lm_response.size == 1 && !m->lm_response.data[0]));
}

/* Which of the responses counts. An LM response stands beside most NT ones and says no more. */
static SECURITY_STATUS classify(uint32_t flags, struct answer *a)
{
    const struct ntlm_authenticate *m = &a->m;
    uint8_t proof[NTLM_PROOF_SIZE];
    struct ntlm_bytes temp;

    if (is_anonymous(m)) {
        a->proof = NOBODY;
    } else if (m->flags & NTLM_ANONYMOUS) {
        return SEC_E_LOGON_DENIED;
    } else if (m->nt_response.size > NTLM_V1_RESPONSE) {
        a->proof = NTLM_V2;
        if (!ntlm_v2_response_read(m->nt_response, proof, &temp, &a->client))
            return SEC_E_INVALID_TOKEN;
    } else if (m->nt_response.size == NTLM_V1_RESPONSE) {
        a->proof = flags & NTLM_EXTENDED_SECURITY ? NTLM_V1_EX : NTLM_V1;
    } else if (!m->nt_response.size && m->lm_response.size == NTLM_V1_RESPONSE) {
        a->proof = LM;
    } else {
        return SEC_E_LOGON_DENIED;
    }
    return SEC_E_OK;
}

static SECURITY_STATUS read_answer(const struct ntlm_handshake *h, struct ntlm_bytes message,
                                   struct answer *a, struct ntlm_outcome *o)
{
    const uint32_t datagram = NTLM_DATAGRAM | NTLM_KEY_EXCH;
    bool unicode = h->flags & NTLM_UNICODE, no_memory = false;

    if (!ntlm_authenticate_read(message.data, message.size, &a->m))
        return SEC_E_INVALID_TOKEN;
    if (!ntlm_text_read(a->m.user, unicode, &o->user, &no_memory) ||
        !ntlm_text_read(a->m.domain, unicode, &o->domain, &no_memory) ||
        !ntlm_text_read(a->m.workstation, unicode, &a->workstation, &no_memory))
        return no_memory ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_INVALID_TOKEN;
    o->flags = a->m.flags & h->flags;
    if (h->datagram && (o->flags & datagram) != datagram) {
        reason_set(0, "the client does not answer a datagram challenge with datagrams");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return classify(o->flags, a);
}

/* What lm_compatibility_level refuses, whoever it is. */
static SECURITY_STATUS check_level(const struct ntlm_server_input *in, enum proof proof)
{
    unsigned level = in->policy->level;
    const char *what = NULL;

    if (proof == NOBODY && !in->allow_anonymous) {
        reason_set(0, "an anonymous client (ASC_REQ_ALLOW_NULL_SESSION lets it in)");
        return SEC_E_LOGON_DENIED;
    }
    if (proof == LM && level > NTLM_LEVEL_LM)
        what = "an LM";
    else if ((proof == NTLM_V1 || proof == NTLM_V1_EX) && level > NTLM_LEVEL_V1)
        what = "an NTLMv1";
    if (!what)
        return SEC_E_OK;
    reason_set(0, "the client sent %s response, which [ntlm] lm_compatibility_level %u refuses",
               what, level);
    return SEC_E_LOGON_DENIED;
}

/* From here on the client has the names that the authority gives it. */
static void take_verified(struct answer *a, struct ntlm_outcome *o)
{
    ntlm_text_free(&o->user);
    ntlm_text_free(&o->domain);
    o->user = a->verified.user;
    o->domain = a->verified.domain;
    o->authorization = a->verified.authorization;
    o->authorization_size = a->verified.authorization_size;
    o->facts = a->verified.facts;
    a->verified.user = a->verified.domain = (struct ntlm_text){0};
    a->verified.authorization = NULL;
}

static SECURITY_STATUS check_proof(const struct ntlm_handshake *h,
                                   const struct ntlm_server_input *in, struct answer *a,
                                   struct ntlm_outcome *o)
{
    struct ntlm_claim claim = {.user = &o->user,
                               .domain = &o->domain,
                               .workstation = &a->workstation,
                               .session_security = a->proof == NTLM_V1_EX,
                               .nt_response = a->m.nt_response};
    SECURITY_STATUS status;

    if (a->proof == NTLM_V1_EX) {
        if (a->m.lm_response.size != NTLM_V1_RESPONSE) /* where the client's challenge stands */
            return SEC_E_INVALID_TOKEN;
        if (!ntlm_session_challenge(h->server_challenge, a->m.lm_response.data, claim.challenge))
            return SEC_E_INSUFFICIENT_MEMORY;
    } else {
        memcpy(claim.challenge, h->server_challenge, sizeof(claim.challenge));
        if (in->policy->level <= NTLM_LEVEL_LM)
            claim.lm_response = a->m.lm_response;
    }
    status = in->verify(in->verify_arg, &claim, &a->verified);
    if (!status)
        take_verified(a, o);
    return status;
}

/* Nobody is known by nothing: 3.2.5.1.2, NullSession. Its keys are those of a zero. */
static SECURITY_STATUS admit_nobody(struct ntlm_outcome *o)
{
    static const WCHAR user[] = u"ANONYMOUS LOGON", domain[] = u"NT AUTHORITY";

    o->flags |= NTLM_ANONYMOUS;
    ntlm_text_free(&o->user);
    ntlm_text_free(&o->domain);
    return ntlm_text_set(&o->user, user, sizeof(user) / sizeof(WCHAR) - 1) &&
                   ntlm_text_set(&o->domain, domain, sizeof(domain) / sizeof(WCHAR) - 1)
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

/* KXKEY, 3.4.5.1 */
static SECURITY_STATUS derive_key(const struct ntlm_handshake *h, struct answer *a, uint32_t flags)
{
    const struct ntlm_verified *v = &a->verified;

    if (a->proof == NOBODY)
        return SEC_E_OK;
    if (a->proof == NTLM_V2 || (a->proof == LM && flags & NTLM_EXTENDED_SECURITY)) {
        memcpy(a->key_exchange_key, v->session_base_key, NTLM_KEY_SIZE);
        return SEC_E_OK;
    }
    if (!(flags & NTLM_EXTENDED_SECURITY) && flags & (NTLM_LM_KEY | NTLM_NON_NT_SESSION_KEY) &&
        !v->has_lm_key) {
        reason_set(0, "a session key of LM was agreed on, and the account has no LM hash");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (flags & NTLM_LM_KEY && a->m.lm_response.size < NTLM_CHALLENGE_SIZE)
        return SEC_E_INVALID_TOKEN;
    return ntlm_key_exchange_key_v1(flags, v->session_base_key, v->lm_key, a->m.lm_response.data,
                                    h->server_challenge, a->key_exchange_key)
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

/*
 * 3.2.5.1.2: a key the client chose comes encrypted; a client that only authenticates may leave it
 * out.
 */
static SECURITY_STATUS open_key(struct answer *a, struct ntlm_outcome *o)
{
    if (!(o->flags & NTLM_KEY_EXCH) ||
        (!a->m.session_key.size && !(o->flags & (NTLM_SIGN | NTLM_SEAL)))) {
        memcpy(o->exported, a->key_exchange_key, NTLM_KEY_SIZE);
        return SEC_E_OK;
    }
    if (a->m.session_key.size != NTLM_KEY_SIZE)
        return SEC_E_INVALID_TOKEN;
    return ntlm_rc4k(a->key_exchange_key, a->m.session_key.data, NTLM_KEY_SIZE, o->exported)
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS altered(const char *how)
{
    reason_set(0, "%s", how);
    return SEC_E_MESSAGE_ALTERED;
}

static SECURITY_STATUS check_mic(const struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                 const struct answer *a, const struct ntlm_outcome *o)
{
    uint8_t expected[NTLM_MIC_SIZE];

    /*
     * a client sends a MIC only to a server with a clock: whoever took the clock out wanted to be
     * rid of the MIC
     */
    if (a->proof == NTLM_V2 && (!a->info.has_timestamp || a->info.timestamp != h->timestamp))
        return altered("the server's clock in the client's answer is not the one that was sent");
    if (!(a->info.flags & NTLM_AV_FLAG_MIC))
        return in->policy->require_mic
                   ? altered("the client sent no MIC, which [ntlm] require_mic demands")
                   : SEC_E_OK;
    if (!a->m.has_mic)
        return SEC_E_INVALID_TOKEN;
    if (!ntlm_mic(h, o->exported, in->authenticate, expected))
        return SEC_E_INSUFFICIENT_MEMORY;
    return secret_equal(expected, a->m.mic, sizeof(expected))
               ? SEC_E_OK
               : altered("the MIC of the handshake is wrong: it was changed on the way");
}

/* What is wrong with the client's channel; NULL: nothing. */
static const char *wrong_channel(const struct ntlm_server_input *in, const struct answer *a)
{
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    struct ntlm_bytes theirs = a->info.channel_bindings;
    enum ntlm_wanted wanted = in->policy->channel_bindings;

    if (wanted == NTLM_WANTED_NO || (!in->bindings && !in->proxy_bindings))
        return NULL;
    if (!theirs.size || secret_equal(theirs.data, none, sizeof(none)))
        return wanted == NTLM_WANTED_ALWAYS && !in->allow_missing_bindings
                   ? "the client is bound to no channel ([ntlm] channel_bindings)"
                   : NULL;
    if (in->proxy_bindings || secret_equal(theirs.data, in->bindings, NTLM_BINDINGS_SIZE))
        return NULL;
    return "the client is bound to another channel than this one: somebody is between them";
}

static SECURITY_STATUS check_bindings(const struct ntlm_server_input *in, const struct answer *a)
{
    const char *wrong = wrong_channel(in, a);

    if (!wrong)
        return SEC_E_OK;
    if (in->audit_bindings) {
        log_warn("NTLM: %s; accepted, since the service only audits", wrong);
        return SEC_E_OK;
    }
    reason_set(0, "%s", wrong);
    return SEC_E_BAD_BINDINGS;
}

/* 3.2.5.1.2: what the client had from an untrusted source is worth nothing. */
static SECURITY_STATUS take_target(const struct ntlm_server_input *in, const struct answer *a,
                                   struct ntlm_outcome *o)
{
    enum ntlm_wanted wanted = in->policy->target_name;
    bool given = a->info.target_name.size && !(a->info.flags & NTLM_AV_FLAG_UNVERIFIED_TARGET);

    if (given && !ntlm_text_set_bytes(&o->target, a->info.target_name))
        return SEC_E_INSUFFICIENT_MEMORY;
    if (wanted == NTLM_WANTED_NO || (wanted == NTLM_WANTED_WHEN_GIVEN && !given))
        return SEC_E_OK;
    if (!given) {
        reason_set(0, "the client does not say which service it means ([ntlm] target_name)");
        return SEC_E_WRONG_PRINCIPAL;
    }
    return ntlm_machine_is_meant(in->machine, &o->target, in->policy->target_names);
}

/* The clock of a client that had ours is ours; of another it may be wrong, but not by days. */
static SECURITY_STATUS check_age(const struct answer *a)
{
    uint64_t now = ntlm_now(), then = a->client.time;

    if (a->proof != NTLM_V2 || (then > now ? then - now : now - then) <= LIFETIME)
        return SEC_E_OK;
    reason_set(0, "the client's response is more than 36 hours old: are both clocks right?");
    return SEC_E_LOGON_DENIED;
}

static SECURITY_STATUS check_protected(const struct ntlm_handshake *h,
                                       const struct ntlm_server_input *in, struct answer *a,
                                       struct ntlm_outcome *o)
{
    SECURITY_STATUS status = SEC_E_OK;

    if (a->proof == NOBODY)
        return status;
    if (a->proof == NTLM_V2 && !ntlm_target_info_read(a->client.target_info, &a->info))
        status = SEC_E_INVALID_TOKEN;
    if (!status)
        status = check_mic(h, in, a, o);
    if (!status && a->info.flags & NTLM_AV_FLAG_MIC)
        o->flags |= NTLM_HAD_MIC;
    if (!status)
        status = check_bindings(in, a);
    if (!status)
        status = take_target(in, a, o);
    return status ? status : check_age(a);
}

SECURITY_STATUS ntlm_server_verify(struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                   struct ntlm_outcome *outcome)
{
    struct answer a = {0};
    SECURITY_STATUS status = read_answer(h, in->authenticate, &a, outcome);

    if (!status)
        status =
            ntlm_flags_check(outcome->flags, in->policy->minimum_server, "minimum_server_security");
    if (!status)
        status = check_level(in, a.proof);
    if (!status)
        status = a.proof == NOBODY ? admit_nobody(outcome) : check_proof(h, in, &a, outcome);
    if (!status)
        status = derive_key(h, &a, outcome->flags);
    if (!status)
        status = open_key(&a, outcome);
    if (!status)
        status = check_protected(h, in, &a, outcome);
    ntlm_text_free(&a.workstation);
    ntlm_verified_clear(&a.verified);
    secret_wipe(&a, sizeof(a));
    return status;
}
