/*
 * Kerberos handshakes a second (AP-REQ and AP-REP, mutual authentication), ours against MIT's own
 * GSSAPI, in one run: rounds alternate, so that both meet the same machine, and the middle one
 * counts.
 *
 *   kerberos SPN     the caller's default credential cache and keytab, for both
 *   kerberos SPN lsa the same, but our client with the credentials of the caller's logon session,
 * from lsad
 */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <security.h>

#define ROUNDS        7
#define ROUND_SECONDS 0.5
#define ROOM          16384

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what, unsigned status)
{
    fprintf(stderr, "bench/kerberos: %s gives 0x%08x\n", what, status);
    exit(1);
}

/* ---- ours -------------------------------------------------------------------------------------
 */

static CredHandle client, server;
static char *target;

static void acquire(ULONG use, CredHandle *credential)
{
    SECURITY_STATUS status = AcquireCredentialsHandleA(
        NULL, (SEC_CHAR *)(uintptr_t) "Kerberos", use, NULL, NULL, NULL, NULL, credential, NULL);

    if (status)
        fail("AcquireCredentialsHandle", (unsigned)status);
}

static void sspi_handshake(void)
{
    static char request[ROOM], reply[ROOM];
    SecBuffer one = {ROOM, SECBUFFER_TOKEN, request}, two = {ROOM, SECBUFFER_TOKEN, reply};
    SecBuffer none = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc to = {SECBUFFER_VERSION, 1, &one}, back = {SECBUFFER_VERSION, 1, &two},
                  nothing = {SECBUFFER_VERSION, 1, &none};
    const ULONG wanted = ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY;
    CtxtHandle initiator, acceptor;
    ULONG attributes;
    SECURITY_STATUS status =
        InitializeSecurityContextA(&client, NULL, target, wanted, 0, SECURITY_NATIVE_DREP, NULL, 0,
                                   &initiator, &to, &attributes, NULL);

    if (status != SEC_I_CONTINUE_NEEDED)
        fail("InitializeSecurityContext", (unsigned)status);
    status = AcceptSecurityContext(&server, NULL, &to, 0, SECURITY_NATIVE_DREP, &acceptor, &back,
                                   &attributes, NULL);
    if (status)
        fail("AcceptSecurityContext", (unsigned)status);
    status =
        InitializeSecurityContextA(&client, &initiator, target, wanted, 0, SECURITY_NATIVE_DREP,
                                   &back, 0, &initiator, &nothing, &attributes, NULL);
    if (status)
        fail("the second InitializeSecurityContext", (unsigned)status);
    DeleteSecurityContext(&initiator);
    DeleteSecurityContext(&acceptor);
}

/* ---- MIT's ------------------------------------------------------------------------------------
 */

static gss_cred_id_t gss_client, gss_server;
static gss_name_t gss_target;

static void gss_handshake(void)
{
    gss_ctx_id_t initiator = GSS_C_NO_CONTEXT, acceptor = GSS_C_NO_CONTEXT;
    gss_buffer_desc request = GSS_C_EMPTY_BUFFER, reply = GSS_C_EMPTY_BUFFER,
                    nothing = GSS_C_EMPTY_BUFFER;
    const OM_uint32 wanted = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    OM_uint32 minor, major;

    major = gss_init_sec_context(&minor, gss_client, &initiator, gss_target, (gss_OID)gss_mech_krb5,
                                 wanted, 0, GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, NULL,
                                 &request, NULL, NULL);
    if (major != GSS_S_CONTINUE_NEEDED)
        fail("gss_init_sec_context", major);
    major = gss_accept_sec_context(&minor, &acceptor, gss_server, &request,
                                   GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &reply, NULL, NULL, NULL);
    if (major)
        fail("gss_accept_sec_context", major);
    major = gss_init_sec_context(&minor, gss_client, &initiator, gss_target, (gss_OID)gss_mech_krb5,
                                 wanted, 0, GSS_C_NO_CHANNEL_BINDINGS, &reply, NULL, &nothing, NULL,
                                 NULL);
    if (major)
        fail("the second gss_init_sec_context", major);
    gss_release_buffer(&minor, &request);
    gss_release_buffer(&minor, &reply);
    gss_release_buffer(&minor, &nothing);
    gss_delete_sec_context(&minor, &initiator, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &acceptor, GSS_C_NO_BUFFER);
}

static void gss_acquire(void)
{
    gss_buffer_desc name = {strlen(target), target};
    OM_uint32 minor,
        major = gss_import_name(&minor, &name, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &gss_target);

    if (!major)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_INITIATE,
                                 &gss_client, NULL, NULL);
    if (!major)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                 &gss_server, NULL, NULL);
    if (major)
        fail("GSSAPI's credentials", major);
}

/* ---- measuring --------------------------------------------------------------------------------
 */

static double rate(void (*handshake)(void))
{
    double begin = now(), end;
    unsigned count = 0;

    do {
        handshake();
        count++;
        end = now();
    } while (end - begin < ROUND_SECONDS);
    return count / (end - begin);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    double ours[ROUNDS], theirs[ROUNDS];
    bool lsa = argc == 3 && !strcmp(argv[2], "lsa");

    if (argc < 2 || argc > 3 || (argc == 3 && !lsa)) {
        fprintf(stderr, "usage: kerberos SPN [lsa]\n");
        return 2;
    }
    target = argv[1];
    acquire(SECPKG_CRED_OUTBOUND, &client);
    acquire(SECPKG_CRED_INBOUND, &server);
    gss_acquire();
    sspi_handshake();
    gss_handshake();
    for (int i = 0; i < ROUNDS; i++) {
        ours[i] = rate(sspi_handshake);
        theirs[i] = rate(gss_handshake);
    }
    qsort(ours, ROUNDS, sizeof(*ours), ascending);
    qsort(theirs, ROUNDS, sizeof(*theirs), ascending);
    printf("Kerberos handshakes, %s (peer: MIT GSSAPI)\t%.0f/s\t%.0f/s\t%.2f\t%s\n",
           lsa ? "default credentials through lsad" : "ticket cache and keytab in process",
           ours[ROUNDS / 2], theirs[ROUNDS / 2], ours[ROUNDS / 2] / theirs[ROUNDS / 2],
           lsa ? "for comparison" : "at least 0.9");
    FreeCredentialsHandle(&client);
    FreeCredentialsHandle(&server);
    return 0;
}
