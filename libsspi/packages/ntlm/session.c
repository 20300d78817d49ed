/*
 * Session security, [MS-NLMP] section 3.4: each direction has a signing key, an RC4 stream that
 * never starts anew, and a sequence number.
 */
#include "libsspi/packages/ntlm/session.h"

#include <pthread.h>
#include <string.h>

#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/ntlm/message.h"

#define MAC_VERSION 1

struct direction {
    pthread_mutex_t lock;
    uint8_t signing_key[NTLM_KEY_SIZE], sealing_key[NTLM_KEY_SIZE];
    size_t sealing_size;     /* bytes of sealing_key */
    struct ntlm_rc4 *stream; /* made by the first message: many contexts only authenticate */
    struct ntlm_progress at;
};

struct ntlm_session {
    uint32_t flags;
    struct direction send, receive;
};

static bool direction_init(struct direction *d, uint32_t flags,
                           const uint8_t exported[NTLM_KEY_SIZE], enum ntlm_direction which)
{
    pthread_mutex_init(&d->lock, NULL);
    return (!(flags & NTLM_EXTENDED_SECURITY) ||
            ntlm_signing_key(flags, exported, which, d->signing_key)) &&
           ntlm_sealing_key(flags, exported, which, d->sealing_key, &d->sealing_size);
}

/*
 * The stream begins once and never anew; with it the key is no longer needed. The direction is
 * locked.
 */
static bool begin_stream(struct direction *d)
{
    if (d->stream)
        return true;
    d->stream = ntlm_rc4_new(d->sealing_key, d->sealing_size);
    if (d->stream)
        secret_wipe(d->sealing_key, sizeof(d->sealing_key));
    return d->stream != NULL;
}

struct ntlm_session *ntlm_session_new(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                                      bool client)
{
    struct ntlm_session *s = secret_alloc(sizeof(*s));
    bool ok;

    if (!s)
        return NULL;
    s->flags = flags;
    ok = direction_init(client ? &s->send : &s->receive, flags, exported, NTLM_CLIENT_TO_SERVER);
    ok = direction_init(client ? &s->receive : &s->send, flags, exported, NTLM_SERVER_TO_CLIENT) &&
         ok;
    if (!ok) {
        ntlm_session_free(s);
        return NULL;
    }
    return s;
}

void ntlm_session_free(struct ntlm_session *s)
{
    if (!s)
        return;
    ntlm_rc4_free(s->send.stream);
    ntlm_rc4_free(s->receive.stream);
    pthread_mutex_destroy(&s->send.lock);
    pthread_mutex_destroy(&s->receive.lock);
    secret_free(s);
}

/* The next bytes of the stream, over `in`. */
static bool stream_next(struct direction *d, const uint8_t *in, size_t size, uint8_t *out)
{
    d->at.spent += size;
    return ntlm_rc4_next(d->stream, in, size, out);
}

/* ---- from one process to another ------------------------------------------------------------ */

static struct ntlm_progress progress_of(struct direction *d)
{
    struct ntlm_progress at;

    pthread_mutex_lock(&d->lock);
    at = d->at;
    pthread_mutex_unlock(&d->lock);
    return at;
}

void ntlm_session_progress(struct ntlm_session *s, struct ntlm_progress *send,
                           struct ntlm_progress *receive)
{
    *send = progress_of(&s->send);
    *receive = progress_of(&s->receive);
}

static bool wind_forward(struct direction *d, const struct ntlm_progress *to)
{
    uint8_t waste[4096] = {0};
    bool ok = !to->spent || begin_stream(d);

    while (ok && d->at.spent < to->spent) {
        uint64_t left = to->spent - d->at.spent;

        ok = stream_next(d, waste, left < sizeof(waste) ? (size_t)left : sizeof(waste), waste);
    }
    secret_wipe(waste, sizeof(waste));
    d->at = *to;
    return ok;
}

bool ntlm_session_resume(struct ntlm_session *s, const struct ntlm_progress *send,
                         const struct ntlm_progress *receive)
{
    return wind_forward(&s->send, send) && wind_forward(&s->receive, receive);
}

/* ---- one message ---------------------------------------------------------------------------- */

/*
 * The checksum of the message as it is before sealing; encrypted later, because the key stream
 * belongs to the message first. 3.4.4.2 with extended session security: the first half of an
 * HMAC; 3.4.4.1 without: a CRC-32.
 */
static bool checksum(const struct ntlm_session *s, const struct direction *d,
                     const struct ntlm_part *parts, size_t count, uint8_t out[8])
{
    struct ntlm_bytes list[1 + NTLM_PARTS_MAX];
    uint8_t sequence[4], digest[NTLM_KEY_SIZE];
    struct wire_writer w = wire_writer(sequence, sizeof(sequence));

    wire_put_u32le(&w, d->at.sequence);
    list[0] = (struct ntlm_bytes){sequence, sizeof(sequence)};
    for (size_t i = 0; i < count; i++)
        list[1 + i] = (struct ntlm_bytes){parts[i].data, parts[i].size};
    if (s->flags & NTLM_EXTENDED_SECURITY) {
        if (!ntlm_hmac_md5(d->signing_key, list, 1 + count, digest))
            return false;
        memcpy(out, digest, 8);
    } else {
        memset(out, 0, 4); /* RandomPad */
        w = wire_writer(out + 4, 4);
        wire_put_u32le(&w, ntlm_crc32(list + 1, count));
    }
    return true;
}

/*
 * NTLMSSP_MESSAGE_SIGNATURE, 2.2.2.9: version, eight bytes of checksum (encrypted here), sequence
 * number.
 */
static bool finish_signature(const struct ntlm_session *s, struct direction *d,
                             const uint8_t plain_checksum[8],
                             uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    struct wire_writer w = wire_writer(signature, NTLM_SIGNATURE_SIZE);
    uint8_t sealed[8];
    uint8_t sequence[4] = {0};

    memcpy(sealed, plain_checksum, 8);
    if (!(s->flags & NTLM_EXTENDED_SECURITY)) {
        /*
         * the number is masked with key stream as well; RandomPad takes its part of the stream and
         * is then zero
         */
        if (!stream_next(d, sealed, 8, sealed) || !stream_next(d, sequence, 4, sequence))
            return false;
        memset(sealed, 0, 4);
    } else if (s->flags & NTLM_KEY_EXCH && !stream_next(d, sealed, 8, sealed)) {
        return false;
    }
    wire_put_u32le(&w, MAC_VERSION);
    wire_put_bytes(&w, sealed, 8);
    for (size_t i = 0; i < 4; i++)
        wire_put_u8(&w, sequence[i] ^ (uint8_t)(d->at.sequence >> 8 * i));
    return wire_write_ok(&w);
}

static SECURITY_STATUS check_use(const struct ntlm_session *s, bool seal, size_t count)
{
    if (!(s->flags & (seal ? NTLM_SEAL : NTLM_SIGN | NTLM_SEAL)))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return count > NTLM_PARTS_MAX ? SEC_E_INVALID_TOKEN : SEC_E_OK;
}

/* A sequence number used twice would let an old message pass for a new one. */
static void advance(struct direction *d)
{
    if (++d->at.sequence == 0)
        d->at.used_up = true;
}

static bool crypt_parts(struct direction *d, const struct ntlm_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].plain && parts[i].size &&
            !stream_next(d, parts[i].data, parts[i].size, parts[i].data))
            return false;
    }
    return true;
}

SECURITY_STATUS ntlm_session_protect(struct ntlm_session *s, bool seal,
                                     const struct ntlm_part *parts, size_t count,
                                     uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    struct direction *d = &s->send;
    SECURITY_STATUS status = check_use(s, seal, count);
    uint8_t sum[8];

    if (status)
        return status;
    pthread_mutex_lock(&d->lock);
    if (d->at.used_up)
        status = SEC_E_CONTEXT_EXPIRED;
    else if (!begin_stream(d) || !checksum(s, d, parts, count, sum) ||
             (seal && !crypt_parts(d, parts, count)) || !finish_signature(s, d, sum, signature))
        status = SEC_E_INSUFFICIENT_MEMORY;
    else
        advance(d);
    pthread_mutex_unlock(&d->lock);
    return status;
}

static bool is_next(const struct ntlm_session *s, const struct direction *d,
                    const uint8_t *signature)
{
    struct wire_reader r = wire_reader(signature + 12, 4);

    /*
     * without extended security the number is encrypted: it is compared with the rest of the
     * signature
     */
    return !(s->flags & NTLM_EXTENDED_SECURITY) || wire_u32le(&r) == d->at.sequence;
}

/* RandomPad, in the old form, is to be ignored. */
static bool same_signature(const struct ntlm_session *s, const uint8_t *a, const uint8_t *b)
{
    if (s->flags & NTLM_EXTENDED_SECURITY)
        return secret_equal(a, b, NTLM_SIGNATURE_SIZE);
    return secret_equal(a, b, 4) && secret_equal(a + 8, b + 8, 8);
}

SECURITY_STATUS ntlm_session_unprotect(struct ntlm_session *s, bool seal,
                                       const struct ntlm_part *parts, size_t count,
                                       const uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    struct direction *d = &s->receive;
    SECURITY_STATUS status = check_use(s, seal, count);
    uint8_t sum[8], expected[NTLM_SIGNATURE_SIZE];

    if (status)
        return status;
    pthread_mutex_lock(&d->lock);
    if (d->at.used_up) {
        status = SEC_E_CONTEXT_EXPIRED;
        goto out;
    }
    status = SEC_E_OUT_OF_SEQUENCE;
    if (!is_next(s, d, signature))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!begin_stream(d) || (seal && !crypt_parts(d, parts, count)) ||
        !checksum(s, d, parts, count, sum) || !finish_signature(s, d, sum, expected))
        goto out;
    status = SEC_E_MESSAGE_ALTERED;
    if (same_signature(s, signature, expected)) {
        advance(d);
        status = SEC_E_OK;
    }
out:
    pthread_mutex_unlock(&d->lock);
    if (status == SEC_E_MESSAGE_ALTERED &&
        seal) { /* nobody shall read what somebody else has written */
        for (size_t i = 0; i < count; i++) {
            if (!parts[i].plain && parts[i].size)
                memset(parts[i].data, 0, parts[i].size);
        }
    }
    return status;
}
