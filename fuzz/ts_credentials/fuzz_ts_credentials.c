/*
 * TSCredentials, and what packages put into those of Remote Credential Guard. What is read lies
 * within the input and is written again as it was, but for an empty list of supplemental
 * credentials.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void within(struct ts_bytes bytes, struct ts_bytes all)
{
    must(!bytes.data || (bytes.data >= all.data && bytes.data <= all.data + all.size &&
                         bytes.size <= (size_t)(all.data + all.size - bytes.data)));
}

static void same(struct ts_bytes a, struct ts_bytes b)
{
    must(a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0));
}

static void ticket_logon(struct ts_bytes data)
{
    struct ts_ticket_logon first, second;
    uint8_t *again;
    size_t size;

    if (!ts_ticket_logon_read(data, &first))
        return;
    within(first.service_ticket, data);
    within(first.tgt, data);
    must(ts_ticket_logon_write(&first, &again, &size));
    must(ts_ticket_logon_read((struct ts_bytes){again, size}, &second));
    must(first.flags == second.flags);
    same(first.service_ticket, second.service_ticket);
    same(first.tgt, second.tgt);
    secret_free(again);
}

static void ntlm_credential(struct ts_bytes data)
{
    struct ts_ntlm_credential first;
    uint8_t *again;
    size_t size;

    if (!ts_ntlm_credential_read(data, &first))
        return;
    within(first.encrypted_creds, data);
    must(ts_ntlm_credential_write(&first, &again, &size));
    must(size <= data.size && memcmp(again, data.data, size) == 0);
    secret_free(again);
}

static void kerb_key(struct ts_bytes data)
{
    struct ts_kerb_key first, second;
    uint8_t *again;
    size_t size;

    if (!ts_kerb_key_read(data, &first))
        return;
    within(first.value, data);
    must(ts_kerb_key_write(&first, &again, &size) && size == data.size);
    must(ts_kerb_key_read((struct ts_bytes){again, size}, &second));
    must(first.type == second.type);
    same(first.value, second.value);
    secret_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_bytes all = {data, size};
    struct ts_credentials creds;
    uint8_t *again = NULL;
    size_t again_size;

    if (!ts_credentials_read(data, size, &creds)) {
        must(!creds.type);
        ticket_logon(all);
        ntlm_credential(all);
        kerb_key(all);
        return 0;
    }
    if (creds.type == TS_PASSWORD_CREDS) {
        within(creds.u.password.domain, all);
        within(creds.u.password.user, all);
        within(creds.u.password.password, all);
    } else if (creds.type == TS_SMART_CARD_CREDS) {
        within(creds.u.smart_card.pin, all);
        within(creds.u.smart_card.csp, all);
        within(creds.u.smart_card.domain_hint, all);
    } else {
        within(creds.u.remote_guard.logon.credential, all);
        ticket_logon(creds.u.remote_guard.logon.credential);
        for (size_t i = 0; i < creds.u.remote_guard.count; i++) {
            within(creds.u.remote_guard.supplemental[i].package, all);
            ntlm_credential(creds.u.remote_guard.supplemental[i].credential);
        }
    }
    must(ts_credentials_write(&creds, &again, &again_size));
    must(secret_owns(again));
    must(again_size == size ? memcmp(again, data, size) == 0
                            : creds.type == TS_REMOTE_GUARD_CREDS && !creds.u.remote_guard.count);
    secret_free(again);
    return 0;
}
