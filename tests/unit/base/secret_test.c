/* base/secret: zeroed, aligned, owned, wiped; from many threads, and in a child of a process with
 * threads. */
#include "tests/unit/base/secret_common.h"

int main(void)
{
    const struct CMUnitTest tests[] = {SECRET_TESTS};

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
