/* The mechanisms without content: see mechanisms.h. */
#include "tests/unit/negotiate/mechanisms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

static const uint8_t ntlm_der[] = {0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10};
static const uint8_t negoex_der[] = {0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30};
static const uint8_t other_der[] = {0x06, 5, 0x2a, 3, 4, 5, 6};
const struct nego_oid oid_ntlm = {ntlm_der, sizeof(ntlm_der)};
const struct nego_oid oid_negoex = {negoex_der, sizeof(negoex_der)};
const struct nego_oid oid_other = {other_der, sizeof(other_der)};

static uint8_t *copy(const void *data, size_t size)
{
    uint8_t *memory = aligned_alloc(
        16, (size + 15) & ~(size_t)15); /* not one of those that memory_test.c lets fail */

    assert_non_null(memory);
    return memcpy(memory, data, size);
}

uint8_t *stub_token(const struct stub *stub, unsigned n, size_t *size)
{
    uint8_t token[64] = {0x60};

    if (stub->kind == NEGO_NTLM) {
        memcpy(token, "NTLMSSP", 8);
        *size = 8;
    } else {
        token[1] = (uint8_t)(stub->oid.size + 2);
        memcpy(token + 2, stub->oid.der, stub->oid.size);
        *size = 2 + stub->oid.size;
    }
    token[(*size)++] = (uint8_t)stub->name;
    token[(*size)++] = (uint8_t)('0' + n);
    return copy(token, *size);
}

static SECURITY_STATUS leg(void *arg, unsigned index, const uint8_t *in, size_t in_size,
                           uint8_t **out, size_t *out_size)
{
    struct end *end = arg;
    struct stub *stub = &end->stubs[index];
    size_t size;
    bool same;

    assert_true(index < end->count);
    assert_false(stub->done);
    assert_true(!in == !in_size);
    assert_true(!in == (end->initiator && !stub->seen));
    if (stub->fails && !stub->seen)
        return stub->fails;
    if (in) {
        uint8_t *expected = stub_token(stub, ++stub->seen, &size);

        same = size == in_size && memcmp(expected, in, size) == 0;
        free(expected);
        if (!same)
            return SEC_E_INVALID_TOKEN;
    }
    if (stub->bad_end && stub->seen + 1 >= stub->legs) {
        *out = copy("why", 3);
        *out_size = 3;
        return SEC_E_LOGON_DENIED;
    }
    if (stub->seen < stub->legs)
        *out = stub_token(stub, ++stub->seen, out_size);
    stub->done = stub->seen == stub->legs;
    return stub->done ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static void forget(void *arg, unsigned index)
{
    struct stub *stub = &((struct end *)arg)->stubs[index];

    stub->seen = 0;
    stub->done = false;
    stub->abandoned++;
}

static bool falls_back(void *arg, unsigned index, SECURITY_STATUS status)
{
    const struct stub *stub = &((struct end *)arg)->stubs[index];

    assert_true(((struct end *)arg)->initiator);
    assert_int_equal(status, stub->fails);
    return stub->fails_softly;
}

static bool has_integrity(void *arg, unsigned index)
{
    const struct stub *stub = &((struct end *)arg)->stubs[index];

    assert_true(stub->done);
    return !stub->no_integrity;
}

static bool requires_mic(void *arg, unsigned index)
{
    const struct stub *stub = &((struct end *)arg)->stubs[index];

    assert_true(stub->done);
    return stub->requires_mic;
}

/* FNV-1a over who signs what. */
static uint64_t sign(const struct stub *stub, bool initiator, const uint8_t *data, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (unsigned char)stub->name ^ (initiator ? 0x100 : 0x200);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x100000001b3u;
    return hash;
}

static SECURITY_STATUS make_mic(void *arg, unsigned index, const uint8_t *data, size_t size,
                                uint8_t **mic, size_t *mic_size)
{
    struct end *end = arg;
    uint64_t hash = sign(&end->stubs[index], end->initiator, data, size);

    assert_true(has_integrity(arg, index));
    end->stubs[index].made++;
    for (unsigned k = 0; k < 2; k++)
        end->signs[k] = sign(&end->stubs[index], k, data, size);
    *mic = copy(&hash, *mic_size = sizeof(hash));
    return SEC_E_OK;
}

static SECURITY_STATUS verify_mic(void *arg, unsigned index, const uint8_t *data, size_t size,
                                  const uint8_t *mic, size_t mic_size)
{
    struct end *end = arg;
    uint64_t hash = sign(&end->stubs[index], !end->initiator, data, size);

    assert_true(has_integrity(arg, index));
    if (mic_size != sizeof(hash) || memcmp(mic, &hash, sizeof(hash)) != 0)
        return SEC_E_OUT_OF_SEQUENCE;
    end->stubs[index].verified++;
    return SEC_E_OK;
}

bool end_open(struct end *end, bool initiator, bool hints)
{
    const struct nego_backend backend = {.leg = leg,
                                         .abandon = forget,
                                         .falls_back = falls_back,
                                         .has_integrity = has_integrity,
                                         .requires_mic = requires_mic,
                                         .make_mic = make_mic,
                                         .verify_mic = verify_mic,
                                         .arg = end};
    struct nego_mechanism list[4];

    if (!end->count)
        while (end->count < 4 && end->stubs[end->count].name)
            end->count++;
    for (unsigned i = 0; i < end->count; i++)
        list[i] = (struct nego_mechanism){end->stubs[i].oid, end->stubs[i].kind};
    end->initiator = initiator;
    end->h = initiator ? nego_initiator_new(&backend, list, end->count)
                       : nego_acceptor_new(&backend, list, end->count, hints);
    if (!end->h)
        return false;
    assert_int_equal(nego_handshake_selected(end->h), end->count);
    assert_int_equal(nego_handshake_state(end->h), SECPKG_NEGOTIATION_IN_PROGRESS);
    return true;
}

void end_close(struct end *end)
{
    nego_handshake_free(end->h);
    end->h = NULL;
}

bool is_over(SECURITY_STATUS status)
{
    return status != SEC_I_CONTINUE_NEEDED;
}

SECURITY_STATUS end_step(struct end *end, const uint8_t *in, size_t size, uint8_t **out,
                         size_t *out_size)
{
    reason_clear();
    end->status = nego_handshake_step(end->h, in, size, out, out_size);
    end->reason = reason_get()->text;
    assert_true(!*out == !*out_size);
    if (end->status == SEC_E_OK)
        assert_int_equal(nego_handshake_state(end->h), SECPKG_NEGOTIATION_COMPLETE);
    else
        assert_int_not_equal(nego_handshake_state(end->h), SECPKG_NEGOTIATION_COMPLETE);
    return end->status;
}

bool converse(struct end *initiator, struct end *acceptor, bool server_first, struct wire *wire)
{
    struct end *speaker = server_first ? acceptor : initiator;
    struct message last = {NULL, 0};

    initiator->status = acceptor->status = SEC_I_CONTINUE_NEEDED;
    for (wire->count = 0; wire->count < MESSAGES_MAX;) {
        struct message *next = &wire->messages[wire->count];

        end_step(speaker, last.data, last.size, &next->data, &next->size);
        if (!next->data)
            break;
        if (wire->tamper)
            wire->tamper(wire, wire->count, next);
        wire->count++;
        last = *next;
        speaker = speaker == initiator ? acceptor : initiator;
        if (is_over(speaker->status))
            break;
    }
    assert_true(wire->count < MESSAGES_MAX);
    return initiator->status == SEC_E_OK && acceptor->status == SEC_E_OK &&
           initiator->stubs[nego_handshake_selected(initiator->h)].name ==
               acceptor->stubs[nego_handshake_selected(acceptor->h)].name;
}

void wire_clear(struct wire *wire)
{
    for (unsigned i = 0; i < MESSAGES_MAX; i++)
        free(wire->messages[i].data);
    memset(wire, 0, sizeof(*wire));
}

struct reply step(struct end *end, const uint8_t *in, size_t size)
{
    static uint8_t oid[16];
    struct reply reply = {.state = NEGO_STATE_ABSENT};
    struct nego_resp resp;
    uint8_t *out;
    size_t out_size;

    reply.status = end_step(end, in, size, &out, &out_size);
    reply.token = out != NULL;
    reply.frame.kind = nego_frame_read(out, out_size).kind;
    if (reply.frame.kind == NEGO_FRAME_RESP) {
        assert_true(nego_resp_read(out, out_size, &resp));
        reply.state = resp.state;
        assert_true(resp.mechanism.size <= sizeof(oid));
        if (resp.mechanism.size)
            memcpy(oid, resp.mechanism.der, resp.mechanism.size);
        reply.mechanism = (struct nego_oid){oid, resp.mechanism.size};
        reply.inner = resp.token.data != NULL;
        reply.mic = resp.mic.data != NULL;
        nego_resp_clear(&resp);
    }
    free(out);
    return reply;
}

struct reply step_resp(struct end *end, const struct nego_resp *resp)
{
    struct reply reply;
    uint8_t *token;
    size_t size;

    assert_true(nego_resp_write(resp, &token, &size));
    reply = step(end, token, size);
    free(token);
    return reply;
}

struct reply step_init(struct end *end, const struct nego_init *init)
{
    struct reply reply;
    uint8_t *token;
    size_t size;

    assert_true(nego_init_write(init, &token, &size, NULL, NULL));
    reply = step(end, token, size);
    free(token);
    return reply;
}

struct nego_bytes token_of(const struct stub *stub, unsigned n)
{
    static uint8_t *last;
    size_t size;

    free(last);
    last = stub ? stub_token(stub, n, &size) : NULL;
    return stub ? (struct nego_bytes){last, size} : (struct nego_bytes){NULL, 0};
}

struct nego_bytes mic_of(struct end *end)
{
    static uint64_t hash;
    unsigned selected = nego_handshake_selected(end->h);

    hash = end->signs[!end->initiator];
    assert_true(selected < end->count && end->stubs[selected].made);
    return (struct nego_bytes){(const uint8_t *)&hash, sizeof(hash)};
}

void open_initiator(struct end *end)
{
    end_open(end, true, false);
    assert_int_equal(step(end, NULL, 0).status, SEC_I_CONTINUE_NEEDED);
}

void close_both(struct end *i, struct end *a, struct wire *wire)
{
    end_close(i);
    end_close(a);
    wire_clear(wire);
}

void assert_both_mics(const struct stub *i, const struct stub *a)
{
    assert_int_equal(i->made, 1);
    assert_int_equal(a->made, 1);
    assert_int_equal(i->verified, 1);
    assert_int_equal(a->verified, 1);
}

uint8_t *hex(const char *text, size_t *size)
{
    uint8_t *bytes = malloc(strlen(text) / 2 + 1);
    unsigned value;
    int used;

    assert_non_null(bytes);
    for (*size = 0; sscanf(text, " %2x%n", &value, &used) == 1; text += used)
        bytes[(*size)++] = (uint8_t)value;
    assert_int_equal(strspn(text, " "), strlen(text));
    if (*size)
        return bytes;
    free(bytes);
    return NULL;
}
