/*
 * Session security, [MS-NLMP] section 3.4: each direction has a signing key, an RC4 stream and a
 * sequence number. The stream of a connection never starts anew; that of datagrams does with each
 * of them, under a key that the sequence number is part of.
 */
#include "libsspi/packages/ntlm/messages/session.h"

#include <pthread.h>
#include <string.h>

#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/ntlm/wire/message.h"

#define MAC_VERSION 1

struct direction {
    pthread_mutex_t lock;
    enum ntlm_direction which;
    bool begun; /* has what follows; with the first message: many contexts only authenticate */
    uint8_t sealing_key[NTLM_KEY_SIZE];
    size_t sealing_size; /* bytes of sealing_key */
    struct ntlm_mac_key mac;
    struct ntlm_progress at;
};

struct ntlm_session {
    uint32_t flags;
    uint8_t exported[NTLM_KEY_SIZE];
    struct direction *send, *receive; /* the same one without extended session security */
    struct direction directions[2];
};

struct ntlm_session *ntlm_session_new(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                                      bool client)
{
    struct ntlm_session *s = secret_alloc(sizeof(*s));
    struct direction *ours, *theirs;

    if (!s)
        return NULL;
    ours = &s->directions[0];
    theirs = flags & NTLM_EXTENDED_SECURITY ? &s->directions[1] : ours;
    s->flags = flags;
    memcpy(s->exported, exported, sizeof(s->exported));
    s->send = client ? ours : theirs;
    s->receive = client ? theirs : ours;
    theirs->which = NTLM_SERVER_TO_CLIENT;
    ours->which = NTLM_CLIENT_TO_SERVER;
    pthread_mutex_init(&ours->lock, NULL);
    if (theirs != ours)
        pthread_mutex_init(&theirs->lock, NULL);
    return s;
}

/* The keys of a direction, 3.4.5.2 and 3.4.5.3, and its stream. The direction is locked. */
static bool make_keys(const struct ntlm_session *s, struct direction *d)
{
    uint8_t key[NTLM_KEY_SIZE];

    if (d->begun)
        return true;
    if (!ntlm_sealing_key(s->flags, s->exported, d->which, d->sealing_key, &d->sealing_size))
        return false;
    if (s->flags & NTLM_EXTENDED_SECURITY) {
        if (!ntlm_signing_key(s->flags, s->exported, d->which, key))
            return false;
        ntlm_mac_key_begin(&d->mac, key);
        secret_wipe(key, sizeof(key));
    }
    ntlm_stream_begin(&d->at.stream, d->sealing_key, d->sealing_size);
    d->begun = true;
    return true;
}

void ntlm_session_free(struct ntlm_session *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->send->lock);
    if (s->receive != s->send)
        pthread_mutex_destroy(&s->receive->lock);
    secret_free(s);
}

/* ---- from one process to another ------------------------------------------------------------ */

static bool progress_of(struct ntlm_session *s, struct direction *d, struct ntlm_progress *out)
{
    bool ok;

    pthread_mutex_lock(&d->lock);
    ok = make_keys(s, d);
    *out = d->at;
    pthread_mutex_unlock(&d->lock);
    return ok;
}

bool ntlm_session_progress(struct ntlm_session *s, struct ntlm_progress *send,
                           struct ntlm_progress *receive)
{
    return progress_of(s, s->send, send) && progress_of(s, s->receive, receive);
}

bool ntlm_session_resume(struct ntlm_session *s, const struct ntlm_progress *send,
                         const struct ntlm_progress *receive)
{
    if (!make_keys(s, s->send) || !make_keys(s, s->receive))
        return false;
    s->receive->at = *receive;
    s->send->at = *send;
    return true;
}

/* ---- one message ---------------------------------------------------------------------------- */

#define CHECKSUM_SIZE 8

/* What the steps of one message share. */
struct work {
    const struct ntlm_session *s;
    struct direction *d; /* locked */
    enum ntlm_protection how;
    struct ntlm_pass pass;
    bool undoable;           /* the message may be another kind's: it is tried again as that */
    struct ntlm_stream kept; /* of a message that takes nothing of it */
};

/* 3.4: datagrams may come in any order, so each begins with SealingKey', MD5 of key and number. */
static bool rekey(struct direction *d, uint32_t sequence)
{
    uint8_t number[4], key[NTLM_KEY_SIZE];
    struct wire_writer w = wire_writer(number, sizeof(number));
    const struct ntlm_bytes parts[] = {{d->sealing_key, d->sealing_size}, {number, sizeof(number)}};
    bool ok;

    wire_put_u32le(&w, sequence);
    d->at.sequence = sequence;
    ok = ntlm_md5(parts, 2, key);
    if (ok)
        ntlm_stream_begin(&d->at.stream, key, sizeof(key));
    secret_wipe(key, sizeof(key));
    return ok;
}

/* The sequence number is the first thing that is signed, 3.4.4.2. */
static bool begin(struct work *k, const struct ntlm_session *s, struct direction *d,
                  enum ntlm_protection how, uint32_t sequence)
{
    bool extended = s->flags & NTLM_EXTENDED_SECURITY;
    uint8_t number[4];
    struct wire_writer w = wire_writer(number, sizeof(number));

    k->s = s;
    k->d = d;
    k->how = how;
    if (!make_keys(s, d) || (s->flags & NTLM_DATAGRAM && !rekey(d, sequence)))
        return false;
    if (how == NTLM_MECHLIST || k->undoable)
        k->kept = d->at.stream;
    ntlm_pass_begin(&k->pass, &d->at.stream, extended ? &d->mac : NULL, how == NTLM_SEALED);
    wire_put_u32le(&w, d->at.sequence);
    ntlm_pass_sign(&k->pass, number, sizeof(number));
    return true;
}

static void end(struct work *k)
{
    ntlm_pass_end(&k->pass);
    if (k->how == NTLM_MECHLIST) {
        k->d->at.stream = k->kept;
        secret_wipe(&k->kept, sizeof(k->kept));
    }
}

/* A sequence number used twice would let an old message pass for a new one. */
static void advance(const struct work *k)
{
    if (!(k->s->flags & NTLM_DATAGRAM) && ++k->d->at.sequence == 0)
        k->d->at.used_up = true;
}

/* RandomPad, which is ours to choose, and the CRC-32 of 3.4.4.1. */
static void old_checksum(const struct ntlm_part *parts, size_t count, uint8_t out[CHECKSUM_SIZE])
{
    struct ntlm_bytes list[NTLM_PARTS_MAX];
    struct wire_writer w = wire_writer(out, CHECKSUM_SIZE);
    size_t listed = 0;

    for (size_t i = 0; i < count; i++) {
        if (!parts[i].unsigned_in_v1)
            list[listed++] = (struct ntlm_bytes){parts[i].data, parts[i].size};
    }
    wire_put_u32le(&w, 0);
    wire_put_u32le(&w, ntlm_crc32(list, listed));
}

/*
 * The message through the pass, and the checksum of what it is in plain: the first half of an HMAC
 * (3.4.4.2), or a CRC-32. The checksum is encrypted later: the key stream belongs to the message
 * first.
 */
static void work_through(struct work *k, const struct ntlm_part *parts, size_t count, bool open,
                         uint8_t checksum[CHECKSUM_SIZE])
{
    bool extended = k->s->flags & NTLM_EXTENDED_SECURITY;
    uint8_t digest[NTLM_KEY_SIZE];

    if (!extended && !open)
        old_checksum(parts, count, checksum);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].plain || k->how != NTLM_SEALED)
            ntlm_pass_sign(&k->pass, parts[i].data, parts[i].size);
        else if (open)
            ntlm_pass_open(&k->pass, parts[i].data, parts[i].size);
        else
            ntlm_pass_seal(&k->pass, parts[i].data, parts[i].size);
    }
    if (!extended && open)
        old_checksum(parts, count, checksum);
    if (extended) {
        ntlm_pass_digest(&k->pass, digest);
        memcpy(checksum, digest, CHECKSUM_SIZE);
    }
}

/*
 * NTLMSSP_MESSAGE_SIGNATURE, 2.2.2.9: version, eight bytes of checksum (encrypted here), sequence
 * number.
 */
static void finish_signature(struct work *k, uint8_t checksum[CHECKSUM_SIZE],
                             uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    struct wire_writer w = wire_writer(signature, NTLM_SIGNATURE_SIZE);
    uint8_t mask[4] = {0};

    if (!(k->s->flags & NTLM_EXTENDED_SECURITY)) {
        /*
         * the number is masked with key stream as well; RandomPad takes its part of the stream and
         * is then zero
         */
        ntlm_pass_crypt(&k->pass, checksum, CHECKSUM_SIZE);
        ntlm_pass_crypt(&k->pass, mask, sizeof(mask));
        memset(checksum, 0, 4);
    } else if (k->s->flags & NTLM_KEY_EXCH) {
        ntlm_pass_crypt(&k->pass, checksum, CHECKSUM_SIZE);
    }
    wire_put_u32le(&w, MAC_VERSION);
    wire_put_bytes(&w, checksum, CHECKSUM_SIZE);
    for (size_t i = 0; i < 4; i++)
        wire_put_u8(&w, mask[i] ^ (uint8_t)(k->d->at.sequence >> 8 * i));
}

/* 2.2.2.5, NTLMSSP_NEGOTIATE_ALWAYS_SIGN: a signature block even where nothing is signed. */
static const uint8_t empty_signature[NTLM_SIGNATURE_SIZE] = {MAC_VERSION};

static bool is_formal(const struct ntlm_session *s, enum ntlm_protection how)
{
    return how == NTLM_SIGNED && s->flags & NTLM_ALWAYS_SIGN &&
           !(s->flags & (NTLM_SIGN | NTLM_SEAL));
}

/*
 * Whoever may sign can seal: that NTLMSSP_NEGOTIATE_SEAL was not agreed on promises nobody
 * confidentiality, but Windows' EncryptMessage seals all the same, and its LDAP servers and
 * gss-ntlmssp expect it.
 */
static SECURITY_STATUS check_use(const struct ntlm_session *s, size_t count)
{
    if (!(s->flags & (NTLM_SIGN | NTLM_SEAL)))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return count > NTLM_PARTS_MAX ? SEC_E_INVALID_TOKEN : SEC_E_OK;
}

SECURITY_STATUS ntlm_session_protect(struct ntlm_session *s, enum ntlm_protection how,
                                     uint32_t sequence, const struct ntlm_part *parts, size_t count,
                                     uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    SECURITY_STATUS status = check_use(s, count);
    uint8_t checksum[CHECKSUM_SIZE];
    struct work k;

    if (is_formal(s, how)) {
        memcpy(signature, empty_signature, sizeof(empty_signature));
        return SEC_E_OK;
    }
    if (status)
        return status;
    k.undoable = false;
    pthread_mutex_lock(&s->send->lock);
    status = SEC_E_CONTEXT_EXPIRED;
    if (s->send->at.used_up)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!begin(&k, s, s->send, how, sequence))
        goto out;
    work_through(&k, parts, count, false, checksum);
    finish_signature(&k, checksum, signature);
    end(&k);
    advance(&k);
    status = SEC_E_OK;
out:
    pthread_mutex_unlock(&s->send->lock);
    return status;
}

static bool is_next(const struct ntlm_session *s, uint32_t sequence, const uint8_t *signature)
{
    struct wire_reader r = wire_reader(signature + 12, 4);

    /*
     * without extended security the number is encrypted: it is compared with the rest of the
     * signature
     */
    return !(s->flags & NTLM_EXTENDED_SECURITY) ||
           wire_u32le(&r) == (s->flags & NTLM_DATAGRAM ? sequence : s->receive->at.sequence);
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
    SECURITY_STATUS status = check_use(s, count);
    uint8_t checksum[CHECKSUM_SIZE], expected[NTLM_SIGNATURE_SIZE];
    struct work k;

    if (is_formal(s, how))
        return memcmp(signature, empty_signature, sizeof(empty_signature)) == 0
                   ? SEC_E_OK
                   : SEC_E_MESSAGE_ALTERED;
    if (status)
        return status;
    k.undoable = how == NTLM_SIGNED && !(s->flags & NTLM_SEAL);
    pthread_mutex_lock(&s->receive->lock);
    status = SEC_E_CONTEXT_EXPIRED;
    if (s->receive->at.used_up)
        goto out;
    status = SEC_E_OUT_OF_SEQUENCE;
    if (!is_next(s, sequence, signature))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!begin(&k, s, s->receive, how, sequence))
        goto out;
    work_through(&k, parts, count, true, checksum);
    finish_signature(&k, checksum, expected);
    end(&k);
    status = SEC_E_MESSAGE_ALTERED;
    if (same_signature(s, signature, expected)) {
        advance(&k);
        status = SEC_E_OK;
    } else if (k.undoable) {
        s->receive->at.stream = k.kept;
    }
    if (k.undoable)
        secret_wipe(&k.kept, sizeof(k.kept));
out:
    pthread_mutex_unlock(&s->receive->lock);
    if (status == SEC_E_MESSAGE_ALTERED && how == NTLM_SEALED)
        clear_parts(parts, count);
    return status;
}
