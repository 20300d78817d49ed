/*
 * Contexts as ExportSecurityContext writes them, of both packages: what was read is written again
 * and must be the same, and no other bytes may be taken for one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"
#include "libsspi/packages/ntlm/packed.h"
#include "libsspi/packages/ntlm/user_half.h"

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
    }
    wire_writer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kerberos(data, size);
    ntlm(data, size);
    return 0;
}
