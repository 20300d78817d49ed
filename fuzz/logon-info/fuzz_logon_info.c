/*
 * The structure of a logon with any lengths and any code units, each string in memory of just its
 * length. What is taken keeps the rules of a request, and made a structure again it is the same.
 */
#include "base/secret.h"
#include "base/wire.h"
#include "notify/authent.h"
#include "notify/mpr/mpr.h"
#include "notify/request.h"

#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

/* A length and as many bytes as there are; fewer than the length says are made up by zeros. */
static UNICODE_STRING take(struct wire_reader *r)
{
    UNICODE_STRING out = {.Length = wire_u16be(r)};
    const uint8_t *bytes = wire_ok(r) ? wire_bytes(r, out.Length) : NULL;

    if (!wire_ok(r))
        out.Length %= 64;
    out.MaximumLength = out.Length;
    out.Buffer = out.Length ? malloc(out.Length) : NULL;
    check(out.Buffer || !out.Length);
    if (out.Length) {
        memset(out.Buffer, 0, out.Length);
        if (bytes)
            memcpy(out.Buffer, bytes, out.Length);
    }
    return out;
}

static void check_text(const char *s, const UNICODE_STRING *from, const UNICODE_STRING *again)
{
    check(strlen(s) <= MPR_FIELD_MAX && !u8_check((const uint8_t *)s, strlen(s)));
    check(from->Length == again->Length);
    check(!from->Length || memcmp(from->Buffer, again->Buffer, from->Length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    bool kerberos = wire_u8(&r) & 1;
    KERB_INTERACTIVE_LOGON in = {.MessageType = (KERB_LOGON_SUBMIT_TYPE)(wire_u8(&r) & 15)};
    struct mpr_logon_info out;
    KERB_INTERACTIVE_LOGON *again;
    DWORD status;

    in.LogonDomainName = take(&r);
    in.UserName = take(&r);
    in.Password = take(&r);
    status = mpr_logon_info_read(kerberos ? MPR_TYPE_KERBEROS : MPR_TYPE_MSV1_0, &in, &out);
    if (status == WN_SUCCESS) {
        check(in.MessageType == KerbInteractiveLogon && *out.user && secret_owns(out.password));
        again = mpr_authent_new(kerberos, out.user, out.domain, out.password);
        check(again != NULL);
        check_text(out.domain, &in.LogonDomainName, &again->LogonDomainName);
        check_text(out.user, &in.UserName, &again->UserName);
        check_text(out.password, &in.Password, &again->Password);
        secret_free(again);
        mpr_logon_info_clear(&out);
    } else {
        check(status == WN_BAD_VALUE && !out.user && !out.domain && !out.password);
    }
    free(in.LogonDomainName.Buffer);
    free(in.UserName.Buffer);
    free(in.Password.Buffer);
    return 0;
}
