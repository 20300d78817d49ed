/*
 * What a ticket tells of the client: its PAC is believed only when the service's key has signed it
 * for this client; and all of it comes out of the attributes again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <credmgr.h>
#include <krb5.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/kerberos/handshake/describe.h"
#include "libsspi/packages/kerberos/kerberos.h"
#include "libsspi/packages/kerberos/user_mode/pac.h"
#include "libsspi/packages/packages.h"
#include "tests/unit/kerberos/pac_builder.h"

static uint8_t bytes[16384];

/* ---- whom it is signed for ----------------------------------------------------------------- */

static krb5_context krb;
static krb5_keytab keytab;
static krb5_keytab_entry entry;
static krb5_keyblock kdc_key;

static int begin(void **state)
{
    (void)state;
    setenv("KRB5_CONFIG", "/dev/null", 1);
    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_parse_name(krb, "HTTP/web.credmgr.test@CREDMGR.TEST", &entry.principal),
                     0);
    assert_int_equal(krb5_c_make_random_key(krb, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &entry.key), 0);
    assert_int_equal(krb5_c_make_random_key(krb, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &kdc_key), 0);
    entry.vno = 3;
    assert_int_equal(krb5_kt_resolve(krb, "MEMORY:pac_test", &keytab), 0);
    assert_int_equal(krb5_kt_add_entry(krb, keytab, &entry), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    krb5_kt_close(krb, keytab);
    krb5_free_keytab_entry_contents(krb, &entry);
    krb5_free_keyblock_contents(krb, &kdc_key);
    krb5_free_context(krb);
    return 0;
}

/* The PAC that pac_builder makes, as the KDC signs it. */
static krb5_data sign(const krb5_keyblock *service_key, const char *client, krb5_timestamp when)
{
    struct wire_writer w = wire_writer(bytes, sizeof(bytes));
    krb5_data info, out = {0};
    krb5_principal principal;
    krb5_pac pac;

    pac_logon_info(&w, 3);
    info = (krb5_data){.data = (char *)bytes, .length = (unsigned)w.offset};
    assert_int_equal(krb5_parse_name(krb, client, &principal), 0);
    assert_int_equal(krb5_pac_init(krb, &pac), 0);
    assert_int_equal(krb5_pac_add_buffer(krb, pac, KRB5_PAC_LOGON_INFO, &info), 0);
    assert_int_equal(krb5_pac_sign(krb, pac, when, principal, service_key, &kdc_key, &out), 0);
    krb5_pac_free(krb, pac);
    krb5_free_principal(krb, principal);
    return out;
}

#define WHEN 1700000000

/* A ticket of alice with this PAC as libkrb5 decrypts it, described; whether the PAC was believed.
 */
static bool believed(krb5_data *pac, krb5_kvno kvno, const krb5_keyblock *key,
                     struct kerb_about *about)
{
    krb5_authdata data = {.ad_type = KRB5_AUTHDATA_WIN2K_PAC,
                          .length = pac->length,
                          .contents = (krb5_octet *)pac->data};
    krb5_authdata *list[] = {&data, NULL}, **wrapped = NULL;
    krb5_enc_tkt_part part = {.flags = TKT_FLG_FORWARDABLE, .times.authtime = WHEN};
    krb5_ticket ticket = {.server = entry.principal, .enc_part2 = &part};
    struct kerb_context c = {.initiator = false};

    ticket.enc_part.kvno = kvno;
    ticket.enc_part.enctype = entry.key.enctype;
    assert_int_equal(krb5_parse_name(krb, "alice@CREDMGR.TEST", &part.client), 0);
    assert_int_equal(krb5_encode_authdata_container(krb, KRB5_AUTHDATA_IF_RELEVANT, list, &wrapped),
                     0);
    part.authorization_data = wrapped;
    kerb_describe_client(krb, &c, keytab, key, &ticket);
    krb5_free_authdata(krb, wrapped);
    krb5_free_principal(krb, part.client);
    krb5_free_data_contents(krb, pac);
    assert_int_equal(c.about.ticket_flags, TKT_FLG_FORWARDABLE);
    assert_int_equal(c.about.auth_time, WHEN);
    assert_string_equal(c.about.target, "HTTP/web.credmgr.test");
    *about = c.about;
    return about->pac != NULL;
}

static bool believe(krb5_data pac, krb5_kvno kvno, const krb5_keyblock *key)
{
    struct kerb_about about;
    bool told = believed(&pac, kvno, key, &about);

    kerb_about_clear(&about);
    return told;
}

static void test_signatures(void **state)
{
    krb5_data altered;

    (void)state;
    assert_true(believe(sign(&entry.key, "alice@CREDMGR.TEST", WHEN), 3, NULL));
    /* the ticket does not say which version of the key, or says a wrong one */
    assert_true(believe(sign(&entry.key, "alice@CREDMGR.TEST", WHEN), 0, NULL));
    assert_true(believe(sign(&entry.key, "alice@CREDMGR.TEST", WHEN), 9, NULL));
    /* user to user: the key is given */
    assert_true(believe(sign(&kdc_key, "alice@CREDMGR.TEST", WHEN), 3, &kdc_key));
    assert_false(believe(sign(&entry.key, "alice@CREDMGR.TEST", WHEN), 3, &kdc_key));
    /* of another key, another person, another logon */
    assert_false(believe(sign(&kdc_key, "alice@CREDMGR.TEST", WHEN), 3, NULL));
    assert_false(believe(sign(&entry.key, "bob@CREDMGR.TEST", WHEN), 3, NULL));
    assert_false(believe(sign(&entry.key, "alice@CREDMGR.TEST", WHEN + 1), 3, NULL));
    altered = sign(&entry.key, "alice@CREDMGR.TEST", WHEN);
    altered.data[altered.length / 2] ^= 1;
    assert_false(believe(altered, 3, NULL));
}

/* ---- through the packed context to the attributes ------------------------------------------ */

static PVOID NTAPI allocate(ULONG n)
{
    return calloc(1, n);
}

static VOID NTAPI release(PVOID p)
{
    free(p);
}

static SECPKG_USER_FUNCTION_TABLE *user_mode(void)
{
    static SECPKG_DLL_FUNCTIONS functions = {.AllocateHeap = allocate, .FreeHeap = release};
    PSECPKG_USER_FUNCTION_TABLE table;
    ULONG version, count;
    PVOID state;

    assert_int_equal(kerb_user_mode_initialize(SECPKG_INTERFACE_VERSION, &version, &table, &count),
                     0);
    assert_int_equal(table->InstanceInit(version, &functions, &state), 0);
    return table;
}

/* A context of the user-mode half that has been told this; its number is 7. */
static SECPKG_USER_FUNCTION_TABLE *context_with(const struct kerb_about *about, bool initiator,
                                                const char *target)
{
    SECPKG_USER_FUNCTION_TABLE *table = user_mode();
    struct kerb_packed packed = {
        .initiator = initiator,
        .attributes = ASC_RET_INTEGRITY,
        .start = WHEN,
        .expiry = WHEN + 3600,
        .key = {.enctype = ENCTYPE_AES256_CTS_HMAC_SHA1_96},
        .logon = UINT64_C(0x100000002),
        .client = {"alice@CREDMGR.TEST", 18},
        .server = {"HTTP/web.credmgr.test@CREDMGR.TEST", 34},
    };
    SecBuffer buffer = {0, SECBUFFER_TOKEN, NULL};
    size_t packed_size = 0;

    kerb_describe_pack(about, &packed);
    packed.target = (struct kerb_text){target, strlen(target)};
    buffer.pvBuffer = kerb_packed_write(&packed, &packed_size);
    assert_non_null(buffer.pvBuffer);
    buffer.cbBuffer = (ULONG)packed_size;
    assert_int_equal(table->InitUserModeContext(7, &buffer), STATUS_SUCCESS);
    secret_free(buffer.pvBuffer);
    return table;
}

static void assert_wide(const WCHAR *text, const char *expected)
{
    char *narrow = utf16_to_utf8(text, utf16_length(text), NULL);

    assert_string_equal(narrow, expected);
    free(narrow);
}

static void check_pac(SECPKG_USER_FUNCTION_TABLE *table)
{
    SecPkgContext_CredmgrPac answer;
    SecPkgContext_UserFlags flags;
    SecPkgContext_LogoffTime logoff;
    SecPkgContext_PasswordExpiry expiry;
    const CREDMGR_PAC *pac;

    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_CREDMGR_PAC, &answer), SEC_E_OK);
    pac = answer.Pac;
    assert_string_equal(pac->AccountName, "alice");
    assert_string_equal(pac->FullName, "Alice Liddell");
    assert_string_equal(pac->DomainName, "CREDMGR");
    assert_string_equal(pac->LogonServer, "DC");
    assert_string_equal(pac->Upn, "");
    assert_string_equal(pac->UserSid, PAC_DOMAIN_SID "-1105");
    assert_string_equal(pac->PrimaryGroupSid, PAC_DOMAIN_SID "-513");
    assert_int_equal(pac->GroupCount, 6);
    assert_string_equal(pac->Groups[1].Sid, PAC_DOMAIN_SID "-514");
    assert_int_equal(pac->Groups[1].Attributes, 7);
    assert_string_equal(pac->Groups[5].Sid, PAC_DOMAIN_SID "-2000");
    assert_true(pac->LogoffTime == INT64_MAX);
    assert_int_equal(pac->PasswordMustChange - pac->LogonTime, 10000000);
    assert_int_equal(pac->UserAccountControl, 0x10);
    assert_true(pac->RawSize > 500 && pac->Raw[0] > 0);
    free(answer.Pac); /* one block */
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_USER_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.UserFlags, 0x20);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_LOGOFF_TIME, &logoff), SEC_E_OK);
    assert_true(logoff.tsLogoffTime.QuadPart == INT64_MAX);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry),
                     SEC_E_OK);
    assert_true(llabs(expiry.tsPasswordExpires.QuadPart - 133500000010000000) <=
                INT64_C(15) * 3600 * 10000000); /* local time */
}

static void test_attributes(void **state)
{
    static uint8_t channel[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct kerb_about about = {.pac = NULL};
    krb5_data pac = sign(&entry.key, "alice@CREDMGR.TEST", WHEN);
    SECPKG_USER_FUNCTION_TABLE *table;
    SecPkgContext_CredmgrClient client;
    SecPkgContext_CredmgrPac none;
    SecPkgContext_Bindings bindings;
    SecPkgContext_AuthorityW authority;
    SecPkgContext_DceInfo dce;
    SecPkgContext_Target target;

    (void)state;
    assert_true(believed(&pac, 3, NULL, &about));
    about.local_user = strdup("alice");
    table = context_with(&about, false, about.target);
    check_pac(table);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_CREDMGR_CLIENT, &client),
                     SEC_E_OK);
    assert_string_equal(client.Client->Principal, "alice@CREDMGR.TEST");
    assert_string_equal(client.Client->LocalUser, "alice");
    assert_int_equal(client.Client->LogonId.LowPart, 2);
    assert_int_equal(client.Client->LogonId.HighPart, 1);
    assert_int_equal(client.Client->TicketFlags, TKT_FLG_FORWARDABLE);
    assert_true(client.Client->AuthTime == WHEN * INT64_C(10000000) + 116444736000000000);
    free(client.Client);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_AUTHORITY, &authority), SEC_E_OK);
    assert_wide(authority.sAuthorityName, "CREDMGR.TEST");
    free(authority.sAuthorityName);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_DCE_INFO, &dce), SEC_E_OK);
    assert_int_equal(dce.AuthzSvc, 1);
    assert_wide(dce.pPac, "CREDMGR.TEST\\alice");
    free(dce.pPac);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_UNIQUE_BINDINGS, &bindings),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(table->DeleteUserModeContext(7), STATUS_SUCCESS);
    kerb_about_clear(&about);

    /* an initiator knows its target and its channel, and nothing of groups */
    about.bindings = channel;
    about.bindings_size = sizeof(channel);
    table = context_with(&about, true, "HTTP/WEB:80");
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_TARGET, &target), SEC_E_OK);
    assert_int_equal(target.TargetLength, 22);
    assert_wide((WCHAR *)(void *)target.Target, "HTTP/WEB:80");
    free(target.Target);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_UNIQUE_BINDINGS, &bindings),
                     SEC_E_OK);
    assert_int_equal(bindings.BindingsLength, sizeof(channel));
    assert_memory_equal(bindings.Bindings, channel, sizeof(channel));
    free(bindings.Bindings);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_CREDMGR_PAC, &none),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(table->QueryContextAttributes(7, SECPKG_ATTR_CREDMGR_CLIENT, &none),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(table->DeleteUserModeContext(7), STATUS_SUCCESS);
}

/* The largest PAC there may be goes through, a larger one counts as none. */
static void test_size(void **state)
{
    uint8_t *large = calloc(1, KERB_PAC_MAX);
    struct kerb_about about = {.pac = large, .pac_size = KERB_PAC_MAX};
    struct kerb_packed packed = {.key.enctype = ENCTYPE_AES256_CTS_HMAC_SHA1_96}, again;
    size_t packed_size = 0;
    void *written;

    (void)state;
    kerb_describe_pack(&about, &packed);
    written = kerb_packed_write(&packed, &packed_size);
    assert_non_null(written);
    assert_true(kerb_packed_read(written, packed_size, &again));
    assert_int_equal(again.pac.size, KERB_PAC_MAX);
    secret_free(written);
    packed.pac.size++;
    assert_null(kerb_packed_write(&packed, &packed_size));
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
