/*
 * Identities of every form through the installed library to the packages: a real KDC gives tickets
 * for them, encrypted ones too, and a list of packages is obeyed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security.h>
#include "tests/unit/kerberos/realm.h"

static WCHAR kerberos[] = u"Kerberos", ntlm[] = u"NTLM", service[] = u"HTTP/web.credmgr.test";

static SECURITY_STATUS acquire(WCHAR *package, void *identity, PCredHandle credential)
{
    return AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, identity, NULL,
                                     NULL, credential, NULL);
}

/* The first leg asks the KDC for both tickets; the size of its token. */
static ULONG token_size;

static SECURITY_STATUS ticket(void *identity)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    CredHandle credential;
    CtxtHandle context;
    SECURITY_STATUS status = acquire(kerberos, identity, &credential);

    if (status != SEC_E_OK)
        return status;
    status = InitializeSecurityContextW(&credential, NULL, service, ISC_REQ_ALLOCATE_MEMORY, 0, 0,
                                        NULL, 0, &context, &output, NULL, NULL);
    if (status == SEC_E_OK) {
        assert_true(token.cbBuffer > 100);
        token_size = token.cbBuffer;
        DeleteSecurityContext(&context);
    }
    FreeContextBuffer(token.pvBuffer);
    FreeCredentialsHandle(&credential);
    return status;
}

static void test_one_block(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id, copy;
    char *bytes, *other;
    ULONG size;

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"alice", REALM_WIDE, u"open sesame", &id),
                     SEC_E_OK);
    assert_int_equal(ticket(id), SEC_E_OK);
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    assert_int_equal(ticket(id), SEC_E_OK);
    assert_int_equal(SspiCopyAuthIdentity(id, &copy), SEC_E_OK);
    assert_int_equal(ticket(copy), SEC_E_OK);
    SspiFreeAuthIdentity(copy);
    /* ciphertext that was changed is no credential */
    assert_int_equal(SspiMarshalAuthIdentity(id, &size, &bytes), SEC_E_OK);
    other = malloc(size);
    assert_non_null(other);
    memcpy(other, bytes, size);
    other[((PSEC_WINNT_AUTH_IDENTITY_EX2)id)->PackedCredentialsOffset] ^= 1;
    assert_int_equal(ticket(other), SEC_E_DECRYPT_FAILURE);
    free(other);
    SspiLocalFree(bytes);
    SspiFreeAuthIdentity(id);
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"alice", REALM_WIDE, u"wrong", &id),
                     SEC_E_OK);
    assert_int_equal(ticket(id), SEC_E_LOGON_DENIED);
    SspiFreeAuthIdentity(id);
}

static void test_package_list(void **state)
{
    static const struct {
        const char *list;
        SECURITY_STATUS kerberos, ntlm;
    } cases[] = {
        {"", SEC_E_OK, SEC_E_OK},
        {"!ntlm", SEC_E_OK, SEC_E_NO_CREDENTIALS},
        {"!Kerberos", SEC_E_NO_CREDENTIALS, SEC_E_OK},
        {"kerberos", SEC_E_OK, SEC_E_NO_CREDENTIALS},
        {" ntlm , kerberos,", SEC_E_OK, SEC_E_OK},
        {"pku2u,!ntlm", SEC_E_NO_CREDENTIALS, SEC_E_NO_CREDENTIALS},
        {"!kerberos,!ntlm", SEC_E_NO_CREDENTIALS, SEC_E_NO_CREDENTIALS},
        {",,", SEC_E_OK, SEC_E_OK},
    };
    SEC_WINNT_AUTH_IDENTITY_EXA id = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(id),
                                      .User = (UCHAR *)(uintptr_t) "alice",
                                      .UserLength = 5,
                                      .Domain = (UCHAR *)(uintptr_t)REALM,
                                      .DomainLength = sizeof(REALM) - 1,
                                      .Password = (UCHAR *)(uintptr_t) "open sesame",
                                      .PasswordLength = 11,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++)
        for (int block = 0; block < 2; block++) {
            PSEC_WINNT_AUTH_IDENTITY_OPAQUE copy = NULL;
            CredHandle credential;

            id.PackageList = (UCHAR *)(uintptr_t)cases[i].list;
            id.PackageListLength = (ULONG)strlen(cases[i].list);
            if (block)
                assert_int_equal(SspiCopyAuthIdentity(&id, &copy), SEC_E_OK);
            assert_int_equal(acquire(kerberos, copy ? copy : &id, &credential), cases[i].kerberos);
            if (cases[i].kerberos == SEC_E_OK)
                FreeCredentialsHandle(&credential);
            assert_int_equal(acquire(ntlm, copy ? copy : &id, &credential), cases[i].ntlm);
            if (cases[i].ntlm == SEC_E_OK)
                FreeCredentialsHandle(&credential);
            SspiFreeAuthIdentity(copy);
        }
    /* the structure as it was before there were lists */
    id.Length = offsetof(SEC_WINNT_AUTH_IDENTITY_EXA, PackageList);
    assert_int_equal(ticket(&id), SEC_E_OK);
}

/* A block with UTF-8 in it, and one with a credential that is no password. */
static void test_other_blocks(void **state)
{
    struct {
        SEC_WINNT_AUTH_IDENTITY_EX2 head;
        SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;
        SEC_WINNT_AUTH_DATA_PASSWORD data;
        WCHAR password[11];
        char user[5], domain[sizeof(REALM) - 1];
    } block = {.head = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2,
                        .cbHeaderLength = sizeof(block.head),
                        .cbStructureLength = sizeof(block),
                        .UserLength = 5,
                        .DomainLength = sizeof(REALM) - 1,
                        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI},
               .packed = {.cbHeaderLength = sizeof(block.packed)}};
    CredHandle credential;

    (void)state;
    block.head.UserOffset = offsetof(__typeof__(block), user);
    block.head.DomainOffset = offsetof(__typeof__(block), domain);
    block.head.PackedCredentialsOffset = offsetof(__typeof__(block), packed);
    block.head.PackedCredentialsLength = offsetof(__typeof__(block), user) - sizeof(block.head);
    block.packed.cbStructureLength = block.head.PackedCredentialsLength;
    block.packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_PASSWORD;
    block.packed.AuthData.CredData.ByteArrayOffset = sizeof(block.packed);
    block.packed.AuthData.CredData.ByteArrayLength = sizeof(block.data) + sizeof(block.password);
    block.data.UnicodePassword.ByteArrayOffset = sizeof(block.data);
    block.data.UnicodePassword.ByteArrayLength = sizeof(block.password);
    memcpy(block.password, u"open sesame", sizeof(block.password));
    memcpy(block.user, "alice", 5);
    memcpy(block.domain, REALM, sizeof(block.domain));
    assert_int_equal(ticket(&block), SEC_E_OK);
    block.data.UnicodePassword.ByteArrayLength = 21; /* half a unit */
    assert_int_equal(acquire(kerberos, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    block.data.UnicodePassword.ByteArrayLength = 24; /* more than there is */
    assert_int_equal(acquire(ntlm, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    block.data.UnicodePassword.ByteArrayLength = sizeof(block.password);
    block.packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_FIDO;
    assert_int_equal(acquire(kerberos, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(acquire(ntlm, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    block.head.cbStructureLength = 47;
    assert_int_equal(acquire(ntlm, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
}

/* SECPKG_CRED_BOTH: one credential at both ends of a context, which is this client's. */
static void talk_to_itself(void *identity, const char *name)
{
    uint8_t request[8192], reply[8192], none[1];
    SecBuffer there = {sizeof(request), SECBUFFER_TOKEN, request},
              back = {sizeof(reply), SECBUFFER_TOKEN, reply},
              last = {sizeof(none), SECBUFFER_TOKEN, none};
    SecBufferDesc to = {SECBUFFER_VERSION, 1, &there}, from = {SECBUFFER_VERSION, 1, &back},
                  end = {SECBUFFER_VERSION, 1, &last};
    CredHandle credential;
    CtxtHandle client, server;
    SecPkgContext_NamesA names;
    ULONG attributes;

    assert_int_equal(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t) "Kerberos",
                                               SECPKG_CRED_BOTH, NULL, identity, NULL, NULL,
                                               &credential, NULL),
                     SEC_E_OK);
    assert_int_equal(InitializeSecurityContextA(&credential, NULL,
                                                (SEC_CHAR *)(uintptr_t)OTHER_SERVICE,
                                                ISC_REQ_MUTUAL_AUTH, 0, SECURITY_NATIVE_DREP, NULL,
                                                0, &client, &to, &attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(AcceptSecurityContext(&credential, NULL, &to, 0, SECURITY_NATIVE_DREP, &server,
                                           &from, &attributes, NULL),
                     SEC_E_OK);
    assert_int_equal(InitializeSecurityContextA(&credential, &client,
                                                (SEC_CHAR *)(uintptr_t)OTHER_SERVICE,
                                                ISC_REQ_MUTUAL_AUTH, 0, SECURITY_NATIVE_DREP, &from,
                                                0, &client, &end, &attributes, NULL),
                     SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, name);
    FreeContextBuffer(names.sUserName);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&credential);
}

/* A block with a keytab in it: for a client and a server, whose names are in it. */
static void test_keytab(void **state)
{
    struct {
        SEC_WINNT_AUTH_IDENTITY_EX2 head;
        SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;
        uint8_t keytab[2000];
        char user[sizeof(SERVICE) - 1];
    } block = {.head = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2,
                        .cbHeaderLength = sizeof(block.head),
                        .cbStructureLength = sizeof(block),
                        .UserOffset = offsetof(__typeof__(block), user),
                        .PackedCredentialsOffset = offsetof(__typeof__(block), packed),
                        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI},
               .packed = {.cbHeaderLength = sizeof(block.packed),
                          .AuthData = {.CredType = SEC_WINNT_AUTH_DATA_TYPE_KEYTAB,
                                       .CredData = {sizeof(block.packed), 0}}}};
    const char *path = strchr(getenv("KRB5_KTNAME"), '/');
    FILE *file = fopen(path, "rb");
    size_t size;
    CredHandle credential;

    (void)state;
    assert_non_null(file);
    size = fread(block.keytab, 1, sizeof(block.keytab), file);
    fclose(file);
    assert_in_range(size, 50, sizeof(block.keytab) - 1);
    memcpy(block.user, SERVICE, sizeof(block.user));
    for (int named = 0; named < 2; named++) {
        block.packed.AuthData.CredData.ByteArrayLength = (USHORT)size;
        block.packed.cbStructureLength = (USHORT)(sizeof(block.packed) + size);
        block.head.PackedCredentialsLength = block.packed.cbStructureLength;
        block.head.UserLength = named ? sizeof(block.user) : 0;
        assert_int_equal(ticket(&block), SEC_E_OK);
        assert_int_equal(acquire(ntlm, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    }
    talk_to_itself(&block, REALM "\\" SERVICE);
    block.user[0] = 'X'; /* it has no key of that one */
    assert_int_equal(acquire(kerberos, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    block.head.UserLength = 0;
    /* what is cut off anywhere within its first entry is none; nor is anything else */
    for (USHORT cut = 0; cut < 60; cut++) {
        block.packed.AuthData.CredData.ByteArrayLength = cut;
        block.packed.cbStructureLength = (USHORT)(sizeof(block.packed) + cut);
        block.head.PackedCredentialsLength = block.packed.cbStructureLength;
        assert_int_equal(acquire(kerberos, &block, &credential), SEC_E_UNKNOWN_CREDENTIALS);
    }
    block.packed.AuthData.CredData.ByteArrayLength = (USHORT)size;
    block.packed.cbStructureLength = (USHORT)(sizeof(block.packed) + size);
    block.head.PackedCredentialsLength = block.packed.cbStructureLength;
    for (size_t at = 0; at < 12; at++) {
        block.keytab[at] ^= 0x40;
        if (acquire(kerberos, &block, &credential) == SEC_E_OK)
            FreeCredentialsHandle(&credential);
        else
            block.keytab[at] ^= 0x40;
    }
}

/* Without an identity: the process's cache for one end, its keytab for the other. */
static void test_both(void **state)
{
    (void)state;
    realm_kinit("alice", ALICE_PASSWORD "\n", "");
    talk_to_itself(NULL, REALM "\\alice");
    realm_kinit("", "", "");
}

/* A ticket for who wants to be known by name alone has no PAC in it. */
static void test_name_alone(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A id = {.User = (UCHAR *)(uintptr_t) "alice",
                                    .UserLength = 5,
                                    .Domain = (UCHAR *)(uintptr_t)REALM,
                                    .DomainLength = sizeof(REALM) - 1,
                                    .Password = (UCHAR *)(uintptr_t) "open sesame",
                                    .PasswordLength = 11,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    ULONG with;

    (void)state;
    assert_int_equal(ticket(&id), SEC_E_OK);
    with = token_size;
    id.Flags |= SEC_WINNT_AUTH_IDENTITY_ONLY;
    assert_int_equal(ticket(&id), SEC_E_OK);
    assert_true(token_size + 100 < with);
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
        cmocka_unit_test(test_one_block),    cmocka_unit_test(test_package_list),
        cmocka_unit_test(test_other_blocks), cmocka_unit_test(test_keytab),
        cmocka_unit_test(test_both),         cmocka_unit_test(test_name_alone),
    };

    return cmocka_run_group_tests_name("kerb_identity", tests, start, stop);
}
