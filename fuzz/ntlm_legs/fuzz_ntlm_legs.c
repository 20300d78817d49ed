/*
 * Whole legs of NTLM through the public API, with real keys. A hostile server has the bytes of its
 * challenge; a hostile client has those of both its messages, and knows the password, so that its
 * proof and its MIC are put right before they are sent, and what lies behind them is reached. What
 * is established is used: every attribute is asked for, messages go out and come in.
 *
 * An input: a byte of options, two more for the length of the first message (client: of the only
 * one), with the compatibility level in its three highest bits (0 is level 5, 5 is level 0), that
 * message, and the rest: the client's last message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <security.h>

#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/lsa_half.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct builtin_package lsa_builtin_packages[] = {
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

enum {
    AS_CLIENT = 0x01, /* we are the client */
    SIGNED = 0x02,
    SEALED = 0x04,
    DATAGRAMS = 0x08,
    NOBODY_TOO = 0x10, /* anonymous clients are let in; as a client: we are one */
    BOUND = 0x20,      /* to a channel */
    NO_PROOF = 0x40,   /* the client does not know the password */
    IDENTIFIED = 0x80
};

static CredHandle client, server;
static struct ntlm_account alice;

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void acquire(SEC_WINNT_AUTH_IDENTITY_A *id)
{
    static SEC_CHAR package[] = "NTLM";

    must(AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, id, NULL, NULL,
                                   &client, NULL) == SEC_E_OK &&
         AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL, id, NULL, NULL,
                                   &server, NULL) == SEC_E_OK);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static SEC_WINNT_AUTH_IDENTITY_A id = {(unsigned char *)(uintptr_t) "alice",
                                           5,
                                           (unsigned char *)(uintptr_t) "EXAMPLE",
                                           7,
                                           (unsigned char *)(uintptr_t) "password",
                                           8,
                                           SEC_WINNT_AUTH_IDENTITY_ANSI};

    (void)argc, (void)argv;
    lsa_client_set_socket("/nonexistent/lsa.sock");
    acquire(&id); /* which starts the package */
    FreeCredentialsHandle(&client);
    FreeCredentialsHandle(&server);
    ntlm_lsa.policy.level = 0; /* they get an LM hash, too */
    acquire(&id);
    must(ntlm_text_set(&alice.user, u"alice", 5) && ntlm_text_set(&alice.domain, u"EXAMPLE", 7) &&
         ntlm_account_password(&alice, u"password", 8, 0) && alice.has_lm_hash);
    return 0;
}

struct piece {
    const uint8_t *data;
    size_t size;
};

struct side {
    CtxtHandle context;
    bool begun;
    ULONG attributes;
    uint8_t token[NTLM_MESSAGE_MAX];
    ULONG token_size;
};

static SECURITY_STATUS leg(struct side *s, uint8_t options, struct piece in)
{
    static struct {
        SEC_CHANNEL_BINDINGS b;
        char data[4];
    } channel = {
        {.cbApplicationDataLength = 4, .dwApplicationDataOffset = sizeof(SEC_CHANNEL_BINDINGS)},
        "tls"};
    SecBuffer given[2] = {{(ULONG)in.size, SECBUFFER_TOKEN, (void *)(uintptr_t)in.data},
                          {sizeof(channel), SECBUFFER_CHANNEL_BINDINGS, &channel}};
    SecBuffer got = {sizeof(s->token), SECBUFFER_TOKEN, s->token};
    SecBufferDesc input = {SECBUFFER_VERSION, options & BOUND ? 2 : 1, given};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &got};
    static SEC_CHAR target[] = "cifs/server";
    SECURITY_STATUS status;
    ULONG wants;

    if (options & AS_CLIENT) {
        wants = (options & SIGNED ? ISC_REQ_INTEGRITY : 0) |
                (options & SEALED ? ISC_REQ_CONFIDENTIALITY : 0) |
                (options & DATAGRAMS ? ISC_REQ_DATAGRAM : 0) |
                (options & NOBODY_TOO ? ISC_REQ_NULL_SESSION : 0) |
                (options & IDENTIFIED ? ISC_REQ_IDENTIFY : 0);
        status = InitializeSecurityContextA(&client, s->begun ? &s->context : NULL, target, wants,
                                            0, SECURITY_NATIVE_DREP, &input, 0, &s->context,
                                            &output, &s->attributes, NULL);
    } else {
        wants = (options & SIGNED ? ASC_REQ_INTEGRITY : 0) |
                (options & SEALED ? ASC_REQ_CONFIDENTIALITY : 0) |
                (options & DATAGRAMS ? ASC_REQ_DATAGRAM : 0) |
                (options & NOBODY_TOO ? ASC_REQ_ALLOW_NULL_SESSION : 0) |
                (options & IDENTIFIED ? ASC_REQ_IDENTIFY : 0);
        status =
            AcceptSecurityContext(&server, s->begun ? &s->context : NULL, &input, wants,
                                  SECURITY_NATIVE_DREP, &s->context, &output, &s->attributes, NULL);
    }
    must(status != SEC_E_INTERNAL_ERROR && status != SEC_E_INSUFFICIENT_MEMORY);
    s->begun = s->begun || status >= 0;
    s->token_size = status >= 0 ? got.cbBuffer : 0;
    return status;
}

/* ---- what is established ------------------------------------------------------------------- */

static void ask_everything(struct side *s)
{
    static const struct {
        ULONG attribute;
        size_t pointers[2]; /* of what is to be freed, among the pointers of the structure */
    } rows[] = {
        {SECPKG_ATTR_NAMES, {0, 0}},        {SECPKG_ATTR_NATIVE_NAMES, {0, 1}},
        {SECPKG_ATTR_SESSION_KEY, {1, 1}},  {SECPKG_ATTR_TARGET_INFORMATION, {1, 1}},
        {SECPKG_ATTR_KEY_INFO, {0, 1}},     {SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, {0, 0}},
        {SECPKG_ATTR_PACKAGE_INFO, {0, 0}}, {SECPKG_ATTR_NEGOTIATION_INFO, {0, 0}},
        {SECPKG_ATTR_AUTHORITY, {0, 0}},    {SECPKG_ATTR_DCE_INFO, {1, 1}},
        {SECPKG_ATTR_TARGET, {1, 1}},       {SECPKG_ATTR_SIZES, {8, 8}},
        {SECPKG_ATTR_LIFESPAN, {8, 8}},     {SECPKG_ATTR_FLAGS, {8, 8}},
        {SECPKG_ATTR_USER_FLAGS, {8, 8}},   {SECPKG_ATTR_PASSWORD_EXPIRY, {8, 8}},
        {SECPKG_ATTR_STREAM_SIZES, {8, 8}}, {SECPKG_ATTR_LOGOFF_TIME, {8, 8}},
        {SECPKG_ATTR_ACCESS_TOKEN, {8, 8}}, {SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, {8, 8}},
        {SECPKG_ATTR_NEGO_STATUS, {8, 8}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *room[16] = {NULL}; /* larger than any of the structures */

        if (QueryContextAttributesA(&s->context, rows[i].attribute, room) != SEC_E_OK)
            continue;
        for (size_t p = 0; p < 2; p++) {
            if (rows[i].pointers[p] == 8 || (p && rows[i].pointers[1] == rows[i].pointers[0]))
                break;
            must(room[rows[i].pointers[p]] != NULL);
            FreeContextBuffer(room[rows[i].pointers[p]]);
        }
    }
}

static void exchange(struct side *s, struct piece rest)
{
    uint8_t text[64], signature[16] = {0};
    SecBuffer out[2] = {{sizeof(signature), SECBUFFER_TOKEN, signature},
                        {sizeof(text), SECBUFFER_DATA, text}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, out};

    memset(text, 't', sizeof(text));
    EncryptMessage(&s->context, 0, &message, 7);
    MakeSignature(&s->context, 0, &message, 8);
    memcpy(text, rest.data, rest.size < sizeof(text) ? rest.size : sizeof(text));
    memcpy(signature, rest.data + rest.size / 2, rest.size / 2 < 16 ? rest.size / 2 : 16);
    /* nobody can guess a signature */
    must(DecryptMessage(&s->context, &message, 1, NULL) != SEC_E_OK);
    VerifySignature(&s->context, &message, 2, NULL);
}

static void check_name(struct side *s, uint8_t options)
{
    SecPkgContext_NamesA names;
    bool right;

    must(QueryContextAttributesA(&s->context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK);
    right = !(options & NO_PROOF) && strcmp(names.sUserName, "EXAMPLE\\alice") == 0;
    must(right || (options & NOBODY_TOO && (s->attributes & ASC_RET_NULL_SESSION)));
    FreeContextBuffer(names.sUserName);
}

/* ---- the hostile ends ---------------------------------------------------------------------- */

/* The same of version 1 and of LM: 3.3.1. */
static void sign_old(uint8_t *copy, const struct ntlm_authenticate *m,
                     const struct ntlm_challenge *challenge)
{
    uint8_t hashed[NTLM_CHALLENGE_SIZE];
    const uint8_t *answered = challenge->server_challenge;

    if (m->lm_response.size != NTLM_V1_RESPONSE)
        return;
    if (m->nt_response.size != NTLM_V1_RESPONSE) {
        must(ntlm_v1_response(alice.lm_hash, answered, copy + (m->lm_response.data - copy)));
        return;
    }
    if (m->flags & challenge->flags & NTLM_EXTENDED_SECURITY) {
        must(ntlm_session_challenge(answered, m->lm_response.data, hashed));
        answered = hashed;
    }
    must(ntlm_v1_response(alice.nt_hash, answered, copy + (m->nt_response.data - copy)));
}

/* Puts proof and MIC into a client's message that answers `challenge`. */
static void sign(uint8_t *copy, size_t size, struct piece negotiate, const struct side *s)
{
    const struct ntlm_handshake h = {
        .negotiate = {(uint8_t *)(uintptr_t)negotiate.data, negotiate.size},
        .challenge = {(uint8_t *)(uintptr_t)s->token, s->token_size}};
    uint8_t proof[NTLM_PROOF_SIZE], ntowf[NTLM_KEY_SIZE], key[NTLM_KEY_SIZE];
    struct ntlm_text user = {0}, domain = {0};
    struct ntlm_client_challenge theirs;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate m;
    struct ntlm_bytes temp;
    bool no_memory, unicode;

    must(ntlm_challenge_read(s->token, s->token_size, &challenge));
    unicode = challenge.flags & NTLM_UNICODE;
    if (!ntlm_authenticate_read(copy, size, &m))
        return;
    if (m.nt_response.size <= NTLM_V1_RESPONSE) {
        sign_old(copy, &m, &challenge);
        return;
    }
    if (!ntlm_v2_response_read(m.nt_response, proof, &temp, &theirs) ||
        !ntlm_text_read(m.user, unicode, &user, &no_memory) ||
        !ntlm_text_read(m.domain, unicode, &domain, &no_memory) ||
        !ntlm_ntowf_v2(alice.nt_hash, user.string, user.units, domain.string, domain.units,
                       ntowf) ||
        !ntlm_nt_proof(ntowf, challenge.server_challenge, temp, proof) ||
        !ntlm_session_base_key_v2(ntowf, proof, key))
        goto out;
    memcpy(copy + (m.nt_response.data - copy), proof, sizeof(proof));
    if (m.session_key.size == NTLM_KEY_SIZE && m.flags & NTLM_KEY_EXCH)
        ntlm_rc4k(key, m.session_key.data, NTLM_KEY_SIZE, key);
    if (m.has_mic && ntlm_mic(&h, key, (struct ntlm_bytes){copy, size}, m.mic))
        memcpy(copy + NTLM_MIC_OFFSET, m.mic, sizeof(m.mic));
out:
    ntlm_text_free(&user);
    ntlm_text_free(&domain);
}

/*
 * A recorded answer has the clock of its own server, by which ours would know that it is not for
 * this challenge: ours is written over it.
 */
static void set_clock(uint8_t *copy, size_t size, const struct side *s)
{
    struct ntlm_target_info ours, theirs;
    struct ntlm_client_challenge client_challenge;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate m;
    struct ntlm_bytes temp;
    uint8_t proof[NTLM_PROOF_SIZE];
    uint8_t *end;

    if (!ntlm_challenge_read(s->token, s->token_size, &challenge) ||
        !ntlm_target_info_read(challenge.target_info, &ours) ||
        !ntlm_authenticate_read(copy, size, &m) ||
        !ntlm_v2_response_read(m.nt_response, proof, &temp, &client_challenge) ||
        !ntlm_target_info_read(client_challenge.target_info, &theirs) || !theirs.has_timestamp)
        return;
    end = copy + (m.nt_response.data - copy) + m.nt_response.size;
    memcpy(copy + (temp.data - copy) + 8, &ours.timestamp, 8); /* 2.2.2.7: the client's own clock */
    for (uint8_t *at = copy + (client_challenge.target_info.data - copy); end - at >= 12;
         at += 4 + (at[2] | at[3] << 8)) {
        if (end - at < 4 + (at[2] | at[3] << 8))
            return;
        if (at[0] == NTLM_AV_TIMESTAMP && !at[1])
            memcpy(at + 4, &ours.timestamp, 8);
    }
}

static void hostile_client(struct side *s, uint8_t options, struct piece one, struct piece three)
{
    uint8_t *copy;

    if (leg(s, options, one) != SEC_I_CONTINUE_NEEDED)
        return;
    copy = malloc(three.size ? three.size : 1);
    must(copy != NULL);
    memcpy(copy, three.data, three.size);
    if (!(options & NO_PROOF)) {
        set_clock(copy, three.size, s);
        sign(copy, three.size, one, s);
    }
    if (leg(s, options, (struct piece){copy, three.size}) == SEC_E_OK) {
        check_name(s, options);
        ask_everything(s);
        exchange(s, three);
    }
    free(copy);
}

static void hostile_server(struct side *s, uint8_t options, struct piece two, struct piece rest)
{
    const ULONG wanted = (options & SIGNED ? ISC_RET_INTEGRITY : 0) |
                         (options & SEALED ? ISC_RET_CONFIDENTIALITY : 0);
    struct ntlm_authenticate m;

    /* of a datagram the server's message is the first one that is of any use */
    if (leg(s, options, (struct piece){NULL, 0}) != SEC_I_CONTINUE_NEEDED)
        return;
    if (leg(s, options, two) != SEC_E_OK)
        return;
    must((s->attributes & wanted) == wanted && ntlm_authenticate_read(s->token, s->token_size, &m));
    ask_everything(s);
    exchange(s, rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct side s;
    struct piece first, rest;

    if (size < 3)
        return 0;
    if (data[2] >> 5 > NTLM_LEVEL_MAX)
        return 0;
    memset(&s, 0, sizeof(s));
    ntlm_lsa.policy.level = NTLM_LEVEL_MAX - (data[2] >> 5);
    ntlm_lsa.policy.minimum_client = ntlm_lsa.policy.minimum_server =
        data[2] >> 5 ? 0 : NTLM_EXTENDED_SECURITY | NTLM_128;
    first = (struct piece){data + 3, data[1] | (data[2] & 0x1f) << 8};
    if (first.size > size - 3)
        first.size = size - 3;
    rest = (struct piece){first.data + first.size, size - 3 - first.size};
    if (data[0] & AS_CLIENT)
        hostile_server(&s, data[0], first, rest);
    else
        hostile_client(&s, data[0], first, rest);
    if (s.begun)
        DeleteSecurityContext(&s.context);
    return 0;
}
