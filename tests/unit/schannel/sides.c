/*
 * See sides.h.
 */
#include "tests/unit/schannel/sides.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/certificates/internal.h"
#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Schannel", tls_lsa_mode_initialize, tls_user_mode_initialize,
     BUILTIN_IN_PROCESS | BUILTIN_OWN_AUTH_DATA},
    {NULL, NULL, NULL, 0},
};

/* ---- certificates ---- */

struct world world;

int world_setup(void **state)
{
    struct body *root;

    (void)state;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1); /* nobody's own certificates */
    world.root = entity_make(
        &(struct wish){.subject = "Test root", .constraints = "critical,CA:TRUE"}, NULL);
    world.stranger_root = entity_make(
        &(struct wish){.subject = "Other root", .constraints = "critical,CA:TRUE"}, NULL);
    world.server = entity_make(
        &(struct wish){.subject = "server.test", .names = "DNS:server.test", .usage = "serverAuth"},
        &world.root);
    world.other_server = entity_make(
        &(struct wish){.subject = "other.test", .names = "DNS:other.test", .usage = "serverAuth"},
        &world.root);
    world.rsa_server = entity_make(&(struct wish){.subject = "server.test",
                                                  .names = "DNS:server.test",
                                                  .usage = "serverAuth",
                                                  .rsa_bits = 2048},
                                   &world.root);
    world.client =
        entity_make(&(struct wish){.subject = "Client", .usage = "clientAuth"}, &world.root);
    world.stranger = entity_make(&(struct wish){.subject = "Stranger", .usage = "clientAuth"},
                                 &world.stranger_root);
    world.roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    assert_non_null(world.roots);
    root = body_new(world.root.x509, NULL, NULL);
    assert_true(root && store_add(store_of(world.roots), root));
    body_release(root);
    return 0;
}

int world_teardown(void **state)
{
    struct entity *all[] = {&world.root,       &world.server, &world.other_server,
                            &world.rsa_server, &world.client, &world.stranger_root,
                            &world.stranger};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        entity_free(all[i]);
    CertCloseStore(world.roots, 0);
    return 0;
}

PCCERT_CONTEXT certificate_of(const struct entity *entity, bool with_key)
{
    PCCERT_CONTEXT context = certificate_context(entity->x509, with_key ? entity->key : NULL, NULL);

    assert_non_null(context);
    return context;
}

/* ---- bytes ---- */

void bytes_add(struct bytes *b, const void *data, size_t size)
{
    if (size == 0)
        return;
    b->data = realloc(b->data, b->size + size);
    assert_non_null(b->data);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void bytes_drop(struct bytes *b, size_t size)
{
    assert_true(size <= b->size);
    memmove(b->data, b->data + size, b->size - size);
    b->size -= size;
}

void bytes_free(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){NULL, 0};
}

/* ---- ours ---- */

SECURITY_STATUS ours_acquire(struct ours *o, bool server, void *auth_data)
{
    SECURITY_STATUS status;

    o->server = server;
    o->flags = server ? SERVER_FLAGS : CLIENT_FLAGS;
    if (!server && !o->target)
        o->target = u"server.test";
    status = AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)UNISP_NAME_W,
                                       server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
                                       auth_data, NULL, NULL, &o->credential, NULL);
    o->has_credential = status == SEC_E_OK;
    return status;
}

void ours_client(struct ours *o)
{
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION, .hRootStore = world.roots};

    *o = (struct ours){.server = false};
    assert_int_equal(ours_acquire(o, false, &c), SEC_E_OK);
}

void ours_server(struct ours *o)
{
    PCCERT_CONTEXT own = certificate_of(&world.server, true);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .hRootStore = world.roots};

    *o = (struct ours){.server = true};
    assert_int_equal(ours_acquire(o, true, &c), SEC_E_OK);
    CertFreeCertificateContext(own);
}

SECURITY_STATUS ours_raw(struct ours *o, const void *in, size_t in_size, struct bytes *out)
{
    SecBuffer given[3] = {
        {(ULONG)in_size, SECBUFFER_TOKEN, (void *)(uintptr_t)in},
        {0, SECBUFFER_EMPTY, NULL},
        {o->protocols_size, SECBUFFER_APPLICATION_PROTOCOLS, (void *)(uintptr_t)o->protocols}};
    SecBuffer got[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, o->protocols ? 3 : 2, given};
    SecBufferDesc output = {SECBUFFER_VERSION, o->wants_alert ? 2 : 1, got};
    PCtxtHandle old = o->has_context ? &o->context : NULL;
    SECURITY_STATUS status;

    if (o->server)
        status = AcceptSecurityContext(&o->credential, old, &input, o->flags, 0, &o->context,
                                       &output, &o->attributes, NULL);
    else
        status = InitializeSecurityContextW(&o->credential, old, (SEC_WCHAR *)(uintptr_t)o->target,
                                            o->flags, 0, 0, in || o->protocols ? &input : NULL, 0,
                                            &o->context, &output, &o->attributes, NULL);
    o->has_context = o->has_context || status >= 0;
    o->rest_type = given[1].BufferType;
    o->rest_size = given[1].cbBuffer;
    bytes_add(out, got[0].pvBuffer, got[0].cbBuffer);
    if (got[0].pvBuffer)
        FreeContextBuffer(got[0].pvBuffer);
    o->alert_size = got[1].cbBuffer < sizeof(o->alert) ? got[1].cbBuffer : 0;
    if (o->alert_size)
        memcpy(o->alert, got[1].pvBuffer, o->alert_size);
    if (got[1].pvBuffer)
        FreeContextBuffer(got[1].pvBuffer);
    return status;
}

SECURITY_STATUS ours_leg(struct ours *o, struct bytes *in, struct bytes *out)
{
    size_t given = in ? in->size : 0;
    SECURITY_STATUS status = ours_raw(o, given ? in->data : NULL, given, out);

    if (status >= 0 && status != SEC_I_INCOMPLETE_CREDENTIALS && given)
        bytes_drop(in, given - (o->rest_type == SECBUFFER_EXTRA ? o->rest_size : 0));
    return status;
}

SECURITY_STATUS ours_control(struct ours *o, DWORD type)
{
    SecBuffer token = {sizeof(type), SECBUFFER_TOKEN, &type};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};

    return ApplyControlToken(&o->context, &desc);
}

void ours_reset(struct ours *o)
{
    if (o->has_context)
        assert_int_equal(DeleteSecurityContext(&o->context), SEC_E_OK);
    o->has_context = false;
}

void ours_end(struct ours *o)
{
    ours_reset(o);
    if (o->has_credential)
        assert_int_equal(FreeCredentialsHandle(&o->credential), SEC_E_OK);
    o->has_credential = false;
}

void ours_send(struct ours *o, const char *text, struct bytes *out)
{
    SecPkgContext_StreamSizes sizes;
    SecBuffer b[4];
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    size_t size = strlen(text);
    uint8_t *memory;

    assert_int_equal(QueryContextAttributesW(&o->context, SECPKG_ATTR_STREAM_SIZES, &sizes),
                     SEC_E_OK);
    memory = malloc(sizes.cbHeader + size + sizes.cbTrailer);
    assert_non_null(memory);
    memcpy(memory + sizes.cbHeader, text, size);
    b[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, memory};
    b[1] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, memory + sizes.cbHeader};
    b[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, memory + sizes.cbHeader + size};
    b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    assert_int_equal(EncryptMessage(&o->context, 0, &desc, 0), SEC_E_OK);
    for (int i = 0; i < 3; i++)
        bytes_add(out, b[i].pvBuffer, b[i].cbBuffer);
    free(memory);
}

SECURITY_STATUS ours_receive(struct ours *o, struct bytes *in, char *text, size_t room)
{
    SecBuffer b[4] = {{(ULONG)in->size, SECBUFFER_DATA, in->data}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    SECURITY_STATUS status = DecryptMessage(&o->context, &desc, 0, NULL);
    size_t left = 0;

    *text = '\0';
    if (status < 0)
        return status;
    for (int i = 0; i < 4; i++) {
        if (b[i].BufferType == SECBUFFER_DATA) {
            assert_true(b[i].cbBuffer < room);
            memcpy(text, b[i].pvBuffer, b[i].cbBuffer);
            text[b[i].cbBuffer] = '\0';
        } else if (b[i].BufferType == SECBUFFER_EXTRA) {
            left = b[i].cbBuffer;
        }
    }
    bytes_drop(in, in->size - left);
    return status;
}

/* ---- OpenSSL's ---- */

void theirs_connect(struct theirs *t)
{
    bool server = SSL_CTX_get0_certificate(t->context) != NULL &&
                  SSL_CTX_get_ssl_method(t->context) == TLS_server_method();

    if (t->ssl) /* else OpenSSL thinks that its session was bad */
        SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(t->ssl);
    t->ssl = SSL_new(t->context);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    assert_true(t->ssl && t->in && t->out);
    SSL_set_bio(t->ssl, t->in, t->out);
    if (server)
        SSL_set_accept_state(t->ssl);
    else
        SSL_set_connect_state(t->ssl);
}

void theirs_new(struct theirs *t, bool server)
{
    X509_STORE *store;

    *t = (struct theirs){.context = NULL};
    t->context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    assert_non_null(t->context);
    store = SSL_CTX_get_cert_store(t->context);
    assert_int_equal(X509_STORE_add_cert(store, world.root.x509), 1);
    if (server) {
        assert_int_equal(SSL_CTX_use_certificate(t->context, world.server.x509), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(t->context, world.server.key), 1);
    } else {
        SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
    }
    SSL_CTX_set_session_id_context(t->context, (const uint8_t *)"test", 4);
    theirs_connect(t);
}

void theirs_end(struct theirs *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->context);
    *t = (struct theirs){.context = NULL};
    ERR_clear_error();
}

void theirs_flush(struct theirs *t, struct bytes *out)
{
    char *data;
    long size = BIO_get_mem_data(t->out, &data);

    bytes_add(out, data, (size_t)size);
    BIO_reset(t->out);
}

static void give(struct theirs *t, struct bytes *in)
{
    if (in && in->size) {
        assert_int_equal(BIO_write(t->in, in->data, (int)in->size), (int)in->size);
        bytes_drop(in, in->size);
    }
}

bool theirs_step(struct theirs *t, struct bytes *in, struct bytes *out)
{
    int result;

    give(t, in);
    ERR_clear_error();
    result = SSL_do_handshake(t->ssl);
    theirs_flush(t, out);
    return result == 1;
}

void theirs_send(struct theirs *t, const char *text, struct bytes *out)
{
    assert_int_equal(SSL_write(t->ssl, text, (int)strlen(text)), (int)strlen(text));
    theirs_flush(t, out);
}

int theirs_receive(struct theirs *t, struct bytes *in, char *text, size_t room)
{
    int size;

    give(t, in);
    ERR_clear_error();
    size = SSL_read(t->ssl, text, (int)room - 1);
    text[size > 0 ? size : 0] = '\0';
    return size;
}

SECURITY_STATUS shake(struct ours *o, struct theirs *t)
{
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    char nothing[4];
    bool done = false;

    for (int leg = 0; leg < 10 && (status != SEC_E_OK || !done); leg++) {
        if (status != SEC_E_OK && (!o->server || to_us.size)) {
            status = ours_leg(o, to_us.size ? &to_us : NULL, &to_them);
            if (status < 0 || status == SEC_I_INCOMPLETE_CREDENTIALS)
                break;
        }
        done = theirs_step(t, &to_them, &to_us);
    }
    if (status < 0)
        theirs_step(t, &to_them, &to_us);
    if (status == SEC_E_OK && !done)
        status = SEC_E_ILLEGAL_MESSAGE;
    /* Tickets and the like. */
    if (status == SEC_E_OK && o->server)
        assert_int_equal(to_us.size, 0);
    while (status == SEC_E_OK && to_us.size)
        status = ours_receive(o, &to_us, nothing, sizeof(nothing));
    if (status == SEC_E_OK)
        theirs_receive(t, &to_them, nothing, sizeof(nothing));
    bytes_free(&to_us);
    bytes_free(&to_them);
    return status;
}

SECURITY_STATUS shake_ours(struct ours *client, struct ours *server, SECURITY_STATUS *client_status)
{
    struct bytes to_client = {NULL, 0}, to_server = {NULL, 0};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    *client_status = SEC_I_CONTINUE_NEEDED;
    for (int leg = 0; leg < 10; leg++) {
        if (*client_status != SEC_E_OK)
            *client_status = ours_leg(client, to_client.size ? &to_client : NULL, &to_server);
        if (status != SEC_E_OK && to_server.size)
            status = ours_leg(server, &to_server, &to_client);
        if (status < 0 || *client_status < 0 || *client_status == SEC_I_INCOMPLETE_CREDENTIALS)
            break;
        if (status == SEC_E_OK && *client_status == SEC_E_OK)
            break;
    }
    while (*client_status == SEC_E_OK && status == SEC_E_OK && to_client.size) {
        char nothing[4];

        *client_status = ours_receive(client, &to_client, nothing, sizeof(nothing));
    }
    bytes_free(&to_client);
    bytes_free(&to_server);
    return status;
}
