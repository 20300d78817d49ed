/*
 * NTLM messages under any combination of flags, cut into any pieces: what a session has sealed the
 * other end opens, and what somebody else wrote it refuses without a byte of it shown.
 *
 * Input: 4 bytes of flags, 4 of a sequence number, one of what is done, one of how the rest is cut;
 * then a signature of 16 bytes and the message.
 */
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/wire/message.h"
#include "libsspi/packages/ntlm/messages/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ntlm_crypto_start() ? 0 : -1;
}

static const uint8_t key[NTLM_KEY_SIZE] = "sixteen letters";

#define MESSAGE_MAX 512

struct message {
    uint8_t bytes[MESSAGE_MAX];
    size_t size, count;
    struct ntlm_part parts[NTLM_PARTS_MAX];
};

/* Into pieces of `cut` bytes, every third of them plain, every fifth perhaps unsigned. */
static void divide(struct message *m, const uint8_t *bytes, size_t size, uint8_t cut)
{
    m->size = size;
    m->count = 0;
    if (size)
        memcpy(m->bytes, bytes, size);
    for (size_t at = 0; at < size; at += m->parts[m->count++].size) {
        size_t piece = cut && m->count + 1 < NTLM_PARTS_MAX ? cut : size - at;

        m->parts[m->count] = (struct ntlm_part){
            .data = m->bytes + at,
            .size = piece < size - at ? piece : size - at,
            .plain = m->count % 3 == 2,
            .unsigned_in_v1 = m->count % 5 == 4,
        };
    }
}

static void there_and_back(uint32_t flags, uint32_t sequence, enum ntlm_protection how,
                           const uint8_t *bytes, size_t size, uint8_t cut)
{
    struct ntlm_session *from = ntlm_session_new(flags, key, true);
    struct ntlm_session *to = ntlm_session_new(flags, key, false);
    static struct message m;
    uint8_t signature[NTLM_SIGNATURE_SIZE];
    SECURITY_STATUS status;

    for (int i = 0; from && to && i < 3; i++) {
        divide(&m, bytes, size, cut);
        status = ntlm_session_protect(from, how, sequence, m.parts, m.count, signature);
        if (status == SEC_E_UNSUPPORTED_FUNCTION)
            break;
        if (status || ntlm_session_unprotect(to, how, sequence, m.parts, m.count, signature) ||
            (size && memcmp(m.bytes, bytes, size) != 0))
            abort();
    }
    ntlm_session_free(from);
    ntlm_session_free(to);
}

/* The signature is the fuzzer's own: that it is right is as good as impossible where one is made.
 */
static void hostile(uint32_t flags, uint32_t sequence, enum ntlm_protection how,
                    const uint8_t *signature, const uint8_t *bytes, size_t size, uint8_t cut)
{
    struct ntlm_session *s = ntlm_session_new(flags, key, false);
    static struct message m;
    SECURITY_STATUS status;

    if (!s)
        return;
    divide(&m, bytes, size, cut);
    status = ntlm_session_unprotect(s, how, sequence, m.parts, m.count, signature);
    if (status == SEC_E_OK && flags & NTLM_EXTENDED_SECURITY && flags & (NTLM_SIGN | NTLM_SEAL))
        abort();
    for (size_t i = 0; status == SEC_E_MESSAGE_ALTERED && how == NTLM_SEALED && i < m.count; i++) {
        for (size_t j = 0; !m.parts[i].plain && j < m.parts[i].size; j++) {
            if (m.parts[i].data[j])
                abort();
        }
    }
    ntlm_session_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    uint32_t flags = wire_u32le(&r), sequence = wire_u32le(&r);
    enum ntlm_protection how = (enum ntlm_protection)(wire_u8(&r) % 3);
    uint8_t cut = wire_u8(&r);
    const uint8_t *signature = wire_bytes(&r, NTLM_SIGNATURE_SIZE);
    size_t left = wire_left(&r);
    const uint8_t *message = wire_bytes(&r, left);

    if (!wire_ok(&r) || left > MESSAGE_MAX)
        return 0;
    there_and_back(flags, sequence, how, message, left, cut);
    hostile(flags, sequence, how, signature, message, left, cut);
    return 0;
}
