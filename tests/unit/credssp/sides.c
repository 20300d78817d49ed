/*
 * Handshakes between two sides of one process.
 */
#include "tests/unit/credssp/sides.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/utf16.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/certificates/internal.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"

struct entity authority, server_entity, other_entity, client_entity;
HCERTSTORE roots;
static char *krb5_conf;
struct credentials alice, server_credentials;

/* ---- lsa.conf ---------------------------------------------------------------------------------
 */

static const char *const everywhere[] = {"allow_fresh_credentials_ntlm_only", "*", NULL};
static const char *const *policy = everywhere;

const char *__wrap_lsa_setting(const char *package, const char *name, const char *fallback);

/* In the place of the machine's lsa.conf. */
const char *__wrap_lsa_setting(const char *package, const char *name, const char *fallback)
{
    for (size_t i = 0; strcasecmp(package, "tspkg") == 0 && policy[i]; i += 2)
        if (strcmp(policy[i], name) == 0)
            return policy[i + 1];
    return fallback;
}

void set_policy(const char *const *pairs)
{
    policy = pairs ? pairs : everywhere;
}

/* No KDC is asked by name, and none is known. */
static void without_kdc(void)
{
    static const char text[] = "[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
                               " default_realm = NOWHERE.EXAMPLE.TEST\n";
    char path[] = "/tmp/credssp-krb5-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    krb5_conf = strdup(path);
    assert_non_null(krb5_conf);
    setenv("KRB5_CONFIG", krb5_conf, 1);
}

int set_up(void **state)
{
    struct body *root;

    (void)state;
    without_kdc();
    authority = entity_make(
        &(struct wish){.subject = "Test Authority", .constraints = "critical,CA:TRUE"}, NULL);
    server_entity = entity_make(&(struct wish){.subject = "server.example.test",
                                               .names = "DNS:server.example.test",
                                               .usage = "serverAuth"},
                                &authority);
    other_entity = entity_make(&(struct wish){.subject = "other.example.test",
                                              .names = "DNS:other.example.test",
                                              .usage = "serverAuth"},
                               &authority);
    client_entity =
        entity_make(&(struct wish){.subject = "alice", .usage = "clientAuth"}, &authority);
    roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    assert_non_null(roots);
    root = body_new(authority.x509, NULL, NULL);
    assert_true(root && store_add(store_of(roots), root));
    body_release(root);
    lsa_client_set_socket("/nonexistent/lsa.sock");
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    unlink(krb5_conf);
    free(krb5_conf);
    assert_true(CertCloseStore(roots, CERT_CLOSE_STORE_CHECK_FLAG));
    entity_free(&authority);
    entity_free(&server_entity);
    entity_free(&other_entity);
    entity_free(&client_entity);
    return 0;
}

int reset(void **state)
{
    (void)state;
    set_policy(NULL);
    alice = (struct credentials){.user = USER,
                                 .domain = DOMAIN,
                                 .password = PASSWORD,
                                 .packages = u"ntlm",
                                 .type = CredsspPasswordCreds,
                                 .roots = roots};
    server_credentials = alice;
    server_credentials.entity = &server_entity;
    return 0;
}

/* ---- credentials ------------------------------------------------------------------------------
 */

void *auth_data_of(const struct credentials *c, bool client)
{
    static SEC_WINNT_AUTH_IDENTITY_EXW id;
    static SCH_CREDENTIALS tls;
    static TLS_PARAMETERS parameters;
    static PCCERT_CONTEXT certificate;
    static CREDSSP_CRED_EX ex;

    id = (SEC_WINNT_AUTH_IDENTITY_EXW){.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                       .Length = sizeof(id),
                                       .User = (USHORT *)(uintptr_t)c->user,
                                       .Domain = (USHORT *)(uintptr_t)c->domain,
                                       .Password = (USHORT *)(uintptr_t)c->password,
                                       .PackageList = (USHORT *)(uintptr_t)c->packages,
                                       .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    id.UserLength = c->user ? (ULONG)utf16_length(c->user) : 0;
    id.DomainLength = c->domain ? (ULONG)utf16_length(c->domain) : 0;
    id.PasswordLength = c->password ? (ULONG)utf16_length(c->password) : 0;
    id.PackageListLength = c->packages ? (ULONG)utf16_length(c->packages) : 0;
    if (certificate)
        CertFreeCertificateContext(certificate);
    certificate = c->entity ? certificate_context(c->entity->x509, c->entity->key, NULL) : NULL;
    parameters = (TLS_PARAMETERS){
        .grbitDisabledProtocols =
            c->protocols ? (client ? SP_PROT_TLS1_X_CLIENT : SP_PROT_TLS1_X_SERVER) & ~c->protocols
                         : 0};
    tls = (SCH_CREDENTIALS){.dwVersion = SCH_CREDENTIALS_VERSION,
                            .cCreds = certificate ? 1 : 0,
                            .paCred = certificate ? &certificate : NULL,
                            .hRootStore = c->roots,
                            .dwFlags = c->flags,
                            .dwSessionLifespan = c->lifespan,
                            .cTlsParameters = c->protocols ? 1 : 0,
                            .pTlsParameters = c->protocols ? &parameters : NULL};
    ex = (CREDSSP_CRED_EX){.Type = CredsspCredEx,
                           .Version = CREDSSP_CRED_EX_VERSION,
                           .Flags = c->redirect ? CREDSSP_FLAG_REDIRECT : 0,
                           .Cred = {c->type, c->no_schannel ? NULL : &tls, c->user ? &id : NULL}};
    if (c->bare_tls)
        return &tls;
    return c->redirect ? (void *)&ex : (void *)&ex.Cred;
}

SECURITY_STATUS acquire_as(struct side *s, bool client, const struct credentials *c)
{
    SECURITY_STATUS status;

    *s = (struct side){.client = client,
                       .target = TARGET,
                       .requirements = client ? ISC_REQ_DELEGATE | ISC_REQ_EXTENDED_ERROR
                                              : ASC_REQ_EXTENDED_ERROR,
                       .status = SEC_I_CONTINUE_NEEDED};
    s->wire = malloc(ROOM);
    s->inbox = malloc(ROOM);
    assert_true(s->wire && s->inbox);
    if (client && c->bare_tls)
        s->requirements = ISC_REQ_STREAM | ISC_REQ_MANUAL_CRED_VALIDATION;
    status = AcquireCredentialsHandleW(
        NULL, (SEC_WCHAR *)(uintptr_t)(c->bare_tls ? SCHANNEL_NAME_W : CREDSSP_NAME),
        client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL, auth_data_of(c, client), NULL,
        NULL, &s->credential, &s->expiry);
    s->has_credential = status == SEC_E_OK;
    return status;
}

void acquire(struct side *client, struct side *server)
{
    assert_int_equal(acquire_as(client, true, &alice), SEC_E_OK);
    assert_int_equal(acquire_as(server, false, &server_credentials), SEC_E_OK);
}

/* ---- legs -------------------------------------------------------------------------------------
 */

static void put_on_wire(struct side *to, const void *data, size_t size)
{
    assert_true(size <= ROOM - to->wire_size);
    if (size)
        memcpy(to->wire + to->wire_size, data, size);
    to->wire_size += size;
}

size_t deliver(struct side *s, size_t size)
{
    if (size == 0 || size > s->wire_size)
        size = s->wire_size;
    assert_true(size <= ROOM - s->inbox_size);
    memcpy(s->inbox + s->inbox_size, s->wire, size);
    s->inbox_size += size;
    s->wire_size -= size;
    memmove(s->wire, s->wire + size, s->wire_size);
    return size;
}

static SECURITY_STATUS call(struct side *s, PSecBufferDesc input, PSecBufferDesc output)
{
    PCtxtHandle old = s->has_context ? &s->context : NULL;
    ULONG flags = s->requirements | ISC_REQ_ALLOCATE_MEMORY;
    bool spared = s->sparing && old;
    PCredHandle credential = spared ? NULL : &s->credential;
    PCtxtHandle new = spared ? NULL : &s->context;

    if (s->client)
        return InitializeSecurityContextA(
            credential, old, (SEC_CHAR *)(uintptr_t)(spared ? NULL : s->target), flags, 0,
            SECURITY_NATIVE_DREP, input, 0, new, output, &s->attributes, &s->expiry);
    return AcceptSecurityContext(credential, old, input, flags, SECURITY_NATIVE_DREP, new, output,
                                 &s->attributes, &s->expiry);
}

SECURITY_STATUS leg(struct side *s, struct side *peer)
{
    SecBuffer in[2] = {{(ULONG)s->inbox_size, SECBUFFER_TOKEN, s->inbox},
                       {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};

    s->legs++;
    s->missing = 0;
    s->status = call(s, s->inbox_size ? &input : NULL, &output);
    if (s->status >= 0)
        s->has_context = true;
    if (s->status == SEC_E_INCOMPLETE_MESSAGE) {
        if (!s->inbox_size) /* nothing at all is there, and no buffer either */
            return s->status;
        assert_int_equal(in[1].BufferType, SECBUFFER_MISSING);
        s->missing = in[1].cbBuffer;
        assert_true(s->missing > 0);
        return s->status;
    }
    if (out.cbBuffer) {
        put_on_wire(peer, out.pvBuffer, out.cbBuffer);
        FreeContextBuffer(out.pvBuffer);
    } else if (s->status == SEC_I_CONTINUE_NEEDED) {
        s->empty_tokens++;
    }
    if (s->status == SEC_I_INCOMPLETE_CREDENTIALS) /* the same once more */
        return s->status;
    if (in[1].BufferType == SECBUFFER_EXTRA) {
        assert_true(in[1].cbBuffer < s->inbox_size);
        assert_ptr_equal(in[1].pvBuffer, s->inbox + s->inbox_size - in[1].cbBuffer);
        memmove(s->inbox, in[1].pvBuffer, in[1].cbBuffer);
        s->inbox_size = in[1].cbBuffer;
        s->extras++;
    } else {
        s->inbox_size = 0;
    }
    return s->status;
}

static bool goes_on(const struct side *s)
{
    return s->status == SEC_I_CONTINUE_NEEDED || s->status == SEC_E_INCOMPLETE_MESSAGE;
}

/* True when something has moved. */
static bool advance(struct side *s, struct side *peer, size_t at_a_time)
{
    bool moved = false;

    if (!goes_on(s))
        return false;
    if (s->client && !s->has_context) {
        leg(s, peer);
        return true;
    }
    while (goes_on(s)) {
        bool enough = s->inbox_size && s->status != SEC_E_INCOMPLETE_MESSAGE;

        if (!enough && !deliver(s, at_a_time))
            return moved;
        leg(s, peer);
        moved = true;
    }
    return moved;
}

SECURITY_STATUS shake(struct side *client, struct side *server, size_t at_a_time)
{
    bool moved = true;

    while (moved) {
        moved = advance(client, server, at_a_time);
        if (client->status == SEC_I_INCOMPLETE_CREDENTIALS)
            return client->status;
        moved = advance(server, client, at_a_time) || moved;
    }
    if (client->status < 0 && client->status != SEC_E_INCOMPLETE_MESSAGE)
        return client->status;
    return server->status != SEC_E_OK ? server->status : client->status;
}

void meet(struct side *client, struct side *server)
{
    acquire(client, server);
    assert_int_equal(shake(client, server, 0), SEC_E_OK);
}

/* ---- messages ---------------------------------------------------------------------------------
 */

SECURITY_STATUS send_message(struct side *from, struct side *to, const void *data, size_t size)
{
    SecPkgContext_StreamSizes sizes;
    SecBuffer b[4];
    SecBufferDesc message = {SECBUFFER_VERSION, 4, b};
    SECURITY_STATUS status;
    uint8_t *room;

    assert_int_equal(QueryContextAttributesW(&from->context, SECPKG_ATTR_STREAM_SIZES, &sizes),
                     SEC_E_OK);
    assert_true(size <= sizes.cbMaximumMessage);
    room = malloc(sizes.cbHeader + size + sizes.cbTrailer);
    assert_non_null(room);
    memcpy(room + sizes.cbHeader, data, size);
    b[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, room};
    b[1] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, room + sizes.cbHeader};
    b[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, room + sizes.cbHeader + size};
    b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = EncryptMessage(&from->context, 0, &message, 0);
    for (int i = 0; i < 3 && status == SEC_E_OK; i++)
        put_on_wire(to, b[i].pvBuffer, b[i].cbBuffer);
    free(room);
    return status;
}

SECURITY_STATUS receive_message(struct side *s, void *data, size_t *size)
{
    SecBuffer b[4] = {{(ULONG)s->inbox_size, SECBUFFER_DATA, s->inbox},
                      {0, SECBUFFER_EMPTY, NULL},
                      {0, SECBUFFER_EMPTY, NULL},
                      {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc message = {SECBUFFER_VERSION, 4, b};
    SECURITY_STATUS status = DecryptMessage(&s->context, &message, 0, NULL);
    SecBuffer extra = {0, SECBUFFER_EMPTY, NULL};

    *size = 0;
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    for (int i = 0; i < 4; i++) {
        if (b[i].BufferType == SECBUFFER_DATA && status == SEC_E_OK) {
            memcpy(data, b[i].pvBuffer, b[i].cbBuffer);
            *size = b[i].cbBuffer;
        }
        if (b[i].BufferType == SECBUFFER_EXTRA)
            extra = b[i];
    }
    if (extra.cbBuffer)
        memmove(s->inbox, extra.pvBuffer, extra.cbBuffer);
    s->inbox_size = extra.cbBuffer;
    return status;
}

/* Records without anything for the application may stand before the message. */
static void assert_received(struct side *s, const uint8_t *expected, size_t size)
{
    uint8_t *data = malloc(ROOM);
    size_t got = 0;

    assert_non_null(data);
    deliver(s, 0);
    while (got == 0) {
        assert_true(s->inbox_size > 0);
        assert_int_equal(receive_message(s, data, &got), SEC_E_OK);
    }
    assert_int_equal(got, size);
    assert_memory_equal(data, expected, size);
    free(data);
}

void assert_messages(struct side *client, struct side *server, size_t size)
{
    uint8_t *data = malloc(size);

    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + size);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(send_message(client, server, data, size), SEC_E_OK);
        assert_received(server, data, size);
        assert_int_equal(send_message(server, client, data, size), SEC_E_OK);
        assert_received(client, data, size);
    }
    free(data);
}

/* ---- the end ----------------------------------------------------------------------------------
 */

void forget(struct side *s)
{
    if (s->has_context)
        assert_int_equal(DeleteSecurityContext(&s->context), SEC_E_OK);
    s->has_context = false;
    s->status = SEC_I_CONTINUE_NEEDED;
    s->wire_size = s->inbox_size = 0;
    s->legs = s->empty_tokens = s->extras = 0;
    s->attributes = 0;
}

static void end_one(struct side *s)
{
    forget(s);
    if (s->has_credential)
        assert_int_equal(FreeCredentialsHandle(&s->credential), SEC_E_OK);
    s->has_credential = false;
    free(s->wire);
    free(s->inbox);
    s->wire = s->inbox = NULL;
}

void end(struct side *client, struct side *server)
{
    end_one(client);
    end_one(server);
}
