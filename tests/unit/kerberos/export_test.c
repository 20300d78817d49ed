/*
 * Contexts on their way: exported and imported, in this process and into another, with what has
 * been said before.
 */
#include "tests/unit/kerberos/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <credmgr.h>

#include "tests/unit/kerberos/realm.h"

static WCHAR target[] = u"HTTP/web.credmgr.test";
static WCHAR package[] = u"Kerberos";
static struct side client, server;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(side_explicit(&client, true, "alice", REALM, ALICE_PASSWORD), SEC_E_OK);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    client.target = target;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static SECURITY_STATUS say(struct side *from, struct side *to, const char *text)
{
    static struct wire_message m;
    SECURITY_STATUS status;
    void *data;
    ULONG size, qop;

    assert_int_equal(side_wrap(from, 0, text, strlen(text), &m), SEC_E_OK);
    status = side_unwrap(to, &m, &data, &size, &qop);
    if (status == SEC_E_OK) {
        assert_int_equal(size, strlen(text));
        assert_memory_equal(data, text, size);
    }
    return status;
}

/* The side's context is now another one, made of what was exported. */
static void move(struct side *s, ULONG flags)
{
    SecBuffer packed = {0, 0, NULL};
    CtxtHandle old = s->context;
    void *token = NULL;

    assert_int_equal(ExportSecurityContext(&s->context, flags, &packed, &token), SEC_E_OK);
    assert_true(packed.cbBuffer > 0);
    if (!(flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD))
        assert_int_equal(DeleteSecurityContext(&old), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&old), SEC_E_INVALID_HANDLE);
    assert_int_equal(ImportSecurityContextW(package, &packed, token, &s->context), SEC_E_OK);
    FreeContextBuffer(packed.pvBuffer);
    if (token)
        assert_true(CloseHandle(token));
}

static void test_goes_on(void **state)
{
    static struct wire_message early;
    SecPkgContext_Flags before, after;
    void *data;
    ULONG size, qop;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_FLAGS, &before),
                     SEC_E_OK);
    assert_int_equal(say(&client, &server, "one"), SEC_E_OK);
    assert_int_equal(say(&server, &client, "two"), SEC_E_OK);
    assert_int_equal(side_wrap(&client, 0, "three", 5, &early), SEC_E_OK);
    move(&server, 0);
    move(&client, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
    /* what was under way arrives, and only once */
    assert_int_equal(side_unwrap(&server, &early, &data, &size, &qop), SEC_E_OK);
    assert_int_equal(say(&client, &server, "four"), SEC_E_OK);
    assert_int_equal(say(&server, &client, "five"), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_FLAGS, &after), SEC_E_OK);
    assert_int_equal(before.Flags, after.Flags);
    assert_names(&server, REALM "\\alice");
}

static void test_remembers_replays(void **state)
{
    static struct wire_message m, again;
    void *data;
    ULONG size, qop;

    (void)state;
    assert_int_equal(side_wrap(&client, 0, "once", 4, &m), SEC_E_OK);
    again = m;
    assert_int_equal(side_unwrap(&server, &m, &data, &size, &qop), SEC_E_OK);
    move(&server, 0);
    assert_int_equal(side_unwrap(&server, &again, &data, &size, &qop), SEC_E_OUT_OF_SEQUENCE);
}

static void test_reset(void **state)
{
    (void)state;
    assert_int_equal(say(&client, &server, "one"), SEC_E_OK);
    assert_int_equal(say(&client, &server, "two"), SEC_E_OK);
    move(&server, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    /* the client is two messages ahead of one that begins again */
    assert_int_equal(say(&client, &server, "three"), SEC_E_OUT_OF_SEQUENCE);
    move(&server, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    move(&client, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    assert_int_equal(say(&client, &server, "one"), SEC_E_OK);
    assert_int_equal(say(&server, &client, "two"), SEC_E_OK);
}

/* The child answers what comes with the context that it was given. */
static void serve_imported(int fd, SecBuffer *packed)
{
    static struct wire_message m;
    struct side imported = {.client = false};
    void *data;
    ULONG size, qop;
    char text[64];

    if (ImportSecurityContextW(package, packed, NULL, &imported.context) != SEC_E_OK)
        _exit(1);
    for (int i = 0; i < 3; i++) {
        if (recv(fd, &m, sizeof(m), 0) != sizeof(m) ||
            side_unwrap(&imported, &m, &data, &size, &qop) != SEC_E_OK || size > sizeof(text))
            _exit(2);
        memcpy(text, data, size);
        if (side_wrap(&imported, 0, text, size, &m) != SEC_E_OK ||
            send(fd, &m, sizeof(m), 0) != sizeof(m))
            _exit(3);
    }
    _exit(0);
}

static void test_another_process(void **state)
{
    static struct wire_message m;
    SecBuffer packed = {0, 0, NULL};
    void *data;
    ULONG size, qop;
    int ends[2], status;
    pid_t child;

    (void)state;
    assert_int_equal(say(&client, &server, "to the parent"), SEC_E_OK);
    assert_int_equal(ExportSecurityContext(&server.context, 0, &packed, NULL), SEC_E_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    fflush(NULL);
    child = fork();
    if (child == 0)
        serve_imported(ends[1], &packed);
    close(ends[1]);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(side_wrap(&client, 0, "to the child", 12, &m), SEC_E_OK);
        assert_int_equal(send(ends[0], &m, sizeof(m), 0), sizeof(m));
        assert_int_equal(recv(ends[0], &m, sizeof(m), 0), sizeof(m));
        assert_int_equal(side_unwrap(&client, &m, &data, &size, &qop), SEC_E_OK);
        assert_memory_equal(data, "to the child", 12);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
    FreeContextBuffer(packed.pvBuffer);
}

static void test_misuse(void **state)
{
    SecBuffer packed = {0, 0, NULL}, part;
    CtxtHandle made;
    char *bytes;
    void *token = &token;

    (void)state;
    assert_int_equal(ExportSecurityContext(NULL, 0, &packed, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(ExportSecurityContext(&server.context, 0, NULL, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(ExportSecurityContext(&server.context, 0x80, &packed, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(
        ExportSecurityContext(&server.context, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &packed, NULL),
        SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ExportSecurityContext(&client.context, 0, &packed, &token), SEC_E_OK);
    assert_null(token); /* an initiator has none */
    assert_int_equal(ImportSecurityContextW(NULL, &packed, NULL, &made), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(ImportSecurityContextW(package, NULL, NULL, &made), SEC_E_INVALID_PARAMETER);
    assert_int_equal(ImportSecurityContextW(package, &packed, &made, &made), SEC_E_INVALID_HANDLE);
    assert_int_equal(ImportSecurityContextW(package, &packed, NULL, NULL), SEC_E_INVALID_HANDLE);
    /* any shorter one is none */
    bytes = malloc(packed.cbBuffer + 1);
    for (ULONG size = 0; size < packed.cbBuffer; size++) {
        char *exact = malloc(size + 1);

        memcpy(exact, packed.pvBuffer, size);
        part = (SecBuffer){size, 0, exact};
        assert_int_equal(ImportSecurityContextW(package, &part, NULL, &made), SEC_E_INVALID_TOKEN);
        free(exact);
    }
    memcpy(bytes, packed.pvBuffer, packed.cbBuffer);
    bytes[packed.cbBuffer] = 0;
    part = (SecBuffer){packed.cbBuffer + 1, 0, bytes};
    assert_int_equal(ImportSecurityContextW(package, &part, NULL, &made), SEC_E_INVALID_TOKEN);
    free(bytes);
    assert_int_equal(
        ImportSecurityContextA((SEC_CHAR *)(uintptr_t) "Kerberos", &packed, NULL, &made), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    FreeContextBuffer(packed.pvBuffer);
}

static int start(void **state)
{
    (void)state;
    return realm_start(NULL);
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(test_remembers_replays, begin, end),
        cmocka_unit_test_setup_teardown(test_reset, begin, end),
        cmocka_unit_test_setup_teardown(test_another_process, begin, end),
        cmocka_unit_test_setup_teardown(test_misuse, begin, end),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
