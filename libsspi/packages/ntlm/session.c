/*
 * Session security, [MS-NLMP] section 3.4: each direction has a signing key, an RC4 stream and a
 * sequence number. The stream of a connection never starts anew; that of datagrams does with each
 * of them, under a key that the sequence number is part of.
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
    struct direction *send, *receive; /* the same one without extended session security */
    struct direction directions[2];
};

static bool direction_init(struct direction *d, uint32_t flags,
                           const uint8_t exported[NTLM_KEY_SIZE], enum ntlm_direction which)
{
    pthread_mutex_init(&d->lock, NULL);
    return (!(flags & NTLM_EXTENDED_SECURITY) ||
            ntlm_signing_key(flags, exported, which, d->signing_key)) &&
           ntlm_sealing_key(flags, exported, which, d->sealing_key, &d->sealing_size);
}

struct ntlm_session *ntlm_session_new(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                                      bool client)
{
    struct ntlm_session *s = secret_alloc(sizeof(*s));
    struct direction *ours, *theirs;
    bool ok;

    if (!s)
        return NULL;
    ours = &s->directions[0];
    theirs = flags & NTLM_EXTENDED_SECURITY ? &s->directions[1] : ours;
    s->flags = flags;
    s->send = client ? ours : theirs;
    s->receive = client ? theirs : ours;
    ok = direction_init(ours, flags, exported, NTLM_CLIENT_TO_SERVER);
    if (theirs != ours)
        ok = direction_init(theirs, flags, exported, NTLM_SERVER_TO_CLIENT) && ok;
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
    ntlm_rc4_free(s->send->stream);
    pthread_mutex_destroy(&s->send->lock);
    if (s->receive != s->send) {
        ntlm_rc4_free(s->receive->stream);
        pthread_mutex_destroy(&s->receive->lock);
    }
    secret_free(s);
}

/* ---- the key stream; the direction is locked ------------------------------------------------- */

static bool begin_stream(struct direction *d)
{
    if (!d->stream)
        d->stream = ntlm_rc4_new(d->sealing_key, d->sealing_size);
    return d->stream != NULL;
}

/* The next bytes of the stream, over `in`. */
static bool stream_next(struct direction *d, const uint8_t *in, size_t size, uint8_t *out)
{
    d->at.spent += size;
    return ntlm_rc4_next(d->stream, in, size, out);
}

static bool wind_forward(struct direction *d, uint64_t spent)
{
    uint8_t waste[4096] = {0};
    bool ok = !spent || begin_stream(d);

    d->at.spent = 0;
    while (ok && d->at.spent < spent) {
        uint64_t left = spent - d->at.spent;

        ok = stream_next(d, waste, left < sizeof(waste) ? (size_t)left : sizeof(waste), waste);
    }
    secret_wipe(waste, sizeof(waste));
    return ok;
}

/* 3.4: datagrams may come in any order, so each begins with SealingKey', MD5 of key and number. */
static bool rekey(struct direction *d, uint32_t sequence)
{
    uint8_t number[4], key[NTLM_KEY_SIZE];
    struct wire_writer w = wire_writer(number, sizeof(number));
    const struct ntlm_bytes parts[] = {{d->sealing_key, d->sealing_size}, {number, sizeof(number)}};
    bool ok;

    wire_put_u32le(&w, sequence);
    d->at.sequence = sequence;
    d->at.spent = 0;
    ok = ntlm_md5(parts, 2, key);
    if (ok && d->stream)
        ok = ntlm_rc4_again(d->stream, key);
    else if (ok)
        ok = (d->stream = ntlm_rc4_new(key, sizeof(key))) != NULL;
    secret_wipe(key, sizeof(key));
    return ok;
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
    *send = progress_of(s->send);
    *receive = progress_of(s->receive);
    if (s->flags & NTLM_DATAGRAM) /* what the last one was does not matter to the next */
        *send = *receive = (struct ntlm_progress){0};
}

static bool resume(struct direction *d, const struct ntlm_progress *to)
{
    bool ok = wind_forward(d, to->spent);

    d->at = *to;
    return ok;
}

bool ntlm_session_resume(struct ntlm_session *s, const struct ntlm_progress *send,
                         const struct ntlm_progress *receive)
{
    return resume(s->send, send) && (s->receive == s->send || resume(s->receive, receive));
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
    bool extended = s->flags & NTLM_EXTENDED_SECURITY;
    struct ntlm_bytes list[1 + NTLM_PARTS_MAX];
    uint8_t sequence[4], digest[NTLM_KEY_SIZE];
    struct wire_writer w = wire_writer(sequence, sizeof(sequence));
    size_t listed = 1;

    wire_put_u32le(&w, d->at.sequence);
    list[0] = (struct ntlm_bytes){sequence, sizeof(sequence)};
    for (size_t i = 0; i < count; i++) {
        if (extended || !parts[i].unsigned_in_v1)
            list[listed++] = (struct ntlm_bytes){parts[i].data, parts[i].size};
    }
    if (extended) {
        if (!ntlm_hmac_md5(d->signing_key, list, listed, digest))
            return false;
        memcpy(out, digest, 8);
    } else {
        memset(out, 0, 4); /* RandomPad */
        w = wire_writer(out + 4, 4);
        wire_put_u32le(&w, ntlm_crc32(list + 1, listed - 1));
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

/* 2.2.2.5, NTLMSSP_NEGOTIATE_ALWAYS_SIGN: a signature block even where nothing is signed. */
static const uint8_t empty_signature[NTLM_SIGNATURE_SIZE] = {MAC_VERSION};

static bool is_formal(const struct ntlm_session *s, enum ntlm_protection how)
{
    return how == NTLM_SIGNED && s->flags & NTLM_ALWAYS_SIGN &&
           !(s->flags & (NTLM_SIGN | NTLM_SEAL));
}

static SECURITY_STATUS check_use(const struct ntlm_session *s, enum ntlm_protection how,
                                 size_t count)
{
    if (!(s->flags & (how == NTLM_SEALED ? NTLM_SEAL : NTLM_SIGN | NTLM_SEAL)))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return count > NTLM_PARTS_MAX ? SEC_E_INVALID_TOKEN : SEC_E_OK;
}

/* Where a message's stream begins, and what must be put back behind it. The direction is locked. */
static bool begin_message(const struct ntlm_session *s, struct direction *d,
                          enum ntlm_protection how, uint32_t sequence, struct ntlm_rc4 **kept,
                          uint64_t *spent)
{
    *kept = d->stream;
    *spent = d->at.spent;
    if (s->flags & NTLM_DATAGRAM)
        return rekey(d, sequence);
    if (how != NTLM_MECHLIST)
        return begin_stream(d);
    d->stream = NULL; /* a stream for this message alone, as far as the kept one */
    return begin_stream(d) && wind_forward(d, *spent);
}

static void end_message(const struct ntlm_session *s, struct direction *d, enum ntlm_protection how,
                        struct ntlm_rc4 *kept, uint64_t spent)
{
    if (s->flags & NTLM_DATAGRAM || how != NTLM_MECHLIST)
        return;
    ntlm_rc4_free(d->stream);
    d->stream = kept;
    d->at.spent = spent;
}

/* A sequence number used twice would let an old message pass for a new one. */
static void advance(const struct ntlm_session *s, struct direction *d)
{
    if (!(s->flags & NTLM_DATAGRAM) && ++d->at.sequence == 0)
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

SECURITY_STATUS ntlm_session_protect(struct ntlm_session *s, enum ntlm_protection how,
                                     uint32_t sequence, const struct ntlm_part *parts, size_t count,
                                     uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    struct direction *d = s->send;
    SECURITY_STATUS status = check_use(s, how, count);
    struct ntlm_rc4 *kept;
    uint64_t spent;
    uint8_t sum[8];

    if (is_formal(s, how)) {
        memcpy(signature, empty_signature, sizeof(empty_signature));
        return SEC_E_OK;
    }
    if (status)
        return status;
    pthread_mutex_lock(&d->lock);
    status = SEC_E_CONTEXT_EXPIRED;
    if (d->at.used_up)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (begin_message(s, d, how, sequence, &kept, &spent) && checksum(s, d, parts, count, sum) &&
        (how != NTLM_SEALED || crypt_parts(d, parts, count)) &&
        finish_signature(s, d, sum, signature))
        status = SEC_E_OK;
    end_message(s, d, how, kept, spent);
    if (!status)
        advance(s, d);
out:
    pthread_mutex_unlock(&d->lock);
    return status;
}

static bool is_next(const struct ntlm_session *s, const struct direction *d, uint32_t sequence,
                    const uint8_t *signature)
{
    struct wire_reader r = wire_reader(signature + 12, 4);

    /*
     * without extended security the number is encrypted: it is compared with the rest of the
     * signature
     */
    return !(s->flags & NTLM_EXTENDED_SECURITY) ||
           wire_u32le(&r) == (s->flags & NTLM_DATAGRAM ? sequence : d->at.sequence);
}

/* RandomPad, in the old form, is to be ignored. */
static bool same_signature(const struct ntlm_session *s, const uint8_t *a, const uint8_t *b)
{
    if (s->flags & NTLM_EXTENDED_SECURITY)
        return secret_equal(a, b, NTLM_SIGNATURE_SIZE);
    return secret_equal(a, b, 4) && secret_equal(a + 8, b + 8, 8);
}

/* Nobody shall read what somebody else has written. */
static void clear_parts(const struct ntlm_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].plain && parts[i].size)
            memset(parts[i].data, 0, parts[i].size);
    }
}

SECURITY_STATUS ntlm_session_unprotect(struct ntlm_session *s, enum ntlm_protection how,
                                       uint32_t sequence, const struct ntlm_part *parts,
                                       size_t count, const uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    struct direction *d = s->receive;
    SECURITY_STATUS status = check_use(s, how, count);
    uint8_t sum[8], expected[NTLM_SIGNATURE_SIZE];
    struct ntlm_rc4 *kept;
    uint64_t spent;

    if (is_formal(s, how))
        return memcmp(signature, empty_signature, sizeof(empty_signature)) == 0
                   ? SEC_E_OK
                   : SEC_E_MESSAGE_ALTERED;
    if (status)
        return status;
    pthread_mutex_lock(&d->lock);
    status = SEC_E_CONTEXT_EXPIRED;
    if (d->at.used_up)
        goto out;
    status = SEC_E_OUT_OF_SEQUENCE;
    if (!is_next(s, d, sequence, signature))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (begin_message(s, d, how, sequence, &kept, &spent) &&
        (how != NTLM_SEALED || crypt_parts(d, parts, count)) && checksum(s, d, parts, count, sum) &&
        finish_signature(s, d, sum, expected))
        status = same_signature(s, signature, expected) ? SEC_E_OK : SEC_E_MESSAGE_ALTERED;
    end_message(s, d, how, kept, spent);
    if (!status)
        advance(s, d);
out:
    pthread_mutex_unlock(&d->lock);
    if (status == SEC_E_MESSAGE_ALTERED && how == NTLM_SEALED)
        clear_parts(parts, count);
    return status;
}
