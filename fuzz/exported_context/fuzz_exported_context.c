/*
 * Contexts as ExportSecurityContext writes them, of both packages: what was read is written again
 * and must be the same, and no other bytes may be taken for one. NTLM's key streams, whatever state
 * they are said to be in, are then used.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"
#include "libsspi/packages/ntlm/packed.h"
#include "libsspi/packages/ntlm/messages/session.h"
#include "libsspi/packages/ntlm/user_mode/user_half.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void kerberos(const uint8_t *data, size_t size)
{
    struct kerb_exported exported;
    struct kerb_packed packed;
    size_t written;
    void *again;

    if (!kerb_exported_read(data, size, &exported) ||
        !kerb_packed_read(exported.packed, exported.packed_size, &packed))
        return;
    again = kerb_packed_write(&packed, &written);
    if (!again || written != exported.packed_size || memcmp(again, exported.packed, written) != 0)
        abort();
    secret_free(again);
}

static bool same_progress(const struct ntlm_progress *a, const struct ntlm_progress *b)
{
    return a->sequence == b->sequence && a->used_up == b->used_up && a->stream.i == b->stream.i &&
           a->stream.j == b->stream.j && memcmp(a->stream.s, b->stream.s, sizeof(a->stream.s)) == 0;
}

/* Nobody can guess a signature, also not of a stream that he has chosen: there is a key, too. */
static void ntlm_go_on(const struct ntlm_exported *exported, const struct ntlm_packed *packed)
{
    struct ntlm_session *s = ntlm_session_new(packed->flags, packed->exported, packed->client);
    const uint32_t keyed = NTLM_SIGN | NTLM_EXTENDED_SECURITY;
    struct ntlm_progress send, receive;
    uint8_t text[100] = {1}, signature[NTLM_SIGNATURE_SIZE] = {1};
    const struct ntlm_part part = {.data = text, .size = sizeof(text)};

    if (!s || !ntlm_session_resume(s, &exported->send, &exported->receive) ||
        !ntlm_session_progress(s, &send, &receive) || !same_progress(&send, &exported->send) ||
        (packed->flags & NTLM_EXTENDED_SECURITY && !same_progress(&receive, &exported->receive)))
        abort();
    memcpy(signature + 12, &receive.sequence, 4);
    for (enum ntlm_protection how = NTLM_SIGNED; how <= NTLM_MECHLIST; how++)
        if (ntlm_session_unprotect(s, how, receive.sequence, &part, 1, signature) == SEC_E_OK &&
            (packed->flags & keyed) == keyed)
            abort();
    for (enum ntlm_protection how = NTLM_SIGNED; how <= NTLM_MECHLIST; how++)
        (void)ntlm_session_protect(s, how, send.sequence, &part, 1, signature);
    if (!ntlm_session_progress(s, &send, &receive) || !ntlm_stream_valid(&send.stream) ||
        !ntlm_stream_valid(&receive.stream) || (exported->send.used_up && !send.used_up))
        abort();
    ntlm_session_free(s);
}

static void ntlm(const uint8_t *data, size_t size)
{
    struct wire_writer again = wire_writer_grow(NTLM_PACKED_MAX);
    struct ntlm_exported exported;
    struct ntlm_packed packed;

    if (ntlm_exported_read(data, size, &exported) &&
        ntlm_packed_read(exported.packed, exported.packed_size, &packed)) {
        ntlm_packed_write(&again, &packed);
        if (!wire_write_ok(&again) || again.offset != exported.packed_size ||
            memcmp(again.data, exported.packed, again.offset) != 0)
            abort();
        if (exported.begun)
            ntlm_go_on(&exported, &packed);
    }
    wire_writer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kerberos(data, size);
    ntlm(data, size);
    return 0;
}
