/*
 * The few functions of Windows' kernel that a credential manager or security package written for
 * Windows calls beside its own interface: memory that another component frees, the thread's last
 * error, and strings of WCHAR. All are inline over the C library, so that no library stands behind
 * them. Included by windows.h.
 *
 * Sources: "Global and Local Functions", "GetLastError function", "DllMain entry point", "lstrlenW
 * function", Windows SDK documentation (win32/Memory, sdk-api/winbase, sdk-api/errhandlingapi).
 *
 * L"…" is a string of WCHAR when the source is compiled with -fshort-wchar. The C library's own
 * functions for wchar_t know nothing of that option and would read such strings wrongly: with it,
 * this file puts functions of its own in the place of the usual ones (wcslen, wcscmp …).
 */
#ifndef CREDMGR_WINBASE_H
#define CREDMGR_WINBASE_H

#include <windows.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- modules ---- */

/* __declspec(dllexport): visible, also under -fvisibility=hidden. Other attributes mean nothing. */
#if !defined(__declspec) && !defined(_MSC_EXTENSIONS)
#define CREDMGR_DECLSPEC_dllexport __attribute__((visibility("default")))
#define CREDMGR_DECLSPEC_dllimport
#define CREDMGR_DECLSPEC_noreturn   __attribute__((noreturn))
#define CREDMGR_DECLSPEC_noinline   __attribute__((noinline))
#define CREDMGR_DECLSPEC_thread     __thread
#define CREDMGR_DECLSPEC_align(n)   __attribute__((aligned(n)))
#define CREDMGR_DECLSPEC_deprecated __attribute__((deprecated))
#define __declspec(attribute) CREDMGR_DECLSPEC_##attribute
#endif

/*
 * Why DllMain is called. mpnotify calls a credential manager's, when it has one, with
 * DLL_PROCESS_ATTACH before any other function, and does not use a manager whose answer is FALSE.
 * Its process ends without DLL_PROCESS_DETACH, as with TerminateProcess.
 */
#define DLL_PROCESS_DETACH 0
#define DLL_PROCESS_ATTACH 1
#define DLL_THREAD_ATTACH  2
#define DLL_THREAD_DETACH  3
__attribute__((visibility("default"))) BOOL WINAPI DllMain(HINSTANCE hinstDLL, DWORD fdwReason,
                                                           LPVOID lpvReserved);

/* Nobody is told of threads anyway. */
static inline BOOL WINAPI DisableThreadLibraryCalls(HMODULE hLibModule)
{
    (void)hLibModule;
    return TRUE;
}

/* ---- the last error of a thread ---- */

/*
 * One variable of all objects that are linked together. It is what SetLastError was given by code
 * compiled against these headers, and by the functions below and those of secext.h; the C library
 * does not set it.
 */
__attribute__((weak, visibility("default"))) __thread DWORD credmgr_last_error;

static inline DWORD WINAPI GetLastError(VOID)
{
    return credmgr_last_error;
}

static inline VOID WINAPI SetLastError(DWORD dwErrCode)
{
    credmgr_last_error = dwErrCode;
}

/* ---- memory ---- */

#define LMEM_FIXED          0x0000
#define LMEM_MOVEABLE       0x0002
#define LMEM_NOCOMPACT      0x0010
#define LMEM_NODISCARD      0x0020
#define LMEM_ZEROINIT       0x0040
#define LMEM_MODIFY         0x0080
#define LMEM_DISCARDABLE    0x0F00
#define LMEM_VALID_FLAGS    0x0F72
#define LMEM_INVALID_HANDLE 0x8000
#define LHND                (LMEM_MOVEABLE | LMEM_ZEROINIT)
#define LPTR                (LMEM_FIXED | LMEM_ZEROINIT)
#define NONZEROLHND         (LMEM_MOVEABLE)
#define NONZEROLPTR         (LMEM_FIXED)

/*
 * `uBytes` bytes, zeroed with LMEM_ZEROINIT; the memory of malloc(). Movable memory does not move:
 * a handle is the address. NULL: ERROR_NOT_ENOUGH_MEMORY.
 */
static inline HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes)
{
    SIZE_T size = uBytes ? uBytes : 1;
    HLOCAL memory = uFlags & LMEM_ZEROINIT ? calloc(1, size) : malloc(size);

    if (!memory)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return memory;
}

/* NULL: it was freed (or was NULL already). */
static inline HLOCAL WINAPI LocalFree(HLOCAL hMem)
{
    free(hMem);
    return NULL;
}

static inline LPVOID WINAPI LocalLock(HLOCAL hMem)
{
    return hMem;
}

/* FALSE with NO_ERROR: unlocked, as fixed memory always is. */
static inline BOOL WINAPI LocalUnlock(HLOCAL hMem)
{
    (void)hMem;
    SetLastError(NO_ERROR);
    return FALSE;
}

/* The one heap there is: malloc()'s. */
#define HEAP_ZERO_MEMORY 0x00000008

static inline HANDLE WINAPI GetProcessHeap(VOID)
{
    static char heap;

    return &heap;
}

static inline LPVOID WINAPI HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes)
{
    (void)hHeap;
    return LocalAlloc(dwFlags & HEAP_ZERO_MEMORY ? LPTR : LMEM_FIXED, dwBytes);
}

static inline BOOL WINAPI HeapFree(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem)
{
    (void)hHeap;
    (void)dwFlags;
    free(lpMem);
    return TRUE;
}

#define RtlCopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define RtlMoveMemory(destination, source, length) memmove((destination), (source), (length))
#define RtlZeroMemory(destination, length)         memset((destination), 0, (length))
#define RtlFillMemory(destination, length, fill)   memset((destination), (fill), (length))
#define CopyMemory                                 RtlCopyMemory
#define MoveMemory                                 RtlMoveMemory
#define ZeroMemory                                 RtlZeroMemory
#define FillMemory                                 RtlFillMemory

/* Zeroes that the compiler does not leave out. */
static inline PVOID RtlSecureZeroMemory(PVOID ptr, SIZE_T cnt)
{
    volatile UCHAR *p = (volatile UCHAR *)ptr;

    while (cnt--)
        *p++ = 0;
    return ptr;
}
#define SecureZeroMemory RtlSecureZeroMemory

/* ---- small things every source uses ---- */

#define UNREFERENCED_PARAMETER(p)     ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p) ((void)(p))
#define ARRAYSIZE(a)                  (sizeof(a) / sizeof((a)[0]))
#define LOWORD(l)                     ((WORD)((DWORD_PTR)(l)&0xffff))
#define HIWORD(l)                     ((WORD)((DWORD_PTR)(l) >> 16 & 0xffff))
#define MAKELONG(low, high)                                                                        \
    ((LONG)((DWORD)(WORD)((DWORD_PTR)(low)&0xffff) | (DWORD)(WORD)((DWORD_PTR)(high)&0xffff) << 16))

/* ---- strings ---- */

/* Characters before the terminating zero; 0 for NULL. */
static inline int WINAPI lstrlenW(LPCWSTR lpString)
{
    int length = 0;

    while (lpString && lpString[length])
        length++;
    return length;
}

static inline int WINAPI lstrlenA(LPCSTR lpString)
{
    return lpString ? (int)strlen(lpString) : 0;
}

static inline LPWSTR WINAPI lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2)
{
    memcpy(lpString1, lpString2, ((size_t)lstrlenW(lpString2) + 1) * sizeof(WCHAR));
    return lpString1;
}

static inline LPSTR WINAPI lstrcpyA(LPSTR lpString1, LPCSTR lpString2)
{
    return strcpy(lpString1, lpString2);
}

static inline LPWSTR WINAPI lstrcatW(LPWSTR lpString1, LPCWSTR lpString2)
{
    lstrcpyW(lpString1 + lstrlenW(lpString1), lpString2);
    return lpString1;
}

static inline LPSTR WINAPI lstrcatA(LPSTR lpString1, LPCSTR lpString2)
{
    return strcat(lpString1, lpString2);
}

#define lstrlen CREDMGR_AW(lstrlen)
#define lstrcpy CREDMGR_AW(lstrcpy)
#define lstrcat CREDMGR_AW(lstrcat)

#if __SIZEOF_WCHAR_T__ == 2

static inline size_t credmgr_wcslen(const WCHAR *s)
{
    size_t length = 0;

    while (s[length])
        length++;
    return length;
}

static inline int credmgr_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    for (; count; a++, b++, count--)
        if (*a != *b || !*a)
            return *a < *b ? -1 : *a > *b;
    return 0;
}

static inline int credmgr_wcscmp(const WCHAR *a, const WCHAR *b)
{
    return credmgr_wcsncmp(a, b, (size_t)-1);
}

/* Letters of ASCII alone have two cases, as in Microsoft's "C" locale. */
static inline int credmgr_wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    for (; count; a++, b++, count--) {
        WCHAR x = *a >= 'A' && *a <= 'Z' ? (WCHAR)(*a + 32) : *a;
        WCHAR y = *b >= 'A' && *b <= 'Z' ? (WCHAR)(*b + 32) : *b;

        if (x != y || !x)
            return x < y ? -1 : x > y;
    }
    return 0;
}

static inline int credmgr_wcsicmp(const WCHAR *a, const WCHAR *b)
{
    return credmgr_wcsnicmp(a, b, (size_t)-1);
}

static inline WCHAR *credmgr_wcscpy(WCHAR *to, const WCHAR *from)
{
    memcpy(to, from, (credmgr_wcslen(from) + 1) * sizeof(WCHAR));
    return to;
}

static inline WCHAR *credmgr_wcsncpy(WCHAR *to, const WCHAR *from, size_t count)
{
    size_t i = 0;

    for (; i < count && from[i]; i++)
        to[i] = from[i];
    for (; i < count; i++)
        to[i] = 0;
    return to;
}

static inline WCHAR *credmgr_wcscat(WCHAR *to, const WCHAR *from)
{
    credmgr_wcscpy(to + credmgr_wcslen(to), from);
    return to;
}

static inline WCHAR *credmgr_wcschr(const WCHAR *s, WCHAR c)
{
    for (; *s != c; s++)
        if (!*s)
            return NULL;
    return (WCHAR *)(uintptr_t)s;
}

static inline WCHAR *credmgr_wcsrchr(const WCHAR *s, WCHAR c)
{
    const WCHAR *last = NULL;

    for (;; s++) {
        if (*s == c)
            last = s;
        if (!*s)
            return (WCHAR *)(uintptr_t)last;
    }
}

#define wcslen    credmgr_wcslen
#define wcscmp    credmgr_wcscmp
#define wcsncmp   credmgr_wcsncmp
#define _wcsicmp  credmgr_wcsicmp
#define _wcsnicmp credmgr_wcsnicmp
#define wcscpy    credmgr_wcscpy
#define wcsncpy   credmgr_wcsncpy
#define wcscat    credmgr_wcscat
#define wcschr    credmgr_wcschr
#define wcsrchr   credmgr_wcsrchr

#endif

#ifdef __cplusplus
}
#endif

#endif
