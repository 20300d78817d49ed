/*
 * What an Active Directory demands of passwords, as its password server tells it.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include "base/wire.h"

bool kerb_read_password_policy(const krb5_data *answer, DOMAIN_PASSWORD_INFORMATION *policy)
{
    struct wire_reader r = wire_reader(answer->data, answer->length);
    uint32_t length, history;
    bool marked = wire_u16be(&r) == 0;

    length = wire_u32be(&r);
    history = wire_u32be(&r);
    policy->PasswordProperties = wire_u32be(&r);
    policy->MaxPasswordAge.QuadPart = (LONGLONG)wire_u64be(&r);
    policy->MinPasswordAge.QuadPart = (LONGLONG)wire_u64be(&r);
    if (!marked || !wire_done(&r) || length > UINT16_MAX || history > UINT16_MAX)
        return false;
    policy->MinPasswordLength = (USHORT)length;
    policy->PasswordHistoryLength = (USHORT)history;
    return true;
}
