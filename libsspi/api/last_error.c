/*
 * GetLastError(), for the entry points.
 */
#include "libsspi/api/api.h"

#include "base/last_error.h"

void api_set_last_error(DWORD error)
{
    last_error_set(error);
}
