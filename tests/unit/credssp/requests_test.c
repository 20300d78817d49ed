/*
 * TSRequests in records as a peer may cut them: TLS and TSPkg driven one by one, so that the server
 * of CredSSP gets what its own client would never send.
 */
#include "tests/unit/credssp/sides.h"

#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ts_channel.h"

/* A client by hand: the channel, and TSPkg's context beside it. */
struct hand {
    struct side tls;
    CredHandle credential;
    CtxtHandle context;
    bool has_context;
    SECURITY_STATUS status;
    uint8_t request[ROOM]; /* its next TSRequest */
    size_t size;
};

static void hand_leg(struct hand *h, const uint8_t *answer, size_t answer_size)
{
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(server_entity.x509);
    struct ts_channel channel = {0, ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)};
    uint8_t params[TS_CHANNEL_SIZE(1024)];
    SecBuffer in[2] = {
        {(ULONG)answer_size, SECBUFFER_TOKEN, (void *)(uintptr_t)answer},
        {(ULONG)TS_CHANNEL_SIZE(channel.public_key_size), SECBUFFER_PKG_PARAMS, params}};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, h->has_context ? &in[0] : &in[1]};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;

    assert_true(channel.public_key_size <= 1024);
    ts_channel_write(params, &channel);
    h->status = InitializeSecurityContextA(
        &h->credential, h->has_context ? &h->context : NULL, (SEC_CHAR *)TARGET,
        ISC_REQ_DELEGATE | ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NATIVE_DREP, &input, 0, &h->context,
        &output, &attributes, NULL);
    assert_true(h->status >= 0 && out.cbBuffer > 0 && out.cbBuffer <= ROOM);
    h->has_context = true;
    memcpy(h->request, out.pvBuffer, out.cbBuffer);
    h->size = out.cbBuffer;
    FreeContextBuffer(out.pvBuffer);
}

/* The channel stands, and the first TSRequest is ready. */
static void hand_begin(struct hand *h, struct side *server)
{
    CREDSSP_CRED *cred = auth_data_of(&alice, true);
    struct credentials tls = alice;

    h->has_context = false;
    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)TS_SSP_NAME, SECPKG_CRED_OUTBOUND,
                                               NULL, cred->pSpnegoCred, NULL, NULL, &h->credential,
                                               NULL),
                     SEC_E_OK);
    tls.bare_tls = true;
    assert_int_equal(acquire_as(&h->tls, true, &tls), SEC_E_OK);
    assert_int_equal(acquire_as(server, false, &server_credentials), SEC_E_OK);
    h->tls.target = "server.example.test";
    while (h->tls.status != SEC_E_OK) {
        leg(&h->tls, server);
        if (!deliver(server, 0)) /* TLS 1.2: the server has had the last word */
            break;
        assert_int_equal(leg(server, &h->tls), SEC_I_CONTINUE_NEEDED);
        deliver(&h->tls, 0);
    }
    assert_int_equal(h->tls.status, SEC_E_OK);
    hand_leg(h, NULL, 0);
}

static void hand_end(struct hand *h, struct side *server)
{
    assert_int_equal(DeleteSecurityContext(&h->context), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h->credential), SEC_E_OK);
    end(&h->tls, server);
}

/* All that there is, in records of `piece` bytes. */
static SECURITY_STATUS hand_send(struct hand *h, struct side *server, size_t piece)
{
    for (size_t at = 0; at < h->size; at += piece) {
        size_t size = h->size - at < piece ? h->size - at : piece;

        assert_int_equal(send_message(&h->tls, server, h->request + at, size), SEC_E_OK);
    }
    deliver(server, 0);
    return leg(server, &h->tls);
}

/* The server's TSRequest is answered; false when there was none. */
static void hand_answer(struct hand *h)
{
    static uint8_t answer[ROOM];
    size_t size = 0;

    deliver(&h->tls, 0);
    while (h->tls.inbox_size) {
        size_t got;

        assert_int_equal(receive_message(&h->tls, answer + size, &got), SEC_E_OK);
        size += got;
    }
    assert_true(size > 0);
    hand_leg(h, answer, size);
}

static struct hand hand;

static void test_cut(void **state)
{
    static const size_t pieces[] = {1, 3, 50, 16384};
    SecPkgContext_ClientCreds creds;
    struct side server;

    (void)state;
    alice.protocols = server_credentials.protocols = SP_PROT_TLS1_2;
    for (size_t i = 0; i < ARRAYSIZE(pieces); i++) {
        hand_begin(&hand, &server);
        while (hand.status != SEC_E_OK) {
            assert_int_equal(hand_send(&hand, &server, pieces[i]), SEC_I_CONTINUE_NEEDED);
            hand_answer(&hand);
        }
        assert_int_equal(hand_send(&hand, &server, pieces[i]), SEC_E_OK);
        assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_CREDS, &creds),
                         SEC_E_OK);
        FreeContextBuffer(creds.AuthBuffer);
        assert_messages(&hand.tls, &server, 100);
        hand_end(&hand, &server);
    }
}

/* What is in the record of the last one is for nobody: neither a TSRequest nor a message. */
static void test_more_in_the_last(void **state)
{
    struct side server;

    (void)state;
    alice.protocols = server_credentials.protocols = SP_PROT_TLS1_2;
    hand_begin(&hand, &server);
    while (hand.status != SEC_E_OK) {
        assert_int_equal(hand_send(&hand, &server, 16384), SEC_I_CONTINUE_NEEDED);
        hand_answer(&hand);
    }
    hand.request[hand.size++] = 0x30;
    assert_int_equal(hand_send(&hand, &server, 16384), SEC_E_INVALID_TOKEN);
    assert_int_equal(leg(&server, &hand.tls), SEC_E_INVALID_HANDLE);
    hand_end(&hand, &server);
}

/* Nobody speaks twice. */
static void test_two_at_once(void **state)
{
    struct side server;

    (void)state;
    alice.protocols = server_credentials.protocols = SP_PROT_TLS1_2;
    hand_begin(&hand, &server);
    memcpy(hand.request + hand.size, hand.request, hand.size);
    hand.size *= 2;
    assert_true(hand_send(&hand, &server, 16384) < 0);
    hand_end(&hand, &server);
}

/* As long as may be, and nonsense: the server holds that much, and no more. */
static void test_longest(void **state)
{
    static const uint8_t head[] = {0x30, 0x83, 0x0f, 0xff, 0xfb};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    struct side server;
    unsigned records = 0;

    (void)state;
    alice.protocols = server_credentials.protocols = SP_PROT_TLS1_2;
    hand_begin(&hand, &server);
    memset(hand.request, 0, 16384);
    memcpy(hand.request, head, sizeof(head));
    hand.size = 16384;
    for (; status == SEC_I_CONTINUE_NEEDED && records < 100; records++) {
        status = hand_send(&hand, &server, 16384);
        memset(hand.request, 0, sizeof(head));
    }
    assert_int_equal(status, SEC_E_INVALID_TOKEN);
    assert_int_equal(records, 64);
    hand_end(&hand, &server);
}

/* Ours, too, when it is more than a record can hold. */
static void test_large_credentials(void **state)
{
    static WCHAR password[20001];
    SecPkgContext_ClientCreds creds;
    const KERB_INTERACTIVE_LOGON *logon;
    struct side client, server;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(password) - 1; i++)
        password[i] = (WCHAR)(u'a' + i % 26);
    alice.password = server_credentials.password = password;
    for (size_t piece = 0; piece <= 1000; piece += 1000) {
        acquire(&client, &server);
        assert_int_equal(shake(&client, &server, piece), SEC_E_OK);
        assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_CREDS, &creds),
                         SEC_E_OK);
        logon = (const KERB_INTERACTIVE_LOGON *)(const void *)creds.AuthBuffer;
        assert_int_equal(logon->Password.Length, 40000);
        assert_memory_equal(creds.AuthBuffer + (uintptr_t)logon->Password.Buffer, password, 40000);
        FreeContextBuffer(creds.AuthBuffer);
        end(&client, &server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cut, reset),
        cmocka_unit_test_setup(test_more_in_the_last, reset),
        cmocka_unit_test_setup(test_two_at_once, reset),
        cmocka_unit_test_setup(test_longest, reset),
        cmocka_unit_test_setup(test_large_credentials, reset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
