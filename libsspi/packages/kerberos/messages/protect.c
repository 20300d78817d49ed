/*
 * Where the messages of a context are signed and sealed: which keys, which form of tokens, one
 * thread at a time in each direction.
 */
#include "libsspi/packages/kerberos/messages/protect.h"

#include <string.h>

#include "base/secret.h"

/* ---- keys ---------------------------------------------------------------------------------------
 */

static void set_key(struct kerb_keyed *keyed, const struct kerb_key *key)
{
    keyed->profile = kerb_profile(key->enctype);
    if (keyed->profile)
        memcpy(keyed->key, key->bytes, keyed->profile->key_size);
}

static bool init_direction(struct kerb_direction *d, const struct kerb_packed *context,
                           bool sending)
{
    d->sending = sending;
    d->by_acceptor = sending != context->initiator;
    /* ISC_RET_ and ASC_RET_ have the same value for it, and for the two below. */
    d->dce = context->attributes & ISC_RET_USED_DCE_STYLE;
    set_key(&d->keyed[0], &context->key);
    set_key(&d->keyed[1], &context->acceptor_key);
    return d->keyed[0].profile && pthread_mutex_init(&d->lock, NULL) == 0;
}

bool kerb_protection_init(struct kerb_protection *p, const struct kerb_packed *context)
{
    bool replay = context->attributes & ISC_RET_REPLAY_DETECT;
    bool order = context->attributes & ISC_RET_SEQUENCE_DETECT;

    memset(p, 0, sizeof(*p));
    if (!init_direction(&p->send, context, true))
        return false;
    if (!init_direction(&p->receive, context, false)) {
        pthread_mutex_destroy(&p->send.lock);
        return false;
    }
    p->send.next = context->send_sequence;
    kerb_sequence_init(&p->receive.window, context->receive_sequence, replay, order,
                       !p->receive.keyed[0].profile->rc4);
    return true;
}

static void clear_direction(struct kerb_direction *d)
{
    for (size_t i = 0; i < 2; i++) {
        kerb_seal_free(d->keyed[i].seal);
        kerb_sum_free(d->keyed[i].wrap);
        kerb_sum_free(d->keyed[i].sign);
    }
    kerb_rc4_tools_free(d->rc4);
    pthread_mutex_destroy(&d->lock);
    secret_wipe(d, sizeof(*d));
}

void kerb_protection_clear(struct kerb_protection *p)
{
    clear_direction(&p->send);
    clear_direction(&p->receive);
}

struct kerb_keyed *kerb_key_of(struct kerb_direction *d, bool acceptor_subkey)
{
    return &d->keyed[acceptor_subkey && d->keyed[1].profile ? 1 : 0];
}

/* Confounders are 16 bytes, and asking the kernel for them costs as much as sealing 256. */
bool kerb_fresh_bytes(struct kerb_direction *d, uint8_t *out, size_t size)
{
    uint8_t *unused;

    if (d->random_left < size) {
        if (!secret_random(d->random, sizeof(d->random)))
            return false;
        d->random_left = sizeof(d->random);
    }
    unused = d->random + (sizeof(d->random) - d->random_left);
    memcpy(out, unused, size);
    secret_wipe(unused, size);
    d->random_left -= size;
    return true;
}

bool kerb_genuine(SECURITY_STATUS status)
{
    return status == SEC_E_OK || status == SEC_E_OUT_OF_SEQUENCE;
}

/* ---- the four operations ------------------------------------------------------------------- */

/* RFC 4757 is for contexts whose key is RC4; an acceptor's subkey of a newer type brings RFC 4121
 * (RFC 4121 1). */
static bool is_rc4(struct kerb_direction *d)
{
    return kerb_key_of(d, true)->profile->rc4;
}

/* A stream has its data in itself, and no signature is that: one beside a token would leave the
 * data unsigned. */
SECURITY_STATUS kerb_sign(struct kerb_protection *p, PSecBufferDesc message)
{
    struct kerb_message m;
    SECURITY_STATUS status = kerb_message_read(message, &m);

    if (status != SEC_E_OK || !m.token || m.stream)
        return SEC_E_INVALID_TOKEN;
    pthread_mutex_lock(&p->send.lock);
    status = is_rc4(&p->send) ? kerb_rc4_sign(&p->send, &m) : kerb_cfx_sign(&p->send, &m);
    pthread_mutex_unlock(&p->send.lock);
    return status;
}

SECURITY_STATUS kerb_verify(struct kerb_protection *p, PSecBufferDesc message)
{
    struct kerb_message m;
    SECURITY_STATUS status = kerb_message_read(message, &m);

    if (status != SEC_E_OK || !m.token || m.stream)
        return SEC_E_INVALID_TOKEN;
    pthread_mutex_lock(&p->receive.lock);
    status =
        is_rc4(&p->receive) ? kerb_rc4_verify(&p->receive, &m) : kerb_cfx_verify(&p->receive, &m);
    pthread_mutex_unlock(&p->receive.lock);
    return status;
}

SECURITY_STATUS kerb_wrap(struct kerb_protection *p, PSecBufferDesc message, bool encrypt)
{
    struct kerb_message m;
    SECURITY_STATUS status = kerb_message_read(message, &m);

    if (status != SEC_E_OK || !m.token || m.count == 0)
        return SEC_E_INVALID_TOKEN;
    pthread_mutex_lock(&p->send.lock);
    status = is_rc4(&p->send) ? kerb_rc4_wrap(&p->send, &m, encrypt)
                              : kerb_cfx_wrap(&p->send, &m, encrypt);
    pthread_mutex_unlock(&p->send.lock);
    return status;
}

/* One SECBUFFER_DATA that holds all, token and data, is a stream that gets its own plaintext. */
static void take_as_stream(struct kerb_message *m)
{
    if (m->token || m->stream || m->count != 1 || m->signed_only)
        return;
    m->stream = m->out = m->data[0];
    m->count = m->size = 0;
}

SECURITY_STATUS kerb_unwrap(struct kerb_protection *p, PSecBufferDesc message, bool *encrypted)
{
    struct kerb_message m;
    SECURITY_STATUS status = kerb_message_read(message, &m);

    if (status == SEC_E_OK)
        take_as_stream(&m);
    if (status != SEC_E_OK || (m.stream ? !m.out : !m.token || m.count == 0))
        return SEC_E_INVALID_TOKEN;
    if (m.padding && m.padding->cbBuffer == 0)
        m.padding = NULL;
    pthread_mutex_lock(&p->receive.lock);
    status = is_rc4(&p->receive) ? kerb_rc4_unwrap(&p->receive, &m, encrypted)
                                 : kerb_cfx_unwrap(&p->receive, &m, encrypted);
    pthread_mutex_unlock(&p->receive.lock);
    if (kerb_genuine(status) && m.padding)
        m.padding->cbBuffer = 0;
    return status;
}

void kerb_sizes(const struct kerb_protection *p, SecPkgContext_Sizes *sizes)
{
    const struct kerb_keyed *k = &p->send.keyed[p->send.keyed[1].profile ? 1 : 0];

    if (k->profile->rc4)
        kerb_rc4_sizes(p->send.dce, sizes);
    else
        kerb_cfx_sizes(k->profile, p->send.dce, sizes);
}
