/*
 * constant-time: what constant-time.t has valgrind watch. To memcheck, keys and hashes are memory
 * that was never written, so it reports every branch and every address that depends on them; only
 * what secret_equal() answers may be acted on, and what is sent is public. To cachegrind, refusals
 * are instructions to be counted.
 *
 * RC4 looks up tables by its key, whoever implements it. So handshakes here are without
 * NTLM_KEY_EXCH, which takes it, and messages are not sealed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "base/secret.h"
#include "libsspi/packages/ntlm/handshake/handshake.h"
#include "libsspi/packages/ntlm/messages/pass.h"
#include "libsspi/packages/ntlm/messages/session.h"
#include "libsspi/packages/ntlm/verify/verify.h"

static unsigned comparisons;

bool __real_secret_equal(const void *a, const void *b, size_t size);
bool __wrap_secret_equal(const void *a, const void *b, size_t size);
bool __wrap_secret_equal(const void *a, const void *b, size_t size)
{
    bool equal = __real_secret_equal(a, b, size);

    comparisons++;
    VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof(equal));
    return equal;
}

/* The key of RC4 looks up its table, as said above. */
void __real_ntlm_stream_begin(struct ntlm_stream *stream, const uint8_t *key, size_t size);
void __wrap_ntlm_stream_begin(struct ntlm_stream *stream, const uint8_t *key, size_t size);
void __wrap_ntlm_stream_begin(struct ntlm_stream *stream, const uint8_t *key, size_t size)
{
    uint8_t copy[NTLM_KEY_SIZE] = {0};

    memcpy(copy, key, size < sizeof(copy) ? size : sizeof(copy));
    VALGRIND_MAKE_MEM_DEFINED(copy, sizeof(copy));
    __real_ntlm_stream_begin(stream, copy, size < sizeof(copy) ? size : sizeof(copy));
}

static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "constant-time: %s\n", what);
        exit(1);
    }
}

static void hide(void *secret, size_t size)
{
    VALGRIND_MAKE_MEM_UNDEFINED(secret, size);
}

static void show(void *public, size_t size)
{
    VALGRIND_MAKE_MEM_DEFINED(public, size);
}

/* Some of these bytes come from what was hidden. */
static bool depends(const void *bytes, size_t size)
{
    uint8_t bits[NTLM_KEY_SIZE] = {0};

    must(size <= sizeof(bits), "bits");
    return VALGRIND_GET_VBITS(bytes, bits, size) == 1 && memcmp(bits, (uint8_t[16]){0}, size) != 0;
}

static const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT};
static struct ntlm_machine machine;

static struct ntlm_account account_of(const WCHAR *user, size_t units, const WCHAR *password)
{
    struct ntlm_account a = {0};

    must(ntlm_text_set(&a.user, user, units) && ntlm_text_set(&a.domain, u"EXAMPLE", 7) &&
             ntlm_account_password(&a, password, 8, policy.level),
         "no memory");
    return a;
}

/* A flag of message 1, taken out before the server sees it and the client's MIC is made of it. */
static void without_key_exchange(struct ntlm_handshake *client, struct wire_writer *one)
{
    client->flags &= ~NTLM_KEY_EXCH;
    wire_patch_u32le(one, 12, client->flags);
    wire_patch_u32le(&(struct wire_writer){.data = client->negotiate.data,
                                           .size = client->negotiate.size,
                                           .offset = client->negotiate.size},
                     12, client->flags);
}

struct conversation {
    struct ntlm_handshake client, server;
    struct wire_writer one, two, three;
    struct ntlm_outcome here, there;
};

/* All three messages; `spoil` changes the last one. */
static SECURITY_STATUS converse(struct conversation *c, const struct ntlm_account *client,
                                const struct ntlm_account *server,
                                void (*spoil)(struct wire_writer *))
{
    static const uint8_t bindings[NTLM_BINDINGS_SIZE] = {1, 2, 3};
    struct ntlm_server_offer offer = {.policy = &policy, .machine = &machine};
    struct ntlm_client_input answer = {
        .policy = &policy, .account = client, .machine = &machine, .bindings = bindings};
    struct ntlm_server_input question = {.policy = &policy,
                                         .machine = &machine,
                                         .verify = ntlm_verify_account,
                                         .verify_arg = (void *)(uintptr_t)server,
                                         .bindings = bindings};

    c->one = wire_writer_grow(NTLM_MESSAGE_MAX);
    c->two = wire_writer_grow(NTLM_MESSAGE_MAX);
    c->three = wire_writer_grow(NTLM_MESSAGE_MAX);
    must(!ntlm_client_negotiate(&c->client, &policy, NTLM_SIGN, &c->one), "the first message");
    without_key_exchange(&c->client, &c->one);
    offer.negotiate = (struct ntlm_bytes){c->one.data, c->one.offset};
    must(!ntlm_server_challenge(&c->server, &offer, &c->two), "the challenge");
    answer.challenge = (struct ntlm_bytes){c->two.data, c->two.offset};
    must(!ntlm_client_authenticate(&c->client, &answer, &c->three, &c->here), "the answer");
    show(c->three.data, c->three.offset);
    if (spoil)
        spoil(&c->three);
    question.authenticate = (struct ntlm_bytes){c->three.data, c->three.offset};
    return ntlm_server_verify(&c->server, &question, &c->there);
}

static void end(struct conversation *c)
{
    ntlm_handshake_clear(&c->client);
    ntlm_handshake_clear(&c->server);
    ntlm_outcome_clear(&c->here);
    ntlm_outcome_clear(&c->there);
    wire_writer_free(&c->one);
    wire_writer_free(&c->two);
    wire_writer_free(&c->three);
}

/* ---- secrets -------------------------------------------------------------------------- */

static void spoil_mic(struct wire_writer *three)
{
    three->data[NTLM_MIC_OFFSET + 3] ^= 1;
}

static void spoil_proof(struct wire_writer *three)
{
    struct ntlm_authenticate m;

    must(ntlm_authenticate_read(three->data, three->offset, &m), "the last message");
    three->data[m.nt_response.data - three->data + 5] ^= 1;
}

static void secrets(void)
{
    static const struct {
        void (*spoil)(struct wire_writer *);
        SECURITY_STATUS expected;
    } cases[] = {
        {NULL, SEC_E_OK},
        {spoil_mic, SEC_E_MESSAGE_ALTERED},
        {spoil_proof, SEC_E_LOGON_DENIED},
    };
    struct ntlm_account client = account_of(u"alice", 5, u"password");
    struct ntlm_account server = account_of(u"alice", 5, u"password");

    hide(client.nt_hash, sizeof(client.nt_hash));
    hide(client.ntowf, sizeof(client.ntowf));
    hide(server.nt_hash, sizeof(server.nt_hash));
    hide(server.ntowf, sizeof(server.ntowf));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct conversation c = {0};
        unsigned before = comparisons;
        SECURITY_STATUS status = converse(&c, &client, &server, cases[i].spoil);

        must(status == cases[i].expected, "another status than expected");
        must(comparisons > before, "nothing was compared by secret_equal()");
        must(status || (depends(c.there.exported, sizeof(c.there.exported)) &&
                        depends(c.here.exported, sizeof(c.here.exported))),
             "the key of the session does not come from the hash");
        end(&c);
    }
    ntlm_account_clear(&client);
    ntlm_account_clear(&server);
}

/* Signatures, of a session that does not encrypt them. */
static void messages(void)
{
    const uint32_t flags = NTLM_UNICODE | NTLM_SIGN | NTLM_EXTENDED_SECURITY | NTLM_128;
    uint8_t key[NTLM_KEY_SIZE] = "a session's key", signature[NTLM_SIGNATURE_SIZE];
    char text[] = "a message";
    const struct ntlm_part part = {.data = (uint8_t *)text, .size = sizeof(text)};
    struct ntlm_session *from, *to;

    hide(key, sizeof(key));
    from = ntlm_session_new(flags, key, true);
    to = ntlm_session_new(flags, key, false);
    must(from && to, "no memory");
    for (unsigned i = 0; i < 2; i++) {
        unsigned before = comparisons;
        SECURITY_STATUS status;

        must(!ntlm_session_protect(from, NTLM_SIGNED, 0, &part, 1, signature), "a signature");
        must(depends(signature, sizeof(signature)), "it does not come from the key");
        show(signature, sizeof(signature));
        signature[7] ^= (uint8_t)i;
        status = ntlm_session_unprotect(to, NTLM_SIGNED, 0, &part, 1, signature);
        must(status == (i ? SEC_E_MESSAGE_ALTERED : SEC_E_OK), "another status than expected");
        must(comparisons > before, "nothing was compared by secret_equal()");
    }
    ntlm_session_free(from);
    ntlm_session_free(to);
}

/* That this way of looking sees anything: a comparison that stops at the first difference. */
static void leaky(void)
{
    struct ntlm_account a = account_of(u"alice", 5, u"password");

    hide(a.nt_hash, sizeof(a.nt_hash));
    printf("%d\n", memcmp(a.nt_hash, "not the hash of it", sizeof(a.nt_hash)) == 0);
    ntlm_account_clear(&a);
}

/* ---- refusals ------------------------------------------------------------------------- */

/* The client's name and password against one account, `count` times. */
static void refuse(const char *user, const char *password, unsigned count)
{
    WCHAR name[5], secret[8];
    struct ntlm_account client, server = account_of(u"alice", 5, u"password");

    for (size_t i = 0; i < 8; i++)
        secret[i] = (WCHAR)password[i];
    for (size_t i = 0; i < 5; i++)
        name[i] = (WCHAR)user[i];
    client = account_of(name, 5, secret);
    for (unsigned i = 0; i < count; i++) {
        struct conversation c = {0};

        must(converse(&c, &client, &server, NULL) == SEC_E_LOGON_DENIED, "nobody is let in");
        end(&c);
    }
    ntlm_account_clear(&client);
    ntlm_account_clear(&server);
}

int main(int argc, char **argv)
{
    must(argc > 1 && ntlm_crypto_start(), "usage: constant-time secrets|messages|leaky|refuse …");
    must(ntlm_text_set(&machine.nb_computer, u"SERVER", 6) &&
             ntlm_text_set(&machine.nb_domain, u"EXAMPLE", 7) &&
             ntlm_text_set(&machine.dns_computer, u"server.example", 14) &&
             ntlm_text_set(&machine.dns_domain, u"example", 7),
         "no memory");
    if (strcmp(argv[1], "secrets") == 0)
        secrets();
    else if (strcmp(argv[1], "messages") == 0)
        messages();
    else if (strcmp(argv[1], "leaky") == 0)
        leaky();
    else if (argc == 5 && strlen(argv[2]) == 5 && strlen(argv[3]) == 8)
        refuse(argv[2], argv[3], (unsigned)atoi(argv[4]));
    else
        return 2;
    return 0;
}
