/*
 * A negotiation of mechanisms as pure protocol: RFC 4178 as [MS-SPNG] has it, tokens in and tokens
 * out. What the mechanisms do is behind struct nego_backend; nothing here knows packages or the
 * LSA. The tokens themselves are in token.h.
 */
#ifndef CREDMGR_NEGOTIATE_HANDSHAKE_H
#define CREDMGR_NEGOTIATE_HANDSHAKE_H

#include <sspi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEGO_MECHANISMS_MAX 16

/* The DER of an object identifier, tag and length included. */
struct nego_oid {
    const uint8_t *der;
    size_t size;
};

/* What a mechanism says of itself. */
enum nego_kind {
    NEGO_OTHER,
    NEGO_KERBEROS, /* also under Microsoft's wrong identifier, 1.2.840.48018.1.2.2 */
    NEGO_NTLM      /* spoken bare when it is the only one */
};
struct nego_mechanism {
    struct nego_oid oid;
    enum nego_kind kind;
};

/* `index` is the place of the mechanism in the list that the handshake was made with. */
struct nego_backend {
    /*
     * One leg. `in` is NULL on an initiator's first. SEC_E_OK or SEC_I_CONTINUE_NEEDED with *out in
     * memory that free() releases (NULL: no token), or why it failed; a failure may have a token
     * for the peer, too.
     */
    SECURITY_STATUS(*leg)
    (void *arg, unsigned index, const uint8_t *in, size_t in_size, uint8_t **out, size_t *out_size);
    /* Gives up the mechanism's context: another one is tried, or the peer wants to begin anew. The
     * next leg of that mechanism is a first one again. */
    void (*abandon)(void *arg, unsigned index);
    /* The failure of an initiator's first leg is one after which the next mechanism may be tried:
     * no KDC, an unknown SPN, an address in the place of a name. */
    bool (*falls_back)(void *arg, unsigned index, SECURITY_STATUS status);
    /* Of an established context: it can sign. NTLM is to be asked for integrity always, whatever
     * the application wants, so that it can. */
    bool (*has_integrity)(void *arg, unsigned index);
    /* Of an established context: the mechListMIC is mandatory although the most preferred mechanism
     * was chosen. NTLM with a MIC in its AUTHENTICATE_MESSAGE ([MS-SPNG] 3.1.5.1). NULL: never. */
    bool (*requires_mic)(void *arg, unsigned index);
    /* mechListMIC, as a signature of QOP 0. make: *mic in memory that free() releases. NTLM's RC4
     * is afterwards what it was before ([MS-SPNG] 3.3.5.1), while its sequence number goes on. */
    SECURITY_STATUS(*make_mic)
    (void *arg, unsigned index, const uint8_t *data, size_t size, uint8_t **mic, size_t *mic_size);
    SECURITY_STATUS(*verify_mic)
    (void *arg, unsigned index, const uint8_t *data, size_t size, const uint8_t *mic,
     size_t mic_size);
    void *arg;
};

struct nego_handshake;

/*
 * The mechanisms in the order of preference, 1..NEGO_MECHANISMS_MAX, each once (Kerberos under one
 * of its identifiers: both are offered and understood); backend and list are copied, the
 * identifiers themselves are borrowed for the life of the handshake. NULL without memory.
 *
 * An initiator whose only mechanism is NTLM, from the start or because the others fell back, sends
 * it bare, as Windows does, unless the server has spoken first.
 */
struct nego_handshake *nego_initiator_new(const struct nego_backend *backend,
                                          const struct nego_mechanism *mechanisms, size_t count);
/*
 * As an acceptor. With `hints`, a first leg without a token answers NegTokenInit2 (the server
 * speaks first, [MS-SPNG] 2.2.1).
 */
struct nego_handshake *nego_acceptor_new(const struct nego_backend *backend,
                                         const struct nego_mechanism *mechanisms, size_t count,
                                         bool hints);
void nego_handshake_free(struct nego_handshake *h);

/*
 * One leg. `in`: NULL or empty on an initiator's first, or the server's NegTokenInit2; afterwards
 * the peer's token. Of an established context: a new negotiation begins (an initiator without a
 * token or with a NegTokenInit2, an acceptor with a first token).
 *
 * SEC_E_OK (the context of the selected mechanism is established), SEC_I_CONTINUE_NEEDED;
 * SEC_E_INVALID_TOKEN for what is no token or comes at the wrong time, SEC_E_MESSAGE_ALTERED when
 * the list of mechanisms was changed on the way (a MIC is wrong, or missing where it must be),
 * SEC_E_UNSUPPORTED_FUNCTION without a mechanism in common, SEC_E_LOGON_DENIED for the peer's
 * rejection that says no more, SEC_E_INSUFFICIENT_MEMORY, or what the mechanism answered. A
 * handshake that failed answers SEC_E_INVALID_TOKEN ever after. *out: free(); there may be one with
 * a failure, too.
 */
SECURITY_STATUS nego_handshake_step(struct nego_handshake *h, const uint8_t *in, size_t in_size,
                                    uint8_t **out, size_t *out_size);

/* The mechanism that is spoken, or the one that would be; count when there is none yet. */
unsigned nego_handshake_selected(const struct nego_handshake *h);
/* SECPKG_NEGOTIATION_*: for SECPKG_ATTR_NEGOTIATION_INFO. */
ULONG nego_handshake_state(const struct nego_handshake *h);

#endif
