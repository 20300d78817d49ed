/*
 * Handshakes through gss-ntlmssp: a password at the initiator, and at the acceptor its file of
 * accounts.
 */
#include "bench/ntlm/gss.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/ntlm/ends.h"

static gss_OID_desc ntlmssp = {10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
static gss_OID_set_desc mechanisms = {1, &ntlmssp};

static struct {
    char file[32];
    gss_cred_id_t client, server;
    gss_name_t target;
} gss;

static gss_name_t name_of(const char *text, gss_OID type)
{
    gss_buffer_desc buffer = {strlen(text), (void *)(uintptr_t)text};
    gss_name_t name;
    OM_uint32 minor;

    if (gss_import_name(&minor, &buffer, type, &name))
        bench_fail("gss-ntlmssp", "gss_import_name", minor);
    return name;
}

static void tear_down(void)
{
    unlink(gss.file);
}

void gss_set_up(void)
{
    static const char accounts[] = "EXAMPLE:alice:open sesame\n";
    gss_buffer_desc password = {11, (void *)(uintptr_t) "open sesame"};
    gss_name_t user;
    OM_uint32 major, minor;
    int fd;

    strcpy(gss.file, "/tmp/ntlm-accounts-XXXXXX");
    fd = mkstemp(gss.file);
    if (fd < 0 || write(fd, accounts, sizeof(accounts) - 1) != (ssize_t)sizeof(accounts) - 1 ||
        setenv("NTLM_USER_FILE", gss.file, 1))
        bench_fail("gss-ntlmssp", "its file of accounts", 0);
    close(fd);
    atexit(tear_down);
    user = name_of("EXAMPLE\\alice", GSS_C_NT_USER_NAME);
    gss.target = name_of("HTTP@www.example.com", GSS_C_NT_HOSTBASED_SERVICE);
    major = gss_acquire_cred_with_password(&minor, user, &password, 0, &mechanisms, GSS_C_INITIATE,
                                           &gss.client, NULL, NULL);
    if (!major)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechanisms, GSS_C_ACCEPT, &gss.server,
                                 NULL, NULL);

    if (major)
        bench_fail("gss-ntlmssp", "its credentials", major);
    gss_release_name(&minor, &user);
}

void gss_handshake(void *arg)
{
    gss_buffer_desc one = GSS_C_EMPTY_BUFFER, two = GSS_C_EMPTY_BUFFER, three = GSS_C_EMPTY_BUFFER,
                    none = GSS_C_EMPTY_BUFFER;
    gss_ctx_id_t client = GSS_C_NO_CONTEXT, server = GSS_C_NO_CONTEXT;
    const OM_uint32 wanted =
        GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    OM_uint32 major, minor;

    (void)arg;
    major = gss_init_sec_context(&minor, gss.client, &client, gss.target, &ntlmssp, wanted, 0, NULL,
                                 NULL, NULL, &one, NULL, NULL);
    if (major == GSS_S_CONTINUE_NEEDED)
        major = gss_accept_sec_context(&minor, &server, gss.server, &one, NULL, NULL, NULL, &two,
                                       NULL, NULL, NULL);
    if (major == GSS_S_CONTINUE_NEEDED)
        major = gss_init_sec_context(&minor, gss.client, &client, gss.target, &ntlmssp, wanted, 0,
                                     NULL, &two, NULL, &three, NULL, NULL);
    if (major == GSS_S_COMPLETE)
        major = gss_accept_sec_context(&minor, &server, gss.server, &three, NULL, NULL, NULL, &none,
                                       NULL, NULL, NULL);
    if (major)
        bench_fail("gss-ntlmssp", "a handshake", major);
    gss_release_buffer(&minor, &one);
    gss_release_buffer(&minor, &two);
    gss_release_buffer(&minor, &three);
    gss_release_buffer(&minor, &none);
    gss_delete_sec_context(&minor, &client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &server, GSS_C_NO_BUFFER);
}
