/*
 * The mechanisms as the handshake calls them: legs of other packages' contexts, and the MIC over
 * the list of mechanisms by what the established one offers for messages.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <credmgr.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/buffers.h"

/* More buffers than an application may give. */
#define BUFFERS_MAX 17

_Static_assert((ULONG)ISC_REQ_NO_INTEGRITY != (ULONG)ISC_REQ_INTEGRITY, "two flags");

/* ---- one leg ----------------------------------------------------------------------------------
 */

/* What the application gave besides its token goes along: channel bindings, the target's own. */
static ULONG input_of(const struct lsa_inner_leg *outer, const uint8_t *token, size_t size,
                      SecBuffer buffers[BUFFERS_MAX])
{
    ULONG count = 0;

    if (token)
        buffers[count++] = (SecBuffer){(ULONG)size, SECBUFFER_TOKEN, (void *)(uintptr_t)token};
    for (ULONG i = 0; outer->input && i < outer->input->cBuffers && count < BUFFERS_MAX; i++)
        if ((outer->input->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_TOKEN)
            buffers[count++] = outer->input->pBuffers[i];
    return count;
}

/*
 * Without integrity nobody could tell that the list of mechanisms was changed on the way, so that
 * what comes in the place of a better one is always asked for it. Kerberos is the better one, and
 * asked for what the application wants: a directory, say, takes a context with integrity for the
 * wish to sign messages, also over TLS, where it must not be.
 */
static ULONG requirements_of(const struct nego_context *c, const struct nego_offer *o)
{
    ULONG asked = c->leg->requirements;
    /* A list of one has nothing to protect, and there are servers that grant no signatures. */
    bool alone = c->count - c->fallen == 1;

    if (c->initiator && !alone && o->package->mechanism.kind != NEGO_KERBEROS &&
        !(asked & ISC_REQ_NO_INTEGRITY))
        return asked | ISC_REQ_INTEGRITY;
    return asked;
}

/* Why the mechanism that was preferred is not spoken, told when the one in its place fails too. */
static void tell_all(const struct nego_context *c, const struct nego_offer *o, bool first)
{
    struct reason then = *reason_get();

    if (c->fell_back && then.text[0])
        reason_set(then.code, "%s; %s: %s", c->fell_back, o->package->package->name, then.text);
    else if (c->fell_back && first)
        reason_set(then.code, "%s", c->fell_back);
}

/* A leg of the package, unless it would only wait for nobody again, and another one can go. */
static SECURITY_STATUS run_leg(struct nego_context *c, struct nego_offer *o,
                               struct lsa_inner_leg *inner)
{
    bool first = !o->context;
    SECURITY_STATUS status;
    int64_t begun;

    if (!c->initiator)
        return lsa_inner()->accept(o->credential, &o->context, inner);
    if (first && o + 1 < c->offers + c->count &&
        nego_is_silent(c->credential, o->package, inner->target)) {
        reason_set(0, "no authority has answered for that service lately");
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    }
    begun = nego_milliseconds();
    status = lsa_inner()->initialize(o->credential, &o->context, inner);
    if (first && status == SEC_E_NO_AUTHENTICATING_AUTHORITY)
        nego_note_silence(c->credential, o->package, inner->target, nego_milliseconds() - begun);
    return status;
}

static SECURITY_STATUS leg(void *arg, unsigned index, const uint8_t *in, size_t in_size,
                           uint8_t **out, size_t *out_size)
{
    struct nego_context *c = arg;
    struct nego_offer *o = &c->offers[index];
    SecBuffer buffers[BUFFERS_MAX];
    SecBufferDesc input = {SECBUFFER_VERSION, input_of(c->leg, in, in_size, buffers), buffers};
    struct lsa_inner_leg inner = {.target = c->leg->target,
                                  .requirements = requirements_of(c, o),
                                  .data_representation = c->leg->data_representation,
                                  .input = input.cBuffers ? &input : NULL};
    bool first = !o->context;
    SECURITY_STATUS status;

    reason_clear();
    status = run_leg(c, o, &inner);
    *out = inner.token; /* the LSA's heap is free()'s */
    *out_size = inner.token_size;
    if (status < 0) {
        tell_all(c, o, first);
        return status;
    }
    o->attributes = inner.attributes;
    o->expiry = inner.expiry;
    return status;
}

static void abandon(void *arg, unsigned index)
{
    struct nego_context *c = arg;

    lsa_inner()->remove(c->offers[index].context);
    c->offers[index].context = NULL;
    c->offers[index].attributes = 0;
}

/* The statuses of these are those of a service that nobody knows and of tickets that are not there.
 * But the KDC knows the account, and refuses it. */
static bool kdc_refuses(const struct nego_offer *o)
{
    if (o->package->mechanism.kind != NEGO_KERBEROS)
        return false;
    switch (reason_get()->code) {
    case (int32_t)KRB5KDC_ERR_SERVICE_EXP:
    case (int32_t)KRB5KDC_ERR_SERVICE_REVOKED:
    case (int32_t)KRB5KDC_ERR_SERVICE_NOTYET:
    case (int32_t)KRB5KDC_ERR_TGT_REVOKED:
        return true;
    default:
        return false;
    }
}

/*
 * Nobody to ask, no service of that name (an address is none), no way to its realm, or nothing to
 * ask with. A wrong password, a clock or an account that is refused are no reasons: with those the
 * person would never learn what is wrong, and a server that is no KDC would get an answer that it
 * can guess passwords with.
 */
static bool falls_back(void *arg, unsigned index, SECURITY_STATUS status)
{
    struct nego_context *c = arg;
    const char *name = c->offers[index].package->package->name;

    if (kdc_refuses(&c->offers[index]))
        return false;
    switch (status) {
    case SEC_E_NO_AUTHENTICATING_AUTHORITY:
    case SEC_E_TARGET_UNKNOWN:
    case SEC_E_KDC_UNABLE_TO_REFER:
    case SEC_E_NO_CREDENTIALS:
        break;
    case SEC_E_UNSUPPORTED_FUNCTION: /* Kerberos has no anonymous clients */
        if (!(c->leg->requirements & ISC_REQ_NULL_SESSION))
            return false;
        break;
    default:
        return false;
    }
    c->fallen++;
    if (!c->fell_back && reason_get()->text[0] &&
        asprintf(&c->fell_back, "%s: %s", name, reason_get()->text) < 0)
        c->fell_back = NULL;
    return true;
}

/* ---- the MIC ----------------------------------------------------------------------------------
 */

static const SECPKG_USER_FUNCTION_TABLE *user_of(const struct nego_offer *o, LSA_SEC_HANDLE *user)
{
    *user = o->context ? lsa_inner()->user(o->context) : 0;
    return *user ? o->package->package->user : NULL;
}

static bool has_integrity(void *arg, unsigned index)
{
    const struct nego_context *c = arg;
    const struct nego_offer *o = &c->offers[index];
    ULONG bit = c->initiator ? (ULONG)ISC_RET_INTEGRITY : (ULONG)ASC_RET_INTEGRITY;
    const SECPKG_USER_FUNCTION_TABLE *table;
    LSA_SEC_HANDLE user;

    table = user_of(o, &user);
    return table && table->MakeSignature && table->VerifySignature && (o->attributes & bit);
}

/* Windows makes the MIC over the list mandatory where NTLM's own is there ([MS-SPNG] 3.1.5.1). */
static bool requires_mic(void *arg, unsigned index)
{
    const struct nego_offer *o = &((struct nego_context *)arg)->offers[index];
    SecPkgContext_CredmgrMic mic = {0};
    const SECPKG_USER_FUNCTION_TABLE *table;
    LSA_SEC_HANDLE user;

    table = user_of(o, &user);
    return o->package->mechanism.kind == NEGO_NTLM && table && table->QueryContextAttributes &&
           table->QueryContextAttributes(user, SECPKG_ATTR_CREDMGR_MIC, &mic) == SEC_E_OK &&
           mic.HandshakeHadMic;
}

/*
 * NTLM knows the list of mechanisms by the types of the two buffers, and takes back what its key
 * stream has spent on it; to other packages it is a message like any other.
 */
static void describe(const struct nego_offer *o, SecBuffer buffers[2], const uint8_t *data,
                     size_t size, void *mic, ULONG mic_size)
{
    bool ntlm = o->package->mechanism.kind == NEGO_NTLM;

    buffers[0] = (SecBuffer){(ULONG)size, ntlm ? SECBUFFER_MECHLIST : SECBUFFER_DATA,
                             (void *)(uintptr_t)data};
    buffers[1] = (SecBuffer){mic_size, ntlm ? SECBUFFER_MECHLIST_SIGNATURE : SECBUFFER_TOKEN, mic};
}

static SECURITY_STATUS make_mic(void *arg, unsigned index, const uint8_t *data, size_t size,
                                uint8_t **mic, size_t *mic_size)
{
    const struct nego_offer *o = &((struct nego_context *)arg)->offers[index];
    const SECPKG_USER_FUNCTION_TABLE *table;
    LSA_SEC_HANDLE user;
    SecPkgContext_Sizes sizes = {0};
    SecBuffer buffers[2];
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    void *room;
    SECURITY_STATUS status;

    table = user_of(o, &user);
    if (!table || !table->MakeSignature || !table->QueryContextAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = table->QueryContextAttributes(user, SECPKG_ATTR_SIZES, &sizes);
    if (status != SEC_E_OK)
        return status;
    room = malloc(sizes.cbMaxSignature ? sizes.cbMaxSignature : 1);
    if (!room)
        return SEC_E_INSUFFICIENT_MEMORY;
    describe(o, buffers, data, size, room, sizes.cbMaxSignature);
    status = table->MakeSignature(user, 0, &message, 0);
    if (status != SEC_E_OK) {
        free(room);
        return status;
    }
    *mic = room;
    *mic_size = buffers[1].cbBuffer;
    return SEC_E_OK;
}

static SECURITY_STATUS verify_mic(void *arg, unsigned index, const uint8_t *data, size_t size,
                                  const uint8_t *mic, size_t mic_size)
{
    const struct nego_offer *o = &((struct nego_context *)arg)->offers[index];
    const SECPKG_USER_FUNCTION_TABLE *table;
    LSA_SEC_HANDLE user;
    SecBuffer buffers[2];
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    void *copy;
    SECURITY_STATUS status;
    ULONG qop = 0;

    table = user_of(o, &user);
    if (!table || !table->VerifySignature)
        return SEC_E_UNSUPPORTED_FUNCTION;
    copy = malloc(mic_size ? mic_size : 1);
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (mic_size)
        memcpy(copy, mic, mic_size);
    describe(o, buffers, data, size, copy, (ULONG)mic_size);
    status = table->VerifySignature(user, &message, 0, &qop);
    free(copy);
    return status;
}

struct nego_backend nego_backend(struct nego_context *c)
{
    return (struct nego_backend){
        .leg = leg,
        .abandon = abandon,
        .falls_back = falls_back,
        .has_integrity = has_integrity,
        .requires_mic = requires_mic,
        .make_mic = make_mic,
        .verify_mic = verify_mic,
        .arg = c,
    };
}
