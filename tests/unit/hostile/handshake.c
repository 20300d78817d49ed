/*
 * Both sides of a handshake, the tokens between them, and the judgement on the outcome.
 */
#include "tests/unit/hostile/handshake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <credmgr.h>

#include "base/utf16.h"
#include "libsspi/lsa/client.h"

#define TOKENS_MAX 8

/* What an undisturbed handshake said, to take pieces from. */
static struct hostile_token seen[TOKENS_MAX];

static USHORT *wide(const char *utf8, ULONG *length)
{
    size_t units = 0;
    WCHAR *w = utf8 ? utf16_from_utf8(utf8, strlen(utf8), &units) : NULL;

    *length = (ULONG)units;
    return (USHORT *)w;
}

void hostile_acquire(struct hostile_handshake *h, bool client, const char *user, const char *domain,
                     const char *password)
{
    struct hostile_side *s = client ? &h->client : &h->server;
    SEC_WINNT_AUTH_IDENTITY_EXW id = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(id),
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};

    lsa_client_set_socket("/nonexistent/lsa.sock");
    *s = (struct hostile_side){.client = client};
    id.User = wide(user, &id.UserLength);
    id.Domain = wide(domain, &id.DomainLength);
    id.Password = wide(password, &id.PasswordLength);
    if (!client)
        id.PackageList = wide(h->server_packages, &id.PackageListLength);
    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)(uintptr_t)h->package,
                                               client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND,
                                               NULL, user || domain || password ? &id : NULL, NULL,
                                               NULL, &s->credential, NULL),
                     SEC_E_OK);
    free(id.User);
    free(id.Domain);
    free(id.Password);
    free(id.PackageList);
}

static void reset(struct hostile_side *s)
{
    if (s->has_context)
        assert_int_equal(DeleteSecurityContext(&s->context), SEC_E_OK);
    s->has_context = false;
    s->status = SEC_I_CONTINUE_NEEDED;
}

void hostile_end(struct hostile_handshake *h)
{
    reset(&h->client);
    reset(&h->server);
    FreeCredentialsHandle(&h->client.credential);
    FreeCredentialsHandle(&h->server.credential);
    if (h->number < h->runs)
        printf("# the last case was HOSTILE_FROM=%llu\n", (unsigned long long)h->number);
}

/* One leg. The bytes are given in memory of just their size, so that a reader past them is seen. */
static void step(const struct hostile_handshake *h, struct hostile_side *s,
                 const struct hostile_token *in, struct hostile_token *out)
{
    uint8_t *exact = in && in->size ? malloc(in->size) : NULL;
    SecBuffer given = {in ? (ULONG)in->size : 0, SECBUFFER_TOKEN, exact};
    SecBuffer got = {sizeof(out->data), SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &got};
    PCtxtHandle old = s->has_context ? &s->context : NULL;

    if (exact)
        memcpy(exact, in->data, in->size);
    if (s->client)
        s->status =
            InitializeSecurityContextW(&s->credential, old, (SEC_WCHAR *)(uintptr_t)h->target,
                                       h->client_wants, 0, SECURITY_NATIVE_DREP, in ? &input : NULL,
                                       0, &s->context, &output, &s->attributes, NULL);
    else
        s->status =
            AcceptSecurityContext(&s->credential, old, &input, h->server_wants,
                                  SECURITY_NATIVE_DREP, &s->context, &output, &s->attributes, NULL);
    if (s->status >= 0)
        s->has_context = true;
    out->size = got.cbBuffer == sizeof(out->data) ? 0 : got.cbBuffer;
    free(exact);
}

/* ---- judgement ---------------------------------------------------------------------------- */

static void check_status(const struct hostile_handshake *h, const struct hostile_side *s)
{
    const char *side = s->client ? "initiator" : "acceptor";

    switch (s->status) {
    case SEC_E_OK:
    case SEC_I_CONTINUE_NEEDED:
        return;
    case SEC_E_INTERNAL_ERROR:
        if (h->asks_kdc && s->client) /* the KDC's "generic error" */
            return;
        /* fall through */
    case SEC_E_INSUFFICIENT_MEMORY:
    case SEC_E_INVALID_HANDLE:
    case SEC_E_BUFFER_TOO_SMALL:
    case SEC_E_NO_CREDENTIALS:
    case SEC_E_UNKNOWN_CREDENTIALS:
    case SEC_E_NOT_OWNER:
        fail_msg("the %s answers 0x%08X to a changed token: %s", side, (unsigned)s->status,
                 CredmgrLastErrorText(NULL) ? CredmgrLastErrorText(NULL) : "no reason is told");
        break;
    default:
        if (s->status >= 0 || (unsigned)s->status >> 16 != 0x8009)
            fail_msg("the %s answers 0x%08X", side, (unsigned)s->status);
    }
}

static bool message(struct hostile_side *from, struct hostile_side *to)
{
    static const char text[] = "what one end says to the other";
    SecPkgContext_Sizes sizes;
    uint8_t bytes[256];
    SecBuffer made[2] = {{0, SECBUFFER_TOKEN, bytes}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, made};

    assert_int_equal(QueryContextAttributesW(&from->context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_true(sizes.cbMaxSignature <= sizeof(bytes));
    made[0].cbBuffer = sizes.cbMaxSignature;
    made[1] = (SecBuffer){sizeof(text), SECBUFFER_DATA, (void *)(uintptr_t)text};
    return MakeSignature(&from->context, 0, &desc, 0) == SEC_E_OK &&
           VerifySignature(&to->context, &desc, 0, NULL) == SEC_E_OK;
}

static void check_user(const struct hostile_handshake *h)
{
    SecPkgContext_NamesA names;

    assert_int_equal(QueryContextAttributesA((PCtxtHandle)(uintptr_t)&h->server.context,
                                             SECPKG_ATTR_NAMES, &names),
                     SEC_E_OK);
    assert_string_equal(names.sUserName, h->user);
    FreeContextBuffer(names.sUserName);
}

static void check_package(const struct hostile_handshake *h, const struct hostile_side *s)
{
    SecPkgContext_NegotiationInfoA info;

    assert_int_equal(QueryContextAttributesA((PCtxtHandle)(uintptr_t)&s->context,
                                             SECPKG_ATTR_NEGOTIATION_INFO, &info),
                     SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, h->spoken);
    FreeContextBuffer(info.PackageInfo);
}

/* A context that has failed is over, also for the right token. */
static void check_over(const struct hostile_handshake *h, struct hostile_side *s,
                       const struct hostile_token *right)
{
    static struct hostile_token out;

    if (!h->over || !s->has_context)
        return;
    step(h, s, right, &out);
    if (s->status >= 0)
        fail_msg("a context that has failed goes on: 0x%08X", (unsigned)s->status);
}

static void judge(struct hostile_handshake *h, bool changed)
{
    bool both = h->client.status == SEC_E_OK && h->server.status == SEC_E_OK;

    if (!both) {
        h->refused++;
        assert_true(changed);
        return;
    }
    check_user(h);
    /* What the initiator asked for of these it has, or no context. */
    assert_int_equal(
        h->client_wants & (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY) & ~h->client.attributes, 0);
    if (h->spoken) {
        check_package(h, &h->client);
        check_package(h, &h->server);
    }
    /* Where nothing comes back, the right token of an earlier handshake makes a context that fits
     * that one: what is repeated is for the replay cache to find. */
    if (!changed || (h->tokens > 1 && !h->keys_unprotected)) {
        assert_true(message(&h->client, &h->server));
        assert_true(message(&h->server, &h->client));
    }
    if (!changed)
        return;
    if (h->all_protected)
        fail_msg("nobody noticed the change");
    h->unharmed++;
}

/* ---- the handshake ------------------------------------------------------------------------ */

/* Changes token number `which` (TOKENS_MAX: none). `keep` fills seen[]. */
static void shake(struct hostile_handshake *h, unsigned which, struct mutator *m, bool keep)
{
    static struct hostile_token way[2], right;
    bool changed = false;
    unsigned number = 0;

    reset(&h->client);
    reset(&h->server);
    if (h->server_first) /* tokens of odd numbers are the acceptor's, here as elsewhere */
        number = 1;
    step(h, number ? &h->server : &h->client, NULL, &way[number]);
    check_status(h, number ? &h->server : &h->client);
    /* Of datagrams the initiator's first word may be none. */
    for (; number < TOKENS_MAX && (way[number % 2].size || !number); number++) {
        struct hostile_token *token = &way[number % 2];
        struct hostile_side *to = number % 2 ? &h->client : &h->server;

        if (to->status != SEC_I_CONTINUE_NEEDED)
            break;
        if (keep)
            memcpy(&seen[number], token, sizeof(*token));
        if (number == which) {
            memcpy(&right, token, sizeof(right));
            mutate(m, token, &seen[mutator_below(m, h->tokens)]);
            if (getenv("HOSTILE_SHOW")) {
                printf("# token %u, %zu and %zu bytes\n", number, right.size, token->size);
                for (size_t i = 0; i < right.size || i < token->size; i++)
                    if (i >= right.size || i >= token->size || right.data[i] != token->data[i])
                        printf("# at %zu: %02X %02X\n", i, right.data[i], token->data[i]);
            }
            changed = token->size != right.size || memcmp(token->data, right.data, right.size);
        }
        step(h, to, token, &way[(number + 1) % 2]);
        check_status(h, to);
        if (to->status < 0) {
            if (number == which)
                check_over(h, to, &right);
            break; /* what it may tell the peer is no part of this */
        }
    }
    if (keep)
        h->tokens = number;
    judge(h, changed);
}

void hostile_begin(struct hostile_handshake *h)
{
    shake(h, TOKENS_MAX, NULL, true);
    assert_true(h->tokens > 0 && h->tokens < TOKENS_MAX);
    h->refused = h->unharmed = 0;
}

void hostile_case(struct hostile_handshake *h, struct mutator *m)
{
    unsigned first = h->server_first;

    shake(h, first + (unsigned)mutator_below(m, h->tokens - first), m, false);
}

/* ---- many of them -------------------------------------------------------------------------- */

void hostile_run(struct hostile_handshake *h, uint64_t usual)
{
    uint64_t seed = hostile_number("HOSTILE_SEED", 1);

    h->runs = hostile_number("HOSTILE_RUNS", usual);
    hostile_begin(h);
    for (h->number = hostile_number("HOSTILE_FROM", 0); h->number < h->runs; h->number++) {
        struct mutator m = mutator(seed, h->number);

        hostile_case(h, &m);
    }
    printf("# %llu cases, seed %llu: %llu refused, %llu unharmed\n", (unsigned long long)h->runs,
           (unsigned long long)seed, (unsigned long long)h->refused,
           (unsigned long long)h->unharmed);
    hostile_begin(h); /* all is as it was */
}

SECURITY_STATUS hostile_refused(struct hostile_handshake *h, struct hostile_token *told)
{
    static struct hostile_token way[2];
    unsigned number = 0;

    reset(&h->client);
    reset(&h->server);
    told->size = 0;
    step(h, &h->client, NULL, &way[0]);
    while (number < TOKENS_MAX && way[number % 2].size && h->client.status >= 0) {
        struct hostile_side *to = number % 2 ? &h->client : &h->server;

        step(h, to, &way[number % 2], &way[(number + 1) % 2]);
        number++;
        if (h->server.status < 0)
            break;
    }
    memcpy(told, &way[number % 2], sizeof(*told));
    return h->server.status;
}
