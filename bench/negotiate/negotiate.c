/*
 * What Negotiate costs on top of the package that it agrees on: the same handshakes and messages
 * through libsspi, once by the package's own name and once through Negotiate, in one run.
 *
 *   negotiate            NTLM with a supplied account; once Negotiate may use nothing else, once
 *                        it falls back to it
 *   negotiate SPN        Kerberos with the caller's default credentials and keytab
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bench/ntlm/ends.h"

#define ROUND_SECONDS 0.15
#define MESSAGE_SIZE  1024
#define TRAILER_ROOM  256

static void handshake(void *arg)
{
    sspi_connect(arg);
    sspi_disconnect(arg);
}

static void message(void *arg)
{
    static uint8_t wire[TRAILER_ROOM + MESSAGE_SIZE];
    struct sspi *s = arg;
    SecPkgContext_Sizes sizes;
    SecBuffer out[2], in[2];
    SecBufferDesc sealed = {SECBUFFER_VERSION, 2, out}, received = {SECBUFFER_VERSION, 2, in};
    SECURITY_STATUS status;
    ULONG qop;

    status = s->table->QueryContextAttributesW(&s->initiator, SECPKG_ATTR_SIZES, &sizes);
    if (status || sizes.cbSecurityTrailer > TRAILER_ROOM)
        bench_fail(s->name, "SECPKG_ATTR_SIZES", (unsigned)status);
    out[0] = (SecBuffer){sizes.cbSecurityTrailer, SECBUFFER_TOKEN, wire};
    out[1] = (SecBuffer){MESSAGE_SIZE, SECBUFFER_DATA, wire + sizes.cbSecurityTrailer};
    status = s->table->EncryptMessage(&s->initiator, 0, &sealed, 0);
    if (status)
        bench_fail(s->name, "EncryptMessage", (unsigned)status);
    in[0] = (SecBuffer){out[0].cbBuffer + MESSAGE_SIZE, SECBUFFER_STREAM, wire};
    in[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
    if (out[0].cbBuffer < sizes.cbSecurityTrailer)
        memmove(wire + out[0].cbBuffer, out[1].pvBuffer, MESSAGE_SIZE);
    status = s->table->DecryptMessage(&s->acceptor, &received, 0, &qop);
    if (status)
        bench_fail(s->name, "DecryptMessage", (unsigned)status);
}

static void compare(const char *what, struct sspi *negotiate, struct sspi *inner)
{
    struct contender shakes[] = {{.once = handshake, .arg = negotiate},
                                 {.once = handshake, .arg = inner}};
    struct contender messages[] = {{.once = message, .arg = negotiate},
                                   {.once = message, .arg = inner}};

    bench_compare(shakes, 2, ROUND_SECONDS);
    printf("Negotiate handshakes, %s\t%.0f/s\t%.0f/s\t%.2f\t\n", what, shakes[0].rate,
           shakes[1].rate, shakes[0].rate / shakes[1].rate);
    sspi_connect(negotiate);
    sspi_connect(inner);
    bench_compare(messages, 2, ROUND_SECONDS);
    printf("Negotiate messages of 1 KiB, %s\t%.0f/s\t%.0f/s\t%.2f\tat least 0.9\n", what,
           messages[0].rate, messages[1].rate, messages[0].rate / messages[1].rate);
    sspi_disconnect(negotiate);
    sspi_disconnect(inner);
}

static void with_ntlm(PSecurityFunctionTableW table)
{
    const struct account account = {u"alice", u"EXAMPLE", u"open sesame"};
    struct sspi ntlm = {.name = "NTLM", .table = table, .package = u"NTLM"};
    struct sspi bare = {.name = "Negotiate with NTLM alone",
                        .table = table,
                        .package = u"Negotiate",
                        .packages = u"NTLM"};
    struct sspi spnego = {.name = "Negotiate", .table = table, .package = u"Negotiate"};

    sspi_acquire(&ntlm, &account, false);
    sspi_acquire(&bare, &account, false);
    compare("NTLM and nothing else (peer: NTLM)", &bare, &ntlm);
    sspi_acquire(&spnego, &account, false);
    compare("NTLM as the fallback (peer: NTLM)", &spnego, &ntlm);
}

static void with_kerberos(PSecurityFunctionTableW table, const char *spn)
{
    static WCHAR target[256];
    struct sspi kerberos = {
        .name = "Kerberos", .table = table, .package = u"Kerberos", .target = target};
    struct sspi negotiate = {
        .name = "Negotiate", .table = table, .package = u"Negotiate", .target = target};

    bench_wide(target, sizeof(target) / sizeof(WCHAR), spn, strlen(spn));
    sspi_acquire(&kerberos, NULL, true);
    sspi_acquire(&negotiate, NULL, true);
    compare("Kerberos (peer: Kerberos)", &negotiate, &kerberos);
}

int main(int argc, char **argv)
{
    PSecurityFunctionTableW table = bench_libsspi();

    if (argc > 2) {
        fprintf(stderr, "usage: %s [SPN]\n", argv[0]);
        return 2;
    }
    if (argc == 2)
        with_kerberos(table, argv[1]);
    else
        with_ntlm(table);
    return 0;
}
