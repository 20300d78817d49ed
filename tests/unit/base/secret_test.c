/* base/secret: zeroed, aligned, owned, wiped; from many threads, and in a child of a process with
 * threads. */
#include "tests/unit/base/secret_common.h"

int main(void)
{
    return run_secret_tests();
}
