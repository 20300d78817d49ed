/*
 * NTLM handshakes a second, ours against WinPR's, in one run: rounds alternate, so that both meet
 * the same machine, and the middle one counts. Both libraries export the same names, so each is
 * loaded on its own and called through its function table.
 *
 *   ntlm                 both sides in process, with explicit credentials
 *   ntlm default USER    our client with the credentials of the caller's logon session, from lsad;
 *                        the acceptor, and all of WinPR, in process with USER's password, which is
 *                        read from standard input
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security.h>

#define ROUNDS        7
#define ROUND_SECONDS 0.5
#define REQUIREMENTS                                                                               \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)

/* One implementation with a client's and a server's credential. */
struct sspi {
    const char *name;
    PSecurityFunctionTableW table;
    CredHandle client, server;
    double rates[ROUNDS];
};

struct account {
    WCHAR user[64], domain[64], password[128];
};

static _Noreturn void fail(const char *who, const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "bench/ntlm: %s: %s gives 0x%08x\n", who, what, (unsigned)status);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

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

/*
 * libsspi of the build this program belongs to (…/bench/ntlm/ntlm and …/lib); installed ones after
 * it.
 */
static void *load_ours(void)
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
    return load(access(path, R_OK) == 0 ? path : "libsspi.so.0", "InitSecurityInterfaceW");
}

static void wide(WCHAR *out, size_t room, const char *text, size_t size)
{
    for (size_t i = 0; i < size && i + 1 < room; i++) /* ASCII is enough here */
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

static void acquire(struct sspi *s, const struct account *a, ULONG use, CredHandle *credential,
                    bool explicit)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {
        .User = (USHORT *)(uintptr_t)a->user,
        .UserLength = length(a->user),
        .Domain = (USHORT *)(uintptr_t)a->domain,
        .DomainLength = length(a->domain),
        .Password = (USHORT *)(uintptr_t)a->password,
        .PasswordLength = length(a->password),
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };
    TimeStamp expiry;
    SECURITY_STATUS status =
        s->table->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)u"NTLM", use, NULL,
                                            explicit ? &id : NULL, NULL, NULL, credential, &expiry);

    if (status)
        fail(s->name, "AcquireCredentialsHandle", status);
}

static SECURITY_STATUS client_leg(struct sspi *s, CtxtHandle *old, CtxtHandle *new, PSecBuffer in,
                                  PSecBuffer out)
{
    SecBufferDesc input = {SECBUFFER_VERSION, 1, in}, output = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;

    return s->table->InitializeSecurityContextW(
        &s->client, old, (SEC_WCHAR *)u"HTTP/www.example.com", REQUIREMENTS, 0,
        SECURITY_NATIVE_DREP, in ? &input : NULL, 0, new, &output, &attributes, &expiry);
}

static SECURITY_STATUS server_leg(struct sspi *s, CtxtHandle *old, CtxtHandle *new, PSecBuffer in,
                                  PSecBuffer out)
{
    SecBufferDesc input = {SECBUFFER_VERSION, 1, in}, output = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;

    return s->table->AcceptSecurityContext(&s->server, old, &input, ASC_REQ_CONFIDENTIALITY,
                                           SECURITY_NATIVE_DREP, new, &output, &attributes,
                                           &expiry);
}

/* Three messages, both contexts established, both deleted again. */
static void handshake(struct sspi *s)
{
    char room[3][4096];
    SecBuffer one = {sizeof(room[0]), SECBUFFER_TOKEN, room[0]};
    SecBuffer two = {sizeof(room[1]), SECBUFFER_TOKEN, room[1]};
    SecBuffer three = {sizeof(room[2]), SECBUFFER_TOKEN, room[2]};
    SecBuffer last;
    CtxtHandle client, server;
    SECURITY_STATUS status = client_leg(s, NULL, &client, NULL, &one);

    if (status != SEC_I_CONTINUE_NEEDED)
        fail(s->name, "the client's first leg", status);
    status = server_leg(s, NULL, &server, &one, &two);
    if (status != SEC_I_CONTINUE_NEEDED)
        fail(s->name, "the server's first leg", status);
    status = client_leg(s, &client, &client, &two, &three);
    if (status != SEC_E_OK)
        fail(s->name, "the client's second leg", status);
    last = (SecBuffer){sizeof(room[0]), SECBUFFER_TOKEN, room[0]};
    status = server_leg(s, &server, &server, &three, &last);
    if (status == SEC_I_COMPLETE_NEEDED) { /* WinPR verifies the client here */
        SecBufferDesc none = {SECBUFFER_VERSION, 1, &last};

        status = s->table->CompleteAuthToken(&server, &none);
    }
    if (status != SEC_E_OK)
        fail(s->name, "the server's second leg", status);
    s->table->DeleteSecurityContext(&client);
    s->table->DeleteSecurityContext(&server);
}

/* Handshakes a second, counted for about ROUND_SECONDS. */
static double run_round(struct sspi *s)
{
    double begin = now(), end;
    unsigned long count = 0;

    do {
        for (int i = 0; i < 20; i++)
            handshake(s);
        count += 20;
        end = now();
    } while (end - begin < ROUND_SECONDS);
    return (double)count / (end - begin);
}

static int by_rate(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/*
 * The acceptor takes the user from any domain: which one a logon session has is not this program's
 * to know.
 */
static bool read_account(struct account *a, const char *user)
{
    char line[128];

    if (!fgets(line, sizeof(line), stdin))
        return false;
    a->domain[0] = 0;
    wide(a->user, sizeof(a->user) / sizeof(WCHAR), user, strlen(user));
    wide(a->password, sizeof(a->password) / sizeof(WCHAR), line, strcspn(line, "\n"));
    return true;
}

int main(int argc, char **argv)
{
    struct account account = {u"alice", u"EXAMPLE", u"open sesame"};
    struct sspi both[2] = {{.name = "libsspi"}, {.name = "WinPR"}};
    bool from_lsad = argc == 3 && strcmp(argv[1], "default") == 0;
    double ours, peer;

    if (argc != 1 && (!from_lsad || !read_account(&account, argv[2]))) {
        fprintf(stderr, "usage: %s [default USER <password]\n", argv[0]);
        return 2;
    }
    both[0].table = ((PSecurityFunctionTableW(*)(void))load_ours())();
    both[1].table =
        ((PSecurityFunctionTableW(*)(DWORD))load("libwinpr2.so.2", "InitSecurityInterfaceExW"))(0);
    for (int i = 0; i < 2; i++) {
        acquire(&both[i], &account, SECPKG_CRED_OUTBOUND, &both[i].client, i == 1 || !from_lsad);
        acquire(&both[i], &account, SECPKG_CRED_INBOUND, &both[i].server, true);
        handshake(&both[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++)
            both[i].rates[round] = run_round(&both[i]);
    }
    for (int i = 0; i < 2; i++)
        qsort(both[i].rates, ROUNDS, sizeof(both[i].rates[0]), by_rate);
    ours = both[0].rates[ROUNDS / 2];
    peer = both[1].rates[ROUNDS / 2];
    printf("NTLM handshakes, %s (peer: WinPR in process)\t%.0f/s\t%.0f/s\t%.2f\tat least %s\n",
           from_lsad ? "default credentials through lsad" : "explicit credentials in process", ours,
           peer, ours / peer, from_lsad ? "0.4" : "1.5");
    return 0;
}
