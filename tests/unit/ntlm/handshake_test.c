/*
 * Handshakes of our client with our server: what is negotiated, who is let in, and what an attacker
 * between them can do.
 */
#include "tests/unit/ntlm/harness.h"

#include <stdlib.h>
#include <string.h>

#include <ntsecpkg.h>
#include <ntstatus.h>

#include "libsspi/packages/ntlm/wire/message.h"

#define SEAL_REQ (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY)

static struct side client, server;

/* What the machine's log was told of refusals. */
static unsigned audits;
static NTSTATUS audited;

VOID NTAPI __wrap_lsa_audit_logon(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account,
                                  PUNICODE_STRING authority, PUNICODE_STRING workstation, PSID sid,
                                  SECURITY_LOGON_TYPE type, PTOKEN_SOURCE source, PLUID luid);
VOID NTAPI __wrap_lsa_audit_logon(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account,
                                  PUNICODE_STRING authority, PUNICODE_STRING workstation, PSID sid,
                                  SECURITY_LOGON_TYPE type, PTOKEN_SOURCE source, PLUID luid)
{
    (void)authority, (void)workstation, (void)sid, (void)source, (void)luid;
    assert_int_equal(status, STATUS_LOGON_FAILURE);
    assert_int_equal(type, Network);
    assert_non_null(account);
    audits++;
    audited = sub_status;
}

static void set_up(const char *user, const char *domain, const char *password)
{
    assert_int_equal(side_acquire(&client, true, user, domain, password), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, "Alice", "EXAMPLE", "sésame, ouvre-toi"),
                     SEC_E_OK);
}

static void set_up_right(void)
{
    set_up("Alice", "EXAMPLE", "sésame, ouvre-toi");
}

static int end_sides(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

/* Each combination of what a client asks for, and what both sides then report. */
static void test_matrix(void **state)
{
    static const struct {
        ULONG request, client, server;
        bool sign;
    } rows[] = {
        {0, 0, 0, false},
        {ISC_REQ_IDENTIFY, ISC_RET_IDENTIFY, ASC_RET_IDENTIFY, false},
        {ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT,
         ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT, true},
        {ISC_REQ_REPLAY_DETECT, ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT,
         ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT, true},
        {ISC_REQ_INTEGRITY | ISC_REQ_NO_INTEGRITY, 0, 0, false},
        {ISC_REQ_CONFIDENTIALITY,
         ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT |
             ISC_RET_SEQUENCE_DETECT,
         ASC_RET_CONFIDENTIALITY | ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT |
             ASC_RET_SEQUENCE_DETECT,
         true},
        {ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE, 0, 0, false}, /* not NTLM's to give */
    };

    uint8_t text[] = "some text", signature[16];

    (void)state;
    set_up_right();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(shake(&client, rows[i].request, &server, 0, NULL), SEC_E_OK);
        assert_int_equal(client.attributes, rows[i].client | ISC_RET_CONNECTION);
        assert_int_equal(server.attributes, rows[i].server | ASC_RET_CONNECTION);
        /* without NTLM_SIGN what is called a signature says nothing, but fits (3.4.4.3) */
        assert_int_equal(send_signed(&client, &server, "to the server"), SEC_E_OK);
        assert_int_equal(side_protect(&client, false, text, sizeof(text), signature), SEC_E_OK);
        text[0] ^= 1;
        assert_int_equal(side_unprotect(&server, false, text, sizeof(text), signature),
                         rows[i].sign ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
        assert_int_equal(send_sealed(&server, &client, "to the client"),
                         rows[i].sign ? SEC_E_OK : SEC_E_UNSUPPORTED_FUNCTION);
    }
}

static void test_who_is_let_in(void **state)
{
    static const struct {
        const char *user, *domain, *password;
        SECURITY_STATUS status;
    } rows[] = {
        {"Alice", "EXAMPLE", "sésame, ouvre-toi", SEC_E_OK},
        {"aLICE", "example", "sésame, ouvre-toi", SEC_E_OK},
        {"alice@example", "", "sésame, ouvre-toi", SEC_E_OK},
        {"alice@other", "", "sésame, ouvre-toi", SEC_E_LOGON_DENIED},
        {"alic@example", "", "sésame, ouvre-toi", SEC_E_LOGON_DENIED},
        {"Alice", "OTHER", "sésame, ouvre-toi", SEC_E_LOGON_DENIED},
        {"Alice", "", "sésame, ouvre-toi", SEC_E_LOGON_DENIED},
        {"Bob", "EXAMPLE", "sésame, ouvre-toi", SEC_E_LOGON_DENIED},
        {"Alice", "EXAMPLE", "Sésame, ouvre-toi", SEC_E_LOGON_DENIED},
        {"Alice", "EXAMPLE", "", SEC_E_LOGON_DENIED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        set_up(rows[i].user, rows[i].domain, rows[i].password);
        assert_int_equal(shake(&client, SEAL_REQ, &server, 0, NULL), rows[i].status);
        end_sides(NULL);
    }
}

/* An acceptor that names no domain takes its account from any. */
static void test_any_domain(void **state)
{
    (void)state;
    assert_int_equal(side_acquire(&client, true, "alice", "ANYWHERE", "pw"), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, "alice", NULL, "pw"), SEC_E_OK);
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, NULL), SEC_E_OK);
    assert_names(&server, "ANYWHERE\\alice");
    assert_names(&client, "ANYWHERE\\alice");
}

static void test_credentials(void **state)
{
    struct side s;

    (void)state;
    assert_int_equal(side_acquire(&s, true, NULL, NULL, NULL), SEC_E_NO_CREDENTIALS);
    assert_int_equal(side_acquire(&s, true, NULL, "DOMAIN", "pw"), SEC_E_UNKNOWN_CREDENTIALS);
    set_up_right();
    server.client = true; /* an inbound handle cannot initiate */
    assert_int_equal(side_step(&server, 0, NULL, &(struct token){0}), SEC_E_NO_CREDENTIALS);
    server.client = false;
}

/* ---- an attacker on the way --------------------------------------------------------- */

static int which;
static uint32_t clear_flags;
static size_t flip_at;

/*
 * Takes flags out of one message. Their place is 12 in the first, 20 in the second, 60 in the
 * third.
 */
static void strip_flags(int message, struct token *t)
{
    size_t at = message == 1 ? 12 : message == 2 ? 20 : 60;

    for (size_t i = 0; message == which && i < 4; i++)
        t->data[at + i] &= (uint8_t) ~(clear_flags >> 8 * i);
}

static void flip(int message, struct token *t)
{
    if (message == which)
        t->data[flip_at < t->size ? flip_at : t->size - 1] ^= 0x40;
}

/* Nobody can talk two of us down to weaker protection, from either side. */
static void test_downgrade(void **state)
{
    static const struct {
        int message;
        uint32_t flags;
        SECURITY_STATUS status;
    } rows[] = {
        {1, NTLM_EXTENDED_SECURITY, SEC_E_UNSUPPORTED_FUNCTION},
        {2, NTLM_EXTENDED_SECURITY, SEC_E_UNSUPPORTED_FUNCTION},
        {3, NTLM_EXTENDED_SECURITY, SEC_E_UNSUPPORTED_FUNCTION},
        {1, NTLM_128, SEC_E_UNSUPPORTED_FUNCTION},
        {2, NTLM_128, SEC_E_UNSUPPORTED_FUNCTION},
        {3, NTLM_128, SEC_E_UNSUPPORTED_FUNCTION},
        {1, NTLM_SEAL, SEC_E_UNSUPPORTED_FUNCTION}, /* seen by the client: not granted */
        {2, NTLM_SEAL, SEC_E_UNSUPPORTED_FUNCTION},
        {3, NTLM_SEAL, SEC_E_MESSAGE_ALTERED}, /* seen by the MIC */
        {3, NTLM_SIGN | NTLM_SEAL, SEC_E_MESSAGE_ALTERED},
        {1, NTLM_KEY_EXCH, SEC_E_MESSAGE_ALTERED},
        {2, NTLM_KEY_EXCH, SEC_E_MESSAGE_ALTERED},
        {3, NTLM_KEY_EXCH, SEC_E_MESSAGE_ALTERED},
        {1, NTLM_56, SEC_E_MESSAGE_ALTERED},
        {2, NTLM_56, SEC_E_MESSAGE_ALTERED},
        {1, NTLM_UNICODE | NTLM_OEM, SEC_E_INVALID_TOKEN},
        {2, NTLM_UNICODE | NTLM_OEM, SEC_E_INVALID_TOKEN},
    };

    (void)state;
    set_up_right();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        which = rows[i].message;
        clear_flags = rows[i].flags;
        assert_int_equal(shake(&client, SEAL_REQ, &server, 0, strip_flags), rows[i].status);
    }
}

/* One changed bit anywhere in any message: the handshake must not succeed. */
static void test_every_bit_counts(void **state)
{
    static const size_t sizes[] = {40, 120, 300};

    (void)state;
    set_up_right();
    for (which = 1; which <= 3; which++) {
        for (flip_at = 0; flip_at < sizes[which - 1]; flip_at++)
            if (shake(&client, SEAL_REQ, &server, 0, flip) == SEC_E_OK)
                fail_msg("message %d, byte %zu may be changed", which, flip_at);
    }
}

/*
 * The names in the challenge are under the MIC as well, though the proof of the client covers them
 * too.
 */
static void test_mic(void **state)
{
    (void)state;
    set_up_right();
    audits = 0;
    which = 3;
    flip_at = NTLM_MIC_OFFSET + 3;
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, flip), SEC_E_MESSAGE_ALTERED);
    flip_at = 64; /* the version: nothing depends on it but the MIC */
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, flip), SEC_E_MESSAGE_ALTERED);
    which = 1;
    flip_at = 32;
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, flip), SEC_E_MESSAGE_ALTERED);
    /* somebody has a right proof and is not its owner: that belongs into the log */
    assert_int_equal(audits, 3);
    assert_int_equal(audited, SEC_E_MESSAGE_ALTERED);
}

/* A proof that was good once is worth nothing under another challenge. */
static void test_replayed_answer(void **state)
{
    struct token one, two, three, none;

    (void)state;
    set_up_right();
    assert_int_equal(side_step(&client, SEAL_REQ, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, SEAL_REQ, &two, &three), SEC_E_OK);
    assert_int_equal(side_step(&server, 0, &three, &none), SEC_E_OK);
    assert_int_equal(side_step(&server, 0, &three, &none), SEC_E_INVALID_HANDLE);
    side_reset(&server);
    assert_int_equal(side_step(&server, 0, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &three, &none), SEC_E_LOGON_DENIED);
    assert_int_equal(side_step(&server, 0, &three, &none),
                     SEC_E_INVALID_HANDLE); /* no second try */
}

/* Messages out of turn. */
static void test_wrong_turn(void **state)
{
    struct token one, two, out;

    (void)state;
    set_up_right();
    assert_int_equal(side_step(&server, 0, NULL, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, 0, &one, &out), SEC_E_INVALID_TOKEN);
    side_reset(&client);
    assert_int_equal(side_step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &one, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&client, 0, NULL, &out), SEC_E_INVALID_TOKEN);
}

/* Connectionless: the server's word is the first one, 3.1.5.2 and 3.2.5.2. */
static void test_datagram(void **state)
{
    const ULONG wants = ISC_REQ_DATAGRAM | SEAL_REQ;
    struct token none, two, three;

    (void)state;
    set_up_right();
    assert_int_equal(side_step(&client, wants, NULL, &none), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(none.size, 0);
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, &none, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, wants, &two, &three), SEC_E_OK);
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, &three, &none), SEC_E_OK);
    assert_int_equal(client.attributes & (ISC_RET_DATAGRAM | ISC_RET_CONNECTION), ISC_RET_DATAGRAM);
    assert_int_equal(server.attributes & (ASC_RET_DATAGRAM | ASC_RET_CONNECTION), ASC_RET_DATAGRAM);
    assert_int_equal(send_sealed(&client, &server, "a datagram"), SEC_E_OK);
    assert_int_equal(send_sealed(&server, &client, "another"), SEC_E_OK);
    assert_names(&server, "EXAMPLE\\Alice");
    /* the MIC covers what there was: any other bit of the challenge, and the answer is refused */
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, NULL, &two), SEC_I_CONTINUE_NEEDED);
    two.data[48] ^= 1;                                                   /* the version */
    assert_int_equal(side_step(&client, wants, &two, &three), SEC_E_OK); /* in its first call */
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, &three, &none), SEC_E_MESSAGE_ALTERED);
}

/* Each side notices that the other one means connections. */
static void test_no_datagram(void **state)
{
    struct token one, two, three;

    (void)state;
    set_up_right();
    assert_int_equal(side_step(&client, SEAL_REQ, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, &one, &two), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(side_step(&server, 0, &one, &two), SEC_I_CONTINUE_NEEDED);
    side_reset(&client);
    assert_int_equal(side_step(&client, ISC_REQ_DATAGRAM, &two, &three),
                     SEC_E_UNSUPPORTED_FUNCTION);
    side_reset(&server);
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, NULL, &two), SEC_I_CONTINUE_NEEDED);
    side_reset(&client);
    assert_int_equal(side_step(&client, SEAL_REQ, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, SEAL_REQ, &two, &three), SEC_E_OK);
    assert_int_equal(side_step(&server, ASC_REQ_DATAGRAM, &three, &one),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

/* ---- nobody ------------------------------------------------------------------------- */

static SECURITY_STATUS shake_anonymous(ULONG client_wants, ULONG server_wants)
{
    SECURITY_STATUS status = shake(&client, client_wants, &server, server_wants, NULL);

    if (status == SEC_E_OK) {
        assert_true(client.attributes & ISC_RET_NULL_SESSION);
        assert_true(server.attributes & ASC_RET_NULL_SESSION);
        assert_names(&server, "NT AUTHORITY\\ANONYMOUS LOGON");
    }
    return status;
}

static void test_anonymous(void **state)
{
    HANDLE token = NULL;

    (void)state;
    set_up("", "", ""); /* strings, all of them, and empty */
    assert_int_equal(shake_anonymous(0, 0), SEC_E_LOGON_DENIED);
    assert_int_equal(shake_anonymous(0, ASC_REQ_ALLOW_NULL_SESSION), SEC_E_OK);
    assert_int_equal(shake_anonymous(SEAL_REQ, ASC_REQ_ALLOW_NULL_SESSION), SEC_E_OK);
    assert_int_equal(send_sealed(&client, &server, "from nobody"), SEC_E_OK);
    assert_true(QuerySecurityContextToken(&server.context, &token) != SEC_E_OK);
    end_sides(NULL);
    set_up_right(); /* somebody who wants to be nobody */
    assert_int_equal(shake_anonymous(ISC_REQ_NULL_SESSION | SEAL_REQ, 0), SEC_E_LOGON_DENIED);
    assert_int_equal(shake_anonymous(ISC_REQ_NULL_SESSION | SEAL_REQ, ASC_REQ_ALLOW_NULL_SESSION),
                     SEC_E_OK);
    /* who may be nobody need not be */
    assert_int_equal(shake(&client, SEAL_REQ, &server, ASC_REQ_ALLOW_NULL_SESSION, NULL), SEC_E_OK);
    assert_names(&server, "EXAMPLE\\Alice");
    assert_false(server.attributes & ASC_RET_NULL_SESSION);
}

/* ---- channel bindings --------------------------------------------------------------- */

struct tls_bindings {
    SEC_CHANNEL_BINDINGS head;
    char data[32];
};

static struct tls_bindings bindings_of(const char *text)
{
    struct tls_bindings b = {.head = {.cbApplicationDataLength = (ULONG)strlen(text),
                                      .dwApplicationDataOffset = sizeof(b.head)}};

    strncpy(b.data, text, sizeof(b.data) - 1);
    return b;
}

static SECURITY_STATUS shake_bound(const struct tls_bindings *ours,
                                   const struct tls_bindings *theirs, ULONG server_wants)
{
    client.bindings = ours;
    client.bindings_size = sizeof(*ours);
    server.bindings = theirs;
    server.bindings_size = sizeof(*theirs);
    return shake(&client, SEAL_REQ, &server, server_wants, NULL);
}

static void test_bindings(void **state)
{
    struct tls_bindings a = bindings_of("tls-server-end-point:a"),
                        b = bindings_of("tls-server-end-point:b");
    struct tls_bindings outside = a;
    struct {
        SEC_CHANNEL_BINDINGS_EX head;
        char data[32];
    } ex = {.head = {.magicNumber = SEC_CHANNEL_BINDINGS_EX_MAGIC,
                     .cbHeaderLength = sizeof(ex.head),
                     .cbStructureLength = sizeof(ex),
                     .cbApplicationDataLength = a.head.cbApplicationDataLength,
                     .dwApplicationDataOffset = sizeof(ex.head)}};

    (void)state;
    memcpy(ex.data, a.data, sizeof(ex.data));
    set_up_right();
    assert_int_equal(shake_bound(&a, &a, 0), SEC_E_OK);
    audits = 0;
    assert_int_equal(shake_bound(&a, &b, 0), SEC_E_BAD_BINDINGS);
    assert_int_equal(audits, 1);
    assert_int_equal(audited, SEC_E_BAD_BINDINGS);
    assert_int_equal(shake_bound(&a, &b, ASC_REQ_ALLOW_MISSING_BINDINGS), SEC_E_BAD_BINDINGS);
    assert_int_equal(shake_bound(&a, NULL, 0), SEC_E_OK); /* the server does not ask */
    assert_int_equal(shake_bound(NULL, &a, 0), SEC_E_BAD_BINDINGS);
    assert_int_equal(shake_bound(NULL, &a, ASC_REQ_ALLOW_MISSING_BINDINGS), SEC_E_OK);
    /* the newer structure, at one end */
    client.bindings = &a;
    client.bindings_size = sizeof(a);
    server.bindings = &ex;
    server.bindings_size = sizeof(ex);
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, NULL), SEC_E_OK);
    ex.data[0] ^= 1;
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, NULL), SEC_E_BAD_BINDINGS);
    outside.head.dwApplicationDataOffset = 60;
    assert_int_equal(shake_bound(&outside, &a, 0), SEC_E_BAD_BINDINGS);
    outside.head.dwApplicationDataOffset = UINT32_MAX;
    assert_int_equal(shake_bound(&outside, &a, 0), SEC_E_BAD_BINDINGS);
}

/* ---- what contexts tell ------------------------------------------------------------- */

static void test_attributes(void **state)
{
    SecPkgContext_Sizes sizes;
    SecPkgContext_StreamSizes stream;
    SecPkgContext_NativeNamesA native;
    SecPkgContext_Lifespan life;
    SecPkgContext_Flags flags;
    SecPkgContext_KeyInfoA key;
    SecPkgContext_SessionKey ours, theirs;
    SecPkgContext_PackageInfoW package;
    SecPkgContext_NegotiationInfoA negotiation;
    SecPkgContext_ClientSpecifiedTarget target;

    (void)state;
    set_up_right();
    client.target = u"HTTP/www.example.com";
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, NULL), SEC_E_OK);
    assert_names(&client, "EXAMPLE\\Alice");
    assert_names(&server, "EXAMPLE\\Alice");
    assert_int_equal(QueryContextAttributesA(&server.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxToken, 2888);
    assert_int_equal(sizes.cbMaxSignature, 16);
    assert_int_equal(sizes.cbSecurityTrailer, 16);
    assert_int_equal(QueryContextAttributesA(&server.context, SECPKG_ATTR_STREAM_SIZES, &stream),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(&client.context, 1108, &stream),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(&client.context, SECPKG_ATTR_NATIVE_NAMES, &native),
                     SEC_E_OK);
    assert_string_equal(native.sClientName, "EXAMPLE\\Alice");
    assert_string_equal(native.sServerName, "HTTP/www.example.com");
    FreeContextBuffer(native.sClientName);
    FreeContextBuffer(native.sServerName);
    assert_int_equal(
        QueryContextAttributesW(&server.context, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target),
        SEC_E_OK);
    assert_memory_equal(target.sTargetName, u"HTTP/www.example.com",
                        sizeof(u"HTTP/www.example.com"));
    FreeContextBuffer(target.sTargetName);
    assert_int_equal(QueryContextAttributesA(&client.context, SECPKG_ATTR_LIFESPAN, &life),
                     SEC_E_OK);
    assert_true(life.tsStart.QuadPart > 0 && life.tsExpiry.QuadPart == INT64_MAX);
    assert_int_equal(QueryContextAttributesA(&client.context, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags & ISC_RET_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY);
    assert_int_equal(QueryContextAttributesA(&client.context, SECPKG_ATTR_KEY_INFO, &key),
                     SEC_E_OK);
    assert_string_equal(key.sEncryptAlgorithmName, "RSADSI RC4");
    assert_int_equal(key.KeySize, 128);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SESSION_KEY, &ours),
                     SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_SESSION_KEY, &theirs),
                     SEC_E_OK);
    assert_int_equal(ours.SessionKeyLength, 16);
    assert_memory_equal(ours.SessionKey, theirs.SessionKey, 16);
    FreeContextBuffer(ours.SessionKey);
    FreeContextBuffer(theirs.SessionKey);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_PACKAGE_INFO, &package),
                     SEC_E_OK);
    assert_memory_equal(package.PackageInfo->Name, u"NTLM", 10);
    assert_int_equal(package.PackageInfo->wRPCID, 10);
    FreeContextBuffer(package.PackageInfo);
    assert_int_equal(
        QueryContextAttributesA(&client.context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
        SEC_E_OK);
    assert_string_equal(negotiation.PackageInfo->Name, "NTLM");
    FreeContextBuffer(negotiation.PackageInfo);
    assert_int_equal(CompleteAuthToken(&client.context, NULL), SEC_E_OK);
}

/* Names of every length and alphabet go through; the longest ones need more than a usual token. */
static void test_names(void **state)
{
    static const char *const users[] = {"a", "Жанна", "用户", "ﬁ", "ŸŸŸ", "ıſß", "🔑"};
    char long_user[201];

    (void)state;
    for (size_t i = 0; i <= sizeof(users) / sizeof(users[0]); i++) {
        const char *user = i < sizeof(users) / sizeof(users[0]) ? users[i] : long_user;

        memset(long_user, 'u', sizeof(long_user) - 1);
        long_user[sizeof(long_user) - 1] = 0;
        assert_int_equal(side_acquire(&client, true, user, "D", "pw"), SEC_E_OK);
        assert_int_equal(side_acquire(&server, false, user, "d", "pw"), SEC_E_OK);
        assert_int_equal(shake(&client, SEAL_REQ, &server, 0, NULL), SEC_E_OK);
        end_sides(NULL);
    }
}

/* A client that cannot do Unicode: names are then in its OEM character set. */
static void to_oem(int message, struct token *t)
{
    if (message == 1)
        t->data[12] &= (uint8_t)~NTLM_UNICODE;
}

static void test_oem(void **state)
{
    (void)state;
    set_up_right();
    /* the change itself is an attack, and the MIC finds it; but it must come as far as the MIC */
    assert_int_equal(shake(&client, SEAL_REQ, &server, 0, to_oem), SEC_E_MESSAGE_ALTERED);
}

#define TEST(f) cmocka_unit_test_teardown(f, end_sides)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_matrix),      TEST(test_who_is_let_in),   TEST(test_any_domain),
        TEST(test_credentials), TEST(test_downgrade),       TEST(test_every_bit_counts),
        TEST(test_mic),         TEST(test_replayed_answer), TEST(test_wrong_turn),
        TEST(test_datagram),    TEST(test_no_datagram),     TEST(test_anonymous),
        TEST(test_bindings),    TEST(test_attributes),      TEST(test_names),
        TEST(test_oem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
