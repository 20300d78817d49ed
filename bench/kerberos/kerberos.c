/*
 * Kerberos handshakes a second, ours against plain MIT GSSAPI, in one run: the same ticket from the
 * same cache, the same keytab, the same replay cache, mutual authentication. Rounds alternate, so
 * that both meet the same machine, and the middle one counts. Then sealed messages over one context
 * of each.
 */
#include <dlfcn.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security.h>

#include "tests/unit/kerberos/realm.h"

#define ROUNDS        7
#define ROUND_SECONDS 0.5
#define TOKEN_ROOM    16384
#define MESSAGE       1024
#define ISC_WANTED                                                                                 \
    (ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |                       \
     ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY)
#define GSS_WANTED                                                                                 \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG |               \
     GSS_C_INTEG_FLAG)

static _Noreturn void fail(const char *what, unsigned status)
{
    fprintf(stderr, "bench/kerberos: %s gives 0x%08x\n", what, status);
    realm_stop();
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- ours ---------------------------------------------------------------------------------------
 */

static PSecurityFunctionTableW sspi;
static CredHandle client_credential, server_credential;
static CtxtHandle client, server;
static WCHAR package[] = u"Kerberos", target[] = u"HTTP/web.credmgr.test";

static void load(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
    PSecurityFunctionTableW (*init)(void);
    void *library;

    if (length < 0)
        fail("/proc/self/exe", 0);
    path[length] = 0;
    for (int i = 0; i < 3; i++) /* BUILD/bench/kerberos/kerberos */
        *strrchr(path, '/') = 0;
    strcat(path, "/lib/libsspi.so");
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    *(void **)&init = library ? dlsym(library, "InitSecurityInterfaceW") : NULL;
    if (!init) {
        fprintf(stderr, "bench/kerberos: %s\n", dlerror());
        fail(path, 0);
    }
    sspi = init();
}

static void sspi_start(void)
{
    SECURITY_STATUS status = sspi->AcquireCredentialsHandleW(
        NULL, package, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL, &client_credential, NULL);

    if (status)
        fail("libsspi: AcquireCredentialsHandle, outbound", (unsigned)status);
    status = sspi->AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                             NULL, &server_credential, NULL);
    if (status)
        fail("libsspi: AcquireCredentialsHandle, inbound", (unsigned)status);
}

static void sspi_handshake(void)
{
    static uint8_t request[TOKEN_ROOM], reply[TOKEN_ROOM], rest[TOKEN_ROOM];
    SecBuffer one = {TOKEN_ROOM, SECBUFFER_TOKEN, request},
              two = {TOKEN_ROOM, SECBUFFER_TOKEN, reply},
              three = {TOKEN_ROOM, SECBUFFER_TOKEN, rest};
    SecBufferDesc first = {SECBUFFER_VERSION, 1, &one}, second = {SECBUFFER_VERSION, 1, &two},
                  third = {SECBUFFER_VERSION, 1, &three};
    ULONG attributes;
    SECURITY_STATUS status;

    status = sspi->InitializeSecurityContextW(&client_credential, NULL, target, ISC_WANTED, 0,
                                              SECURITY_NATIVE_DREP, NULL, 0, &client, &first,
                                              &attributes, NULL);
    if (status != SEC_I_CONTINUE_NEEDED)
        fail("libsspi: InitializeSecurityContext", (unsigned)status);
    status = sspi->AcceptSecurityContext(&server_credential, NULL, &first, 0, SECURITY_NATIVE_DREP,
                                         &server, &second, &attributes, NULL);
    if (status)
        fail("libsspi: AcceptSecurityContext", (unsigned)status);
    status = sspi->InitializeSecurityContextW(&client_credential, &client, target, ISC_WANTED, 0,
                                              SECURITY_NATIVE_DREP, &second, 0, &client, &third,
                                              &attributes, NULL);
    if (status || attributes != ISC_WANTED)
        fail("libsspi: InitializeSecurityContext, second leg", (unsigned)status);
}

static void sspi_end(void)
{
    sspi->DeleteSecurityContext(&client);
    sspi->DeleteSecurityContext(&server);
}

static void sspi_message(void)
{
    static uint8_t wire[MESSAGE + 256], text[MESSAGE];
    SecBuffer b[2] = {{60, SECBUFFER_TOKEN, wire}, {MESSAGE, SECBUFFER_DATA, text}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status = sspi->EncryptMessage(&client, 0, &desc, 0);

    if (!status)
        status = sspi->DecryptMessage(&server, &desc, 0, NULL);
    if (status)
        fail("libsspi: a message", (unsigned)status);
}

/* ---- theirs -------------------------------------------------------------------------------------
 */

static gss_cred_id_t gss_client_credential, gss_server_credential;
static gss_ctx_id_t gss_client, gss_server;
static gss_name_t gss_target;

static void check(const char *what, OM_uint32 major, OM_uint32 minor)
{
    if (GSS_ERROR(major)) {
        fprintf(stderr, "bench/kerberos: minor status %u\n", minor);
        fail(what, major);
    }
}

static void gss_start(void)
{
    gss_OID_set_desc mechanisms = {1, (gss_OID)gss_mech_krb5};
    gss_buffer_desc text = {sizeof(SERVICE) - 1, (void *)(uintptr_t)SERVICE};
    OM_uint32 major, minor;

    major = gss_import_name(&minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &gss_target);
    check("GSSAPI: gss_import_name", major, minor);
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                             &gss_client_credential, NULL, NULL);
    check("GSSAPI: gss_acquire_cred", major, minor);
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
                             &gss_server_credential, NULL, NULL);
    check("GSSAPI: gss_acquire_cred", major, minor);
}

static void gss_handshake(void)
{
    gss_buffer_desc request = GSS_C_EMPTY_BUFFER, reply = GSS_C_EMPTY_BUFFER,
                    rest = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, flags;

    major = gss_init_sec_context(&minor, gss_client_credential, &gss_client, gss_target,
                                 (gss_OID)gss_mech_krb5, GSS_WANTED, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                 GSS_C_NO_BUFFER, NULL, &request, &flags, NULL);
    check("GSSAPI: gss_init_sec_context", major, minor);
    major =
        gss_accept_sec_context(&minor, &gss_server, gss_server_credential, &request,
                               GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &reply, &flags, NULL, NULL);
    check("GSSAPI: gss_accept_sec_context", major, minor);
    major = gss_init_sec_context(&minor, gss_client_credential, &gss_client, gss_target,
                                 (gss_OID)gss_mech_krb5, GSS_WANTED, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                 &reply, NULL, &rest, &flags, NULL);
    check("GSSAPI: gss_init_sec_context, second leg", major, minor);
    gss_release_buffer(&minor, &request);
    gss_release_buffer(&minor, &reply);
}

static void gss_end(void)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &gss_client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &gss_server, GSS_C_NO_BUFFER);
}

static void gss_message(void)
{
    static uint8_t text[MESSAGE];
    gss_buffer_desc in = {MESSAGE, text}, wire, out;
    OM_uint32 major, minor;

    major = gss_wrap(&minor, gss_client, 1, GSS_C_QOP_DEFAULT, &in, NULL, &wire);
    check("GSSAPI: gss_wrap", major, minor);
    major = gss_unwrap(&minor, gss_server, &wire, &out, NULL, NULL);
    check("GSSAPI: gss_unwrap", major, minor);
    gss_release_buffer(&minor, &wire);
    gss_release_buffer(&minor, &out);
}

/* ---- measuring
 * ------------------------------------------------------------------------------------ */

static void sspi_round(void)
{
    sspi_handshake();
    sspi_end();
}

static void gss_round(void)
{
    gss_handshake();
    gss_end();
}

static double rate(void (*once)(void))
{
    double begin = now(), end;
    unsigned long count = 0;

    do {
        once();
        count++;
        end = now();
    } while (end - begin < ROUND_SECONDS);
    return (double)count / (end - begin);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void compare(const char *what, const char *unit, void (*ours)(void), void (*theirs)(void),
                    const char *wanted)
{
    double our_rates[ROUNDS], their_rates[ROUNDS];

    ours();
    theirs(); /* what is loaded at first use is not measured */
    for (size_t i = 0; i < ROUNDS; i++) {
        our_rates[i] = rate(ours);
        their_rates[i] = rate(theirs);
    }
    qsort(our_rates, ROUNDS, sizeof(double), by_value);
    qsort(their_rates, ROUNDS, sizeof(double), by_value);
    printf("%s\t%.0f%s\t%.0f%s\t%.2f\t%s\n", what, our_rates[ROUNDS / 2], unit,
           their_rates[ROUNDS / 2], unit, our_rates[ROUNDS / 2] / their_rates[ROUNDS / 2], wanted);
}

int main(void)
{
    realm_start(NULL);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    load();
    sspi_start();
    gss_start();
    compare("Kerberos handshakes (peer: MIT GSSAPI)", "/s", sspi_round, gss_round, "at least 0.9");
    sspi_handshake();
    gss_handshake();
    compare("Kerberos, 1 KiB sealed and opened (peer: MIT GSSAPI)", "/s", sspi_message, gss_message,
            "at least 0.9");
    return realm_stop();
}
