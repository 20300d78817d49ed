/*
 * Credentials, handshakes and a stopwatch for the Kerberos benchmarks: both stacks make the same
 * calls in the same order.
 */
#include "bench/kerberos/ends.h"

#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROOM 16384

/* ---- measuring --------------------------------------------------------------------------------
 */

_Noreturn void bench_fail(const char *what, unsigned status)
{
    fprintf(stderr, "bench/kerberos: %s gives 0x%08x\n", what, status);
    exit(1);
}

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_rate(void (*once)(void), double seconds)
{
    double begin = bench_now(), end;
    unsigned count = 0;

    do {
        once();
        count++;
        end = bench_now();
    } while (end - begin < seconds);
    return count / (end - begin);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_middle(double *figures, size_t count)
{
    qsort(figures, count, sizeof(*figures), ascending);
    return figures[count / 2];
}

/* ---- SSPI -------------------------------------------------------------------------------------
 */

static void acquire(ULONG use, CredHandle *credential)
{
    SECURITY_STATUS status = AcquireCredentialsHandleA(
        NULL, (SEC_CHAR *)(uintptr_t) "Kerberos", use, NULL, NULL, NULL, NULL, credential, NULL);

    if (status)
        bench_fail("AcquireCredentialsHandle", (unsigned)status);
}

void sspi_acquire(struct sspi_ends *e)
{
    acquire(SECPKG_CRED_OUTBOUND, &e->client);
    acquire(SECPKG_CRED_INBOUND, &e->server);
}

void sspi_connect(struct sspi_ends *e, const char *spn)
{
    static char request[ROOM], reply[ROOM];
    SecBuffer one = {ROOM, SECBUFFER_TOKEN, request}, two = {ROOM, SECBUFFER_TOKEN, reply};
    SecBuffer none = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc to = {SECBUFFER_VERSION, 1, &one}, back = {SECBUFFER_VERSION, 1, &two},
                  nothing = {SECBUFFER_VERSION, 1, &none};
    const ULONG wanted = ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
                         ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY;
    SEC_CHAR *target = (SEC_CHAR *)(uintptr_t)spn;
    SecPkgContext_Sizes sizes;
    ULONG attributes;
    SECURITY_STATUS status =
        InitializeSecurityContextA(&e->client, NULL, target, wanted, 0, SECURITY_NATIVE_DREP, NULL,
                                   0, &e->initiator, &to, &attributes, NULL);

    if (status != SEC_I_CONTINUE_NEEDED)
        bench_fail("InitializeSecurityContext", (unsigned)status);
    status = AcceptSecurityContext(&e->server, NULL, &to, 0, SECURITY_NATIVE_DREP, &e->acceptor,
                                   &back, &attributes, NULL);
    if (status)
        bench_fail("AcceptSecurityContext", (unsigned)status);
    status = InitializeSecurityContextA(&e->client, &e->initiator, target, wanted, 0,
                                        SECURITY_NATIVE_DREP, &back, 0, &e->initiator, &nothing,
                                        &attributes, NULL);
    if (status)
        bench_fail("the second InitializeSecurityContext", (unsigned)status);
    status = QueryContextAttributesA(&e->initiator, SECPKG_ATTR_SIZES, &sizes);
    if (status)
        bench_fail("SECPKG_ATTR_SIZES", (unsigned)status);
    e->trailer = sizes.cbSecurityTrailer;
}

void sspi_disconnect(struct sspi_ends *e)
{
    DeleteSecurityContext(&e->initiator);
    DeleteSecurityContext(&e->acceptor);
}

void sspi_release(struct sspi_ends *e)
{
    FreeCredentialsHandle(&e->client);
    FreeCredentialsHandle(&e->server);
}

/* ---- GSSAPI -----------------------------------------------------------------------------------
 */

void gss_acquire(struct gss_ends *e, const char *spn)
{
    gss_buffer_desc name = {strlen(spn), (void *)(uintptr_t)spn};
    OM_uint32 minor,
        major = gss_import_name(&minor, &name, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &e->target);

    if (!major)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_INITIATE,
                                 &e->client, NULL, NULL);
    if (!major)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                 &e->server, NULL, NULL);
    if (major)
        bench_fail("GSSAPI's credentials", major);
}

void gss_connect(struct gss_ends *e)
{
    gss_buffer_desc request = GSS_C_EMPTY_BUFFER, reply = GSS_C_EMPTY_BUFFER,
                    nothing = GSS_C_EMPTY_BUFFER;
    const OM_uint32 wanted = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |
                             GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    OM_uint32 minor, major;

    e->initiator = e->acceptor = GSS_C_NO_CONTEXT;
    major = gss_init_sec_context(&minor, e->client, &e->initiator, e->target,
                                 (gss_OID)gss_mech_krb5, wanted, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                 GSS_C_NO_BUFFER, NULL, &request, NULL, NULL);
    if (major != GSS_S_CONTINUE_NEEDED)
        bench_fail("gss_init_sec_context", major);
    major = gss_accept_sec_context(&minor, &e->acceptor, e->server, &request,
                                   GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &reply, NULL, NULL, NULL);
    if (major)
        bench_fail("gss_accept_sec_context", major);
    major = gss_init_sec_context(&minor, e->client, &e->initiator, e->target,
                                 (gss_OID)gss_mech_krb5, wanted, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                 &reply, NULL, &nothing, NULL, NULL);
    if (major)
        bench_fail("the second gss_init_sec_context", major);
    gss_release_buffer(&minor, &request);
    gss_release_buffer(&minor, &reply);
    gss_release_buffer(&minor, &nothing);
}

void gss_disconnect(struct gss_ends *e)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &e->initiator, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &e->acceptor, GSS_C_NO_BUFFER);
}

void gss_release(struct gss_ends *e)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &e->client);
    gss_release_cred(&minor, &e->server);
    gss_release_name(&minor, &e->target);
}
