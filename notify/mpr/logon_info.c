/*
 * From the structures of an interactive logon, as any program fills them, to the strings of a
 * request: the counterpart of authent.c.
 */
#include "notify/mpr/mpr.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "notify/authent.h"
#include "notify/request.h"

#include <errno.h>
#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>

static DWORD why(void)
{
    return errno == ENOMEM ? WN_OUT_OF_MEMORY : WN_BAD_VALUE;
}

/* One counted string, into memory of its kind. */
static DWORD read_string(const UNICODE_STRING *s, bool secret, char **out)
{
    size_t units = s->Length / sizeof(WCHAR), size;
    const WCHAR *buffer = units ? s->Buffer : u"";

    if (s->Length % sizeof(WCHAR))
        return WN_BAD_VALUE;
    if (!buffer)
        return WN_BAD_POINTER;
    *out =
        secret ? utf16_to_utf8_secret(buffer, units, &size) : utf16_to_utf8(buffer, units, &size);
    if (!*out)
        return why();
    return strlen(*out) == size && size <= MPR_FIELD_MAX ? WN_SUCCESS : WN_BAD_VALUE;
}

DWORD mpr_logon_info_read(LPCWSTR type, const void *info, struct mpr_logon_info *out)
{
    /* The two structures are one layout (authent.c). */
    const KERB_INTERACTIVE_LOGON *in = info;
    DWORD status;

    memset(out, 0, sizeof(*out));
    if (!type || !in)
        return WN_BAD_POINTER;
    if (utf16_equal(type, MPR_TYPE_KERBEROS))
        out->type = MPR_TYPE_KERBEROS_TEXT;
    else if (utf16_equal(type, MPR_TYPE_MSV1_0))
        out->type = MPR_TYPE_MSV1_0_TEXT;
    else
        return WN_BAD_VALUE;
    status = in->MessageType == KerbInteractiveLogon ? WN_SUCCESS : WN_BAD_VALUE;
    if (status == WN_SUCCESS && !in->UserName.Length)
        status = WN_BAD_VALUE;
    if (status == WN_SUCCESS)
        status = read_string(&in->LogonDomainName, false, &out->domain);
    if (status == WN_SUCCESS)
        status = read_string(&in->UserName, false, &out->user);
    if (status == WN_SUCCESS)
        status = read_string(&in->Password, true, &out->password);
    if (status != WN_SUCCESS)
        mpr_logon_info_clear(out);
    return status;
}

void mpr_logon_info_clear(struct mpr_logon_info *info)
{
    free(info->user);
    free(info->domain);
    secret_free(info->password);
    memset(info, 0, sizeof(*info));
}
