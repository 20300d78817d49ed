/*
 * include/winbase.h, compiled with -fshort-wchar as sources for Windows are: its functions do what
 * Windows' do, and strings of WCHAR are read as such.
 */
#include "tests/unit/base/test.h"
#include "tests/unit/mpr/other_object.h"

#include <pthread.h>

static void strings_are_wchars(void **state)
{
    static const WCHAR text[] = L"Schlüssel €𝄞";
    WCHAR copy[20], part[4];

    (void)state;
    assert_int_equal(sizeof(L'x'), 2);
    assert_int_equal(sizeof(L"€𝄞"), 8);
    assert_memory_equal(L"€𝄞", u"€𝄞", 8);
    assert_int_equal(wcslen(text), 13);
    assert_int_equal(lstrlenW(text), 13);
    assert_int_equal(lstrlenW(NULL), 0);
    assert_int_equal(lstrlenA("abc"), 3);
    assert_ptr_equal(wcscpy(copy, text), copy);
    assert_memory_equal(copy, text, sizeof(text));
    assert_int_equal(wcscmp(copy, text), 0);
    copy[0] = L's';
    assert_true(wcscmp(copy, text) > 0);
    assert_true(wcscmp(text, copy) < 0);
    assert_int_equal(_wcsicmp(copy, text), 0);
    assert_true(_wcsicmp(L"ä", L"Ä") != 0); /* letters of ASCII alone have two cases */
    assert_true(_wcsicmp(L"ab", L"abc") < 0);
    assert_int_equal(_wcsnicmp(L"ABx", L"aby", 2), 0);
    assert_int_equal(wcsncmp(L"abc", L"abd", 2), 0);
    assert_true(wcsncmp(L"abc", L"abd", 3) < 0);
    assert_int_equal(wcsncmp(L"ab", L"ab", 9), 0);
    assert_true(wcscmp(L"\xff00", L"\x00ff") > 0);
    wcscpy(copy, L"ab");
    assert_ptr_equal(wcscat(copy, L"cd"), copy);
    assert_int_equal(wcscmp(copy, L"abcd"), 0);
    lstrcatW(lstrcpyW(copy, L"x"), L"yz");
    assert_memory_equal(copy, L"xyz", 8);
    memset(part, 0xff, sizeof(part));
    wcsncpy(part, L"abcdef", 3);
    assert_memory_equal(part, L"abc\xffff", 8);
    wcsncpy(part, L"a", 4);
    assert_memory_equal(part, L"a\0\0", 8);
    assert_ptr_equal(wcschr(text, L'€'), text + 10);
    assert_ptr_equal(wcschr(text, L'\0'), text + 13);
    assert_null(wcschr(text, L'q'));
    assert_ptr_equal(wcsrchr(text, L's'), text + 6);
    assert_null(wcsrchr(text, L'q'));
    assert_int_equal(sizeof(TEXT("x")), 2);
}

static void memory(void **state)
{
    unsigned char *p = (unsigned char *)LocalAlloc(LPTR, 100);
    void *volatile none = NULL; /* memory that nobody uses, compilers need not even ask for */

    (void)state;
    (void)none;
    assert_non_null(p);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    assert_null(LocalFree(p));
    assert_null(LocalFree(NULL));
    p = (unsigned char *)LocalAlloc(LMEM_FIXED, 0);
    assert_non_null(p);
    free(p); /* the MPR frees what a manager allocated */
    p = (unsigned char *)LocalAlloc(LHND, 3);
    assert_ptr_equal(LocalLock(p), p);
    assert_false(LocalUnlock(p));
    assert_int_equal(GetLastError(), NO_ERROR);
    LocalFree(p);
    p = (unsigned char *)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 16);
    assert_non_null(p);
    FillMemory(p, 16, 0xaa);
    assert_ptr_equal(SecureZeroMemory(p, 15), p);
    assert_int_equal(p[14], 0);
    assert_int_equal(p[15], 0xaa);
    assert_true(HeapFree(GetProcessHeap(), 0, p));
    SetLastError(1);
#ifndef __SANITIZE_ADDRESS__ /* which ends the program instead */
    none = LocalAlloc(LPTR, (SIZE_T)-1 / 2);
    assert_null(none);
    assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
#endif
}

static void *another_thread(void *arg)
{
    if (GetLastError() != 0 || other_object_get() != 0)
        return arg;
    SetLastError(3);
    return other_object_get() == 3 ? NULL : arg;
}

/* One for all objects of a program, and one for each thread. */
static void last_errors(void **state)
{
    pthread_t thread;
    void *bad;

    SetLastError(ERROR_BAD_USERNAME);
    assert_int_equal(other_object_get(), ERROR_BAD_USERNAME);
    other_object_set(ERROR_BUSY);
    assert_int_equal(GetLastError(), ERROR_BUSY);
    assert_int_equal(pthread_create(&thread, NULL, another_thread, &state), 0);
    pthread_join(thread, &bad);
    assert_null(bad);
    assert_int_equal(GetLastError(), ERROR_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_wchars),
        cmocka_unit_test(memory),
        cmocka_unit_test(last_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
