/*
 * The connection object: its life, and the BIO by which OpenSSL reads from and writes to the
 * memory of whoever is calling.
 */
#include "libsspi/packages/schannel/connection.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/lsa/host.h"
#include "libsspi/packages/handover.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

/* ---- the wire ---------------------------------------------------------------------------------
 */

static int wire_read(BIO *bio, char *data, size_t size, size_t *done)
{
    struct tls_connection *c = BIO_get_data(bio);
    size_t left = c->in_size - c->in_at;

    BIO_clear_retry_flags(bio);
    *done = size < left ? size : left;
    if (*done == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(data, c->in + c->in_at, *done);
    c->in_at += *done;
    return 1;
}

bool tls_pending_add(struct tls_connection *c, const void *data, size_t size)
{
    if (size > c->pending_room - c->pending_size) {
        size_t room = (c->pending_size + size) * 2;
        uint8_t *grown = realloc(c->pending, room);

        if (!grown)
            return false;
        c->pending = grown;
        c->pending_room = room;
    }
    memcpy(c->pending + c->pending_size, data, size);
    c->pending_size += size;
    return true;
}

static int wire_write(BIO *bio, const char *data, size_t size, size_t *done)
{
    struct tls_connection *c = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    *done = 0;
    if (c->pending_size == 0 && size <= c->out_room - c->out_size) {
        memcpy(c->out + c->out_size, data, size);
        c->out_size += size;
    } else if (!tls_pending_add(c, data, size)) {
        return 0;
    }
    *done = size;
    return 1;
}

static long wire_ctrl(BIO *bio, int command, long number, void *pointer)
{
    struct tls_connection *c = BIO_get_data(bio);

    (void)number, (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_PENDING:
        return c ? (long)(c->in_size - c->in_at) : 0;
    default:
        return 0;
    }
}

static BIO_METHOD *wire_method;

static void make_wire_method(void)
{
    wire_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "caller's memory");
    if (!wire_method)
        return;
    if (BIO_meth_set_read_ex(wire_method, wire_read) &&
        BIO_meth_set_write_ex(wire_method, wire_write) && BIO_meth_set_ctrl(wire_method, wire_ctrl))
        return;
    BIO_meth_free(wire_method);
    wire_method = NULL;
}

static BIO *wire_new(struct tls_connection *c)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    BIO *bio;

    pthread_once(&once, make_wire_method);
    bio = wire_method ? BIO_new(wire_method) : NULL;
    if (!bio)
        return NULL;
    BIO_set_data(bio, c);
    BIO_set_init(bio, 1);
    return bio;
}

void tls_wire_set(struct tls_connection *c, const void *in, size_t in_size, void *out,
                  size_t out_room)
{
    c->in = in;
    c->in_size = in ? in_size : 0;
    c->in_at = 0;
    c->out = out;
    c->out_room = out ? out_room : 0;
    c->out_size = 0;
}

void tls_wire_end(struct tls_connection *c)
{
    c->in = NULL;
    c->in_size = c->in_at; /* nothing is left to read */
    c->out = NULL;
    c->out_room = c->out_size;
}

bool tls_pending_take(struct tls_connection *c, void **bytes, size_t *size)
{
    *bytes = NULL;
    *size = 0;
    if (c->pending_size == 0)
        return true;
    *bytes = lsa_host_allocate(c->pending_size);
    if (!*bytes)
        return false;
    memcpy(*bytes, c->pending, c->pending_size);
    *size = c->pending_size;
    c->pending_size = 0;
    return true;
}

size_t tls_record_size(const uint8_t *data, size_t size, size_t *missing)
{
    size_t length;

    *missing = 0;
    if (size > 0 && (data[0] < SSL3_RT_CHANGE_CIPHER_SPEC || data[0] > SSL3_RT_APPLICATION_DATA))
        return SIZE_MAX;
    if (size > 1 && data[1] != SSL3_VERSION_MAJOR)
        return SIZE_MAX;
    if (size < TLS_RECORD_HEADER) {
        *missing = TLS_RECORD_HEADER - size;
        return 0;
    }
    length = (size_t)data[3] << 8 | data[4];
    if (length > TLS_RECORD_MAX)
        return SIZE_MAX;
    if (size - TLS_RECORD_HEADER < length)
        *missing = TLS_RECORD_HEADER + length - size;
    return TLS_RECORD_HEADER + length;
}

/* ---- the object -------------------------------------------------------------------------------
 */

static int connection_index;

static void make_index(void)
{
    connection_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

struct tls_connection *tls_connection_of(const SSL *ssl)
{
    return SSL_get_ex_data(ssl, connection_index);
}

static void connection_free(struct tls_connection *c)
{
    /* That nobody has said good-bye is no reason to forget the session ([RFC 5246] 7.2.1). */
    if (c->ssl && !c->failed)
        SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(c->ssl);
    tls_handshake_free(c->handshake);
    tls_credential_put(c->credential);
    sk_X509_pop_free(c->peer.chain, X509_free);
    free(c->target);
    free(c->pending);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct tls_connection *tls_connection_new(struct tls_credential *credential, SSL_CTX *context,
                                          bool server)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct tls_connection *c = calloc(1, sizeof(*c));
    BIO *wire;

    if (!c)
        return NULL;
    pthread_once(&once, make_index);
    atomic_init(&c->references, 1);
    pthread_mutex_init(&c->lock, NULL);
    c->server = server;
    c->credential = tls_credential_hold(credential);
    c->handshake = tls_handshake_new();
    c->ssl = SSL_new(context);
    wire = c->ssl ? wire_new(c) : NULL;
    if (!c->handshake || !wire || !SSL_set_ex_data(c->ssl, connection_index, c)) {
        BIO_free(wire);
        connection_free(c);
        return NULL;
    }
    SSL_set_bio(c->ssl, wire, wire);
    if (server)
        SSL_set_accept_state(c->ssl);
    else
        SSL_set_connect_state(c->ssl);
    return c;
}

struct tls_connection *tls_connection_hold(struct tls_connection *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void tls_connection_put(struct tls_connection *c)
{
    if (c && atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) == 1)
        connection_free(c);
}

/* ---- from one half to the other ---------------------------------------------------------------
 */

static struct handle_map on_the_way = HANDLE_MAP_INIT;

SECURITY_STATUS tls_connection_pack(struct tls_connection *c, PSecBuffer packed)
{
    SECURITY_STATUS status = handover_pack(&on_the_way, tls_connection_hold(c), packed);

    if (status != SEC_E_OK)
        tls_connection_put(c);
    return status;
}

struct tls_connection *tls_connection_unpack(const SecBuffer *packed)
{
    return handover_unpack(&on_the_way, packed);
}
