/*
 * NTLM's contexts on their way: exported and imported with their streams; and the token of an
 * acceptor's.
 */
#include "tests/unit/ntlm/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <credmgr.h>

static WCHAR package[] = u"NTLM";
static struct side client, server;

static void shake_as(const char *user, const char *domain, ULONG wanted)
{
    assert_int_equal(side_acquire(&client, true, user, domain, "sésame"), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, user, domain, "sésame"), SEC_E_OK);
    assert_int_equal(shake(&client, wanted, &server, 0, NULL), SEC_E_OK);
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static void move(struct side *s, ULONG flags)
{
    SecBuffer packed = {0, 0, NULL};
    CtxtHandle old = s->context;

    assert_int_equal(ExportSecurityContext(&s->context, flags, &packed, NULL), SEC_E_OK);
    if (!(flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD))
        assert_int_equal(DeleteSecurityContext(&old), SEC_E_OK);
    assert_int_equal(ImportSecurityContextW(package, &packed, NULL, &s->context), SEC_E_OK);
    FreeContextBuffer(packed.pvBuffer);
}

static void test_goes_on(void **state)
{
    static char long_text[9000]; /* more than is wound forward at once */

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    shake_as("Alice", "EXAMPLE", ISC_REQ_CONFIDENTIALITY);
    assert_int_equal(send_sealed(&client, &server, long_text), SEC_E_OK);
    assert_int_equal(send_sealed(&server, &client, "two"), SEC_E_OK);
    move(&server, 0);
    assert_int_equal(send_sealed(&client, &server, "three"), SEC_E_OK);
    move(&client, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
    assert_int_equal(send_sealed(&client, &server, "four"), SEC_E_OK);
    assert_int_equal(send_signed(&server, &client, "five"), SEC_E_OK);
    assert_names(&server, "EXAMPLE\\Alice");
}

static void test_reset(void **state)
{
    (void)state;
    shake_as("Alice", "EXAMPLE", ISC_REQ_CONFIDENTIALITY);
    assert_int_equal(send_sealed(&client, &server, "one"), SEC_E_OK);
    move(&server, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    assert_int_equal(send_sealed(&client, &server, "two"), SEC_E_OUT_OF_SEQUENCE);
    move(&client, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    assert_int_equal(send_sealed(&client, &server, "one"), SEC_E_OK);
}

static void test_another_process(void **state)
{
    uint8_t text[5] = "hello", signature[16];
    SecBuffer packed = {0, 0, NULL};
    int status;
    pid_t child;

    (void)state;
    shake_as("Alice", "EXAMPLE", ISC_REQ_CONFIDENTIALITY);
    assert_int_equal(send_sealed(&client, &server, "one"), SEC_E_OK);
    assert_int_equal(ExportSecurityContext(&server.context, 0, &packed, NULL), SEC_E_OK);
    assert_int_equal(side_protect(&client, true, text, sizeof(text), signature), SEC_E_OK);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        struct side imported = {.client = false};

        if (ImportSecurityContextW(package, &packed, NULL, &imported.context) != SEC_E_OK ||
            side_unprotect(&imported, true, text, sizeof(text), signature) != SEC_E_OK ||
            memcmp(text, "hello", sizeof(text)) != 0)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    FreeContextBuffer(packed.pvBuffer);
}

static void test_hostile(void **state)
{
    SecBuffer packed = {0, 0, NULL}, part;
    CtxtHandle made;
    uint8_t *bytes;

    (void)state;
    shake_as("Alice", "EXAMPLE", ISC_REQ_CONFIDENTIALITY);
    assert_int_equal(ExportSecurityContext(&server.context, 0, &packed, NULL), SEC_E_OK);
    for (ULONG size = 0; size < packed.cbBuffer; size++) {
        bytes = malloc(size + 1);
        memcpy(bytes, packed.pvBuffer, size);
        part = (SecBuffer){size, 0, bytes};
        assert_int_equal(ImportSecurityContextW(package, &part, NULL, &made), SEC_E_INVALID_TOKEN);
        free(bytes);
    }
    /* the state of no stream: one of its bytes comes twice */
    bytes = packed.pvBuffer;
    bytes[4 + 4 + 1 + 7] = bytes[4 + 4 + 1 + 8];
    assert_int_equal(ImportSecurityContextW(package, &packed, NULL, &made), SEC_E_INVALID_TOKEN);
    FreeContextBuffer(packed.pvBuffer);
}

/* An account of this machine is its user, whatever the case; one of a domain is nobody's here. */
static void test_token(void **state)
{
    PCREDMGR_TOKEN_INFORMATION information;
    char host[256];
    HANDLE token;

    (void)state;
    gethostname(host, sizeof(host));
    host[strcspn(host, ".")] = '\0';
    host[15] = '\0'; /* the NetBIOS name is no longer */
    shake_as("Games", host, ISC_REQ_INTEGRITY);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_OK);
    assert_int_equal(CredmgrQueryToken(token, &information), SEC_E_OK);
    assert_string_equal(information->UserName, "games");
    FreeContextBuffer(information);
    assert_true(CloseHandle(token));
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    assert_int_not_equal(syscall(SYS_geteuid), 0);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(syscall(SYS_geteuid), 0);
    end(NULL);
    shake_as("games", "EXAMPLE", ISC_REQ_INTEGRITY);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_NO_IMPERSONATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_goes_on, end),
        cmocka_unit_test_teardown(test_reset, end),
        cmocka_unit_test_teardown(test_another_process, end),
        cmocka_unit_test_teardown(test_hostile, end),
        cmocka_unit_test_teardown(test_token, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
