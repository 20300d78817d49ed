/*
 * What a screen locker's PAM module does in the end, without PAM: lsad is told the password that
 * stands on standard input.
 *
 *   lsa-unlock USER [LUID]
 *
 * Prints lsad's answer ("success", "wrong", or its number), the LUID of the session that it was,
 * and how many milliseconds it took.
 */
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "libsspi/lsa/client.h"

#define PASSWORD_MAX 1024

static const struct {
    NTSTATUS status;
    const char *word;
} words[] = {{STATUS_SUCCESS, "success"},
             {STATUS_LOGON_FAILURE, "wrong"},
             {STATUS_ACCOUNT_RESTRICTION, "restricted"},
             {STATUS_NO_LOGON_SERVERS, "unknown"},
             {STATUS_NO_SUCH_LOGON_SESSION, "no-session"},
             {STATUS_PRIVILEGE_NOT_HELD, "not-yours"},
             {STATUS_INSUFFICIENT_RESOURCES, "too-many"}};

static long long milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    char *password = secret_alloc(PASSWORD_MAX);
    unsigned long long number = 0;
    long long begin;
    NTSTATUS status;
    LUID luid;

    if (argc < 2 || argc > 3 || !password || !fgets(password, PASSWORD_MAX, stdin)) {
        fprintf(stderr, "usage: lsa-unlock USER [LUID] <PASSWORD\n");
        return 2;
    }
    password[strcspn(password, "\n")] = 0;
    if (argc == 3)
        number = strtoull(argv[2], NULL, 16);
    luid = (LUID){.LowPart = (DWORD)number, .HighPart = (LONG)(number >> 32)};
    begin = milliseconds();
    status = lsa_client_unlock(&luid, argv[1], password);
    begin = milliseconds() - begin;
    secret_free(password);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].status == status)
            printf("%s", words[i].word);
    printf(" 0x%08x %08x%08x %lld ms\n", (unsigned)status, (unsigned)luid.HighPart,
           (unsigned)luid.LowPart, begin);
    return status == STATUS_SUCCESS ? 0 : 1;
}
