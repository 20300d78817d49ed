/* See other_object.h. */
#include "tests/unit/mpr/other_object.h"

DWORD other_object_get(void)
{
    return GetLastError();
}

void other_object_set(DWORD error)
{
    SetLastError(error);
}
