/*
 * Extended protection: the channel below, by whose hash an authenticator is bound to it (RFC
 * 4121 4.1.1.2, [MS-KILE] 3.4.5).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <profile.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/packages/buffers.h"

#define AP_OPTIONS            143    /* KERB_AUTH_DATA_AP_OPTIONS, [MS-KILE] 2.2.6 */
#define AP_OPTIONS_CBT        0x4000 /* the initiator knows about channel bindings */
#define AP_OPTIONS_UNVERIFIED 0x8000 /* and has the target's name from who knows where */

static const uint8_t none[KERB_BINDINGS_SIZE];

/* ---- what an application gives ------------------------------------------------------------- */

SECURITY_STATUS kerb_bindings_given(PSecBufferDesc input, uint8_t hash[KERB_BINDINGS_SIZE])
{
    PSecBuffer bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);

    memset(hash, 0, KERB_BINDINGS_SIZE);
    if (bindings && bindings->cbBuffer &&
        !kerb_bindings_hash(bindings->pvBuffer, bindings->cbBuffer, hash))
        return SEC_E_BAD_BINDINGS;
    return SEC_E_OK;
}

/* SspiSetChannelBindingFlags: what is wrong is to be told, and let through. */
static bool audit_only(PSecBufferDesc input)
{
    PSecBuffer bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);
    struct wire_reader r;

    if (!bindings)
        return false;
    r = wire_reader(bindings->pvBuffer, bindings->cbBuffer);
    return wire_u32le(&r) == SEC_CHANNEL_BINDINGS_EX_MAGIC &&
           (wire_u32le(&r) & SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) && wire_ok(&r);
}

/* ---- what the initiator says of itself ----------------------------------------------------- */

/* krb5.conf(5): every program of this machine names its channel, if it has one. */
static bool machine_aware(krb5_context krb)
{
    struct _profile_t *profile = NULL;
    int aware = 0;

    if (krb5_get_profile(krb, &profile))
        return false;
    if (profile_get_boolean(profile, "libdefaults", "client_aware_channel_bindings", NULL, 0,
                            &aware))
        aware = 0;
    profile_release(profile);
    return aware;
}

krb5_error_code kerb_ap_options(krb5_context krb, ULONG wanted, krb5_authdata ***out)
{
    uint8_t bytes[4];
    struct wire_writer w = wire_writer(bytes, sizeof(bytes));
    krb5_authdata option = {.ad_type = AP_OPTIONS, .length = sizeof(bytes), .contents = bytes};
    krb5_authdata *list[] = {&option, NULL};
    uint32_t options = (machine_aware(krb) ? AP_OPTIONS_CBT : 0) |
                       (wanted & ISC_REQ_UNVERIFIED_TARGET_NAME ? AP_OPTIONS_UNVERIFIED : 0);

    *out = NULL;
    wire_put_u32le(&w, options);
    return options ? krb5_encode_authdata_container(krb, KRB5_AUTHDATA_IF_RELEVANT, list, out) : 0;
}

/* An initiator that knows about bindings sends them whenever it has a channel: then it had none. */
static bool initiator_aware(krb5_context krb, const krb5_authenticator *authenticator)
{
    krb5_authdata **found = NULL;
    struct wire_reader r;
    bool aware;

    if (krb5_find_authdata(krb, NULL, authenticator->authorization_data, AP_OPTIONS, &found) ||
        !found)
        return false;
    r = wire_reader(found[0]->contents, found[0]->length);
    aware = wire_u32le(&r) & AP_OPTIONS_CBT;
    krb5_free_authdata(krb, found);
    return aware;
}

/* ---- the acceptor's check ------------------------------------------------------------------ */

SECURITY_STATUS kerb_bindings_check(krb5_context krb, PSecBufferDesc input, ULONG requirements,
                                    const krb5_authenticator *authenticator,
                                    const uint8_t seen[KERB_BINDINGS_SIZE])
{
    uint8_t expected[KERB_BINDINGS_SIZE];
    SECURITY_STATUS status = kerb_bindings_given(input, expected);
    bool missing = secret_equal(seen, none, sizeof(none));
    bool proxy = requirements & ASC_REQ_PROXY_BINDINGS;

    if (status)
        return status;
    /* Without a channel of its own the acceptor has nothing to compare. */
    if (!proxy && secret_equal(expected, none, sizeof(none)))
        return SEC_E_OK;
    /* The channel ends at a proxy, which knows it: the initiator must have had one, that is all. */
    if (!missing && (proxy || secret_equal(expected, seen, sizeof(expected))))
        return SEC_E_OK;
    if (missing && (requirements & ASC_REQ_ALLOW_MISSING_BINDINGS) &&
        !initiator_aware(krb, authenticator))
        return SEC_E_OK;
    if (!audit_only(input))
        return SEC_E_BAD_BINDINGS;
    log_warn("Kerberos: the client's channel bindings %s; accepted, since the service only audits",
             missing ? "are missing" : "are those of another channel");
    return SEC_E_OK;
}
