/*
 * Credentials, handshakes and a stopwatch for the NTLM benchmarks: all libraries get the same calls
 * in the same order.
 */
#include "bench/ntlm/ends.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REQUIREMENTS                                                                               \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)

/* ---- measuring --------------------------------------------------------------------------------
 */

_Noreturn void bench_fail(const char *who, const char *what, unsigned status)
{
    fprintf(stderr, "bench/ntlm: %s: %s gives 0x%08x\n", who, what, status);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run_round(const struct contender *c, double seconds)
{
    double begin = now(), end;
    unsigned long count = 0;

    do {
        for (int i = 0; i < 10; i++)
            c->once(c->arg);
        count += 10;
        end = now();
    } while (end - begin < seconds);
    return (double)count / (end - begin);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void bench_compare(struct contender *all, size_t count, double seconds)
{
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t i = 0; i < count; i++)
            all[i].rates[round] = run_round(&all[i], seconds);
    }
    for (size_t i = 0; i < count; i++) {
        qsort(all[i].rates, BENCH_ROUNDS, sizeof(all[i].rates[0]), ascending);
        all[i].rate = all[i].rates[BENCH_ROUNDS / 2];
    }
}

/* ---- the libraries ----------------------------------------------------------------------------
 */

static void *load(const char *file, const char *symbol)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    void *found = library ? dlsym(library, symbol) : NULL;

    if (!found) {
        fprintf(stderr, "bench/ntlm: %s\n", dlerror());
        exit(1);
    }
    return found;
}

PSecurityFunctionTableW bench_libsspi(void)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 64);

    path[size < 0 ? 0 : size] = 0;
    for (int i = 0; i < 3; i++) {
        char *slash = strrchr(path, '/');

        if (slash)
            *slash = 0;
    }
    strcat(path, "/lib/libsspi.so.0");
    return ((PSecurityFunctionTableW(*)(void))load(access(path, R_OK) == 0 ? path : "libsspi.so.0",
                                                   "InitSecurityInterfaceW"))();
}

PSecurityFunctionTableW bench_winpr(void)
{
    return ((PSecurityFunctionTableW(*)(DWORD))load("libwinpr2.so.2", "InitSecurityInterfaceExW"))(
        0);
}

/* ---- SSPI -------------------------------------------------------------------------------------
 */

void bench_wide(WCHAR *out, size_t room, const char *text, size_t size)
{
    for (size_t i = 0; i < size && i + 1 < room; i++)
        out[i] = (unsigned char)text[i];
    out[size < room ? size : room - 1] = 0;
}

static ULONG length(const WCHAR *text)
{
    ULONG units = 0;

    while (text[units])
        units++;
    return units;
}

static void acquire(struct sspi *s, const struct account *a, ULONG use, CredHandle *credential)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SEC_WINNT_AUTH_IDENTITY_EXW with_packages = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                                 .Length = sizeof(with_packages),
                                                 .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    void *given = a ? &id : NULL;
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (a) {
        id.User = (USHORT *)(uintptr_t)a->user;
        id.UserLength = length(a->user);
        id.Domain = (USHORT *)(uintptr_t)a->domain;
        id.DomainLength = length(a->domain);
        id.Password = (USHORT *)(uintptr_t)a->password;
        id.PasswordLength = length(a->password);
    }
    if (a && s->packages) {
        with_packages.User = id.User;
        with_packages.UserLength = id.UserLength;
        with_packages.Domain = id.Domain;
        with_packages.DomainLength = id.DomainLength;
        with_packages.Password = id.Password;
        with_packages.PasswordLength = id.PasswordLength;
        with_packages.PackageList = (USHORT *)(uintptr_t)s->packages;
        with_packages.PackageListLength = length(s->packages);
        given = &with_packages;
    }
    status = s->table->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)(uintptr_t)s->package, use,
                                                 NULL, given, NULL, NULL, credential, &expiry);
    if (status)
        bench_fail(s->name, "AcquireCredentialsHandle", (unsigned)status);
}

void sspi_acquire(struct sspi *s, const struct account *a, bool of_session)
{
    acquire(s, of_session ? NULL : a, SECPKG_CRED_OUTBOUND, &s->client);
    acquire(s, a, SECPKG_CRED_INBOUND, &s->server);
}

/* A token on its way: the peer's last one. */
struct token {
    char data[16384];
    ULONG size;
};

static SECURITY_STATUS client_leg(struct sspi *s, bool first, const struct token *in,
                                  struct token *out)
{
    SecBuffer given = {in->size, SECBUFFER_TOKEN, (void *)(uintptr_t)in->data};
    SecBuffer made = {sizeof(out->data), SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &made};
    ULONG attributes;
    TimeStamp expiry;
    SECURITY_STATUS status = s->table->InitializeSecurityContextW(
        &s->client, first ? NULL : &s->initiator,
        (SEC_WCHAR *)(uintptr_t)(s->target ? s->target : u"HTTP/www.example.com"), REQUIREMENTS, 0,
        SECURITY_NATIVE_DREP, first ? NULL : &input, 0, &s->initiator, &output, &attributes,
        &expiry);

    out->size = made.cbBuffer;
    return status;
}

static SECURITY_STATUS server_leg(struct sspi *s, bool first, const struct token *in,
                                  struct token *out)
{
    SecBuffer given = {in->size, SECBUFFER_TOKEN, (void *)(uintptr_t)in->data};
    SecBuffer made = {sizeof(out->data), SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &made};
    ULONG attributes;
    TimeStamp expiry;
    SECURITY_STATUS status = s->table->AcceptSecurityContext(
        &s->server, first ? NULL : &s->acceptor, &input, ASC_REQ_CONFIDENTIALITY,
        SECURITY_NATIVE_DREP, &s->acceptor, &output, &attributes, &expiry);

    if (status == SEC_I_COMPLETE_NEEDED) /* WinPR verifies the client here */
        status = s->table->CompleteAuthToken(&s->acceptor, &output);
    out->size = made.cbBuffer;
    return status;
}

void sspi_connect(struct sspi *s)
{
    static struct token from_client, from_server;
    SECURITY_STATUS client = SEC_I_CONTINUE_NEEDED, server = SEC_I_CONTINUE_NEEDED;
    bool first = true;

    while (client == SEC_I_CONTINUE_NEEDED || server == SEC_I_CONTINUE_NEEDED) {
        if (client == SEC_I_CONTINUE_NEEDED)
            client = client_leg(s, first, &from_server, &from_client);
        if (client && client != SEC_I_CONTINUE_NEEDED)
            bench_fail(s->name, "InitializeSecurityContext", (unsigned)client);
        if (server == SEC_I_CONTINUE_NEEDED)
            server = server_leg(s, first, &from_client, &from_server);
        if (server && server != SEC_I_CONTINUE_NEEDED)
            bench_fail(s->name, "AcceptSecurityContext", (unsigned)server);
        first = false;
    }
}

void sspi_disconnect(struct sspi *s)
{
    s->table->DeleteSecurityContext(&s->initiator);
    s->table->DeleteSecurityContext(&s->acceptor);
}
