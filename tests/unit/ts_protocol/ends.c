/*
 * The ends themselves: a negotiation and a cipher that obey struct ts_backend, and say at once when
 * the handshake does not.
 */
#include "tests/unit/ts_protocol/ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"

#define SIGNATURE 4 /* bytes */

static bool is_done(const struct end *e)
{
    return e->at > e->tokens;
}

static SECURITY_STATUS leg(void *arg, const uint8_t *in, size_t in_size, uint8_t **out,
                           size_t *out_size)
{
    struct end *e = arg;
    bool speaks;

    assert_false(is_done(e));
    assert_int_equal(in == NULL, e->initiator && e->at == 1);
    if (e->fails) {
        reason_set(e->reason, "the test wants it so");
        if (e->fails_with_token)
            *out = (uint8_t *)strdup("no"), *out_size = *out ? 2 : 0;
        return e->fails;
    }
    if (in) {
        if (in_size != 2 || in[0] != 't' || in[1] != e->at)
            return SEC_E_INVALID_TOKEN;
        e->at++;
    }
    speaks = !is_done(e);
    if (speaks) {
        *out = malloc(2);
        if (!*out)
            return SEC_E_INSUFFICIENT_MEMORY;
        (*out)[0] = 't';
        (*out)[1] = (uint8_t)e->at++;
        *out_size = 2;
    }
    return is_done(e) ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static uint8_t sum(const uint8_t *data, size_t size)
{
    uint8_t s = 0;

    for (size_t i = 0; i < size; i++)
        s = (uint8_t)(s * 31 + data[i]);
    return s;
}

/* Who sealed it, the number, the sum, the key; and the message. */
static SECURITY_STATUS seal(void *arg, const uint8_t *data, size_t size, uint8_t **sealed,
                            size_t *sealed_size)
{
    struct end *e = arg;

    assert_true(is_done(e));
    *sealed = secret_alloc(SIGNATURE + size);
    if (!*sealed)
        return SEC_E_INSUFFICIENT_MEMORY;
    (*sealed)[0] = e->initiator ? 'i' : 'a';
    (*sealed)[1] = e->sent++;
    (*sealed)[2] = sum(data, size);
    (*sealed)[3] = e->key;
    for (size_t i = 0; i < size; i++)
        (*sealed)[SIGNATURE + i] = data[i] ^ 0x55;
    *sealed_size = SIGNATURE + size;
    return SEC_E_OK;
}

static SECURITY_STATUS unseal(void *arg, const uint8_t *sealed, size_t size, uint8_t **data,
                              size_t *data_size)
{
    struct end *e = arg;

    assert_true(is_done(e));
    if (size < SIGNATURE || sealed[0] != (e->initiator ? 'a' : 'i') || sealed[3] != e->key)
        return SEC_E_MESSAGE_ALTERED;
    if (sealed[1] != e->received)
        return SEC_E_OUT_OF_SEQUENCE;
    *data = secret_alloc(size - SIGNATURE);
    if (!*data)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (size_t i = SIGNATURE; i < size; i++)
        (*data)[i - SIGNATURE] = sealed[i] ^ 0x55;
    *data_size = size - SIGNATURE;
    if (sum(*data, *data_size) != sealed[2]) {
        secret_free(*data);
        *data = NULL;
        return SEC_E_MESSAGE_ALTERED;
    }
    e->received++;
    return SEC_E_OK;
}

static SECURITY_STATUS credentials(void *arg, uint8_t **der, size_t *size)
{
    struct end *e = arg;
    struct ts_credentials creds = {.type = TS_PASSWORD_CREDS};

    assert_true(e->initiator && is_done(e));
    assert_int_equal(e->asked++, 0);
    if (e->refuses)
        return e->refuses;
    if (e->password)
        creds.u.password.user = creds.u.password.password =
            (struct ts_bytes){(const uint8_t *)e->password, strlen(e->password) & ~(size_t)1};
    return ts_credentials_write(&creds, der, size) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

void password_der(const char *text, uint8_t **der, size_t *size)
{
    struct end e = {.initiator = true, .password = text, .at = 1};

    assert_int_equal(credentials(&e, der, size), SEC_E_OK);
}

bool end_open(struct end *e, bool initiator)
{
    const struct ts_backend backend = {leg, seal, unseal, credentials, e};
    static const uint8_t key[] = {0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x03};

    e->initiator = initiator;
    e->at = 1;
    if (!e->tokens)
        e->tokens = 3;
    if (!e->key)
        e->key = 7;
    if (!e->options.version)
        e->options.version = TS_VERSION_MAX;
    if (!e->options.oldest)
        e->options.oldest = e->options.version < 5 ? e->options.version : 5;
    if (!e->options.public_key)
        e->options.public_key = key, e->options.public_key_size = sizeof(key);
    e->h = initiator ? ts_initiator_new(&backend, &e->options)
                     : ts_acceptor_new(&backend, &e->options);
    return e->h != NULL;
}

void end_close(struct end *e)
{
    ts_handshake_free(e->h);
    e->h = NULL;
}

SECURITY_STATUS end_step(struct end *e, struct message *in, struct message *out)
{
    SECURITY_STATUS status = ts_handshake_step(e->h, in->data, in->size, &out->data, &out->size);

    assert_int_equal(out->data == NULL, out->size == 0);
    return status;
}

void message_change(struct message *m, void (*change)(struct ts_request *request, void *arg),
                    void *arg)
{
    struct ts_request request;
    struct message changed;

    assert_true(ts_request_read(m->data, m->size, &request));
    change(&request, arg);
    assert_true(ts_request_write(&request, &changed.data, &changed.size));
    free(m->data);
    *m = changed;
}

static bool goes_on(SECURITY_STATUS status)
{
    return status == SEC_I_CONTINUE_NEEDED;
}

struct outcome converse(struct end *i, struct end *a,
                        void (*between)(struct message *m, unsigned number, void *arg), void *arg)
{
    struct outcome o = {SEC_I_CONTINUE_NEEDED, SEC_I_CONTINUE_NEEDED, 0};
    struct message to_a = {NULL, 0}, to_i = {NULL, 0};

    while (o.messages < 32) {
        if (!goes_on(o.initiator))
            break;
        o.initiator = end_step(i, &to_i, &to_a);
        free(to_i.data);
        to_i = (struct message){NULL, 0};
        if (!to_a.data)
            break;
        o.messages++;
        if (between)
            between(&to_a, o.messages, arg);
        if (!goes_on(o.acceptor))
            break;
        o.acceptor = end_step(a, &to_a, &to_i);
        free(to_a.data);
        to_a = (struct message){NULL, 0};
        if (!to_i.data)
            break;
        o.messages++;
        if (between)
            between(&to_i, o.messages, arg);
    }
    free(to_a.data);
    free(to_i.data);
    return o;
}

struct outcome meet(struct end i, struct end a,
                    void (*between)(struct message *m, unsigned number, void *arg), void *arg)
{
    struct outcome o;

    assert_true(end_open(&i, true));
    assert_true(end_open(&a, false));
    o = converse(&i, &a, between, arg);
    end_close(&i);
    end_close(&a);
    return o;
}
