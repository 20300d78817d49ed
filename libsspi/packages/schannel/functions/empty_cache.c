/*
 * SslEmptyCache: the sessions of this process that could be taken up again.
 */
#pragma GCC visibility push(default)
#include <schannel.h>
#pragma GCC visibility pop

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/schannel/credentials/sessions.h"

/*
 * The sessions with that target; NULL: all, also those that servers of this process keep. `dwFlags`
 * is not used. FALSE: there was none. "SslEmptyCacheW function".
 */
BOOL SslEmptyCacheW(LPWSTR pszTargetName, DWORD dwFlags)
{
    (void)dwFlags;
    return tls_sessions_empty(pszTargetName);
}

BOOL SslEmptyCacheA(LPSTR pszTargetName, DWORD dwFlags)
{
    WCHAR *target = NULL;
    BOOL any;

    if (!pszTargetName)
        return SslEmptyCacheW(NULL, dwFlags);
    target = utf16_from_utf8(pszTargetName, strlen(pszTargetName), NULL);
    any = target && SslEmptyCacheW(target, dwFlags);
    free(target);
    return any;
}
