/* LsaApLogonUserEx2 of the test's packages: see the header. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntsecapi.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "tests/unit/lsa/server.h"

struct unlocking unlocking;

static void text(char out[256], const UNICODE_STRING *s)
{
    char *utf8 = utf16_to_utf8(s->Buffer, s->Length / sizeof(WCHAR), NULL);

    assert_non_null(utf8);
    snprintf(out, 256, "%s", utf8);
    free(utf8);
}

/* What a package gives is all on the heap of the host, which must free it. */
static void give(PVOID *profile, PULONG profile_size, PVOID *token, PUNICODE_STRING *account,
                 PUNICODE_STRING *authority, PUNICODE_STRING *machine, PSECPKG_PRIMARY_CRED primary,
                 PSECPKG_SUPPLEMENTAL_CRED_ARRAY *supplemental)
{
    *profile = lsa_host_allocate(16);
    *profile_size = 16;
    *token = lsa_host_allocate(16);
    *account = lsa_host_allocate(sizeof(**account));
    *authority = lsa_host_allocate(sizeof(**authority));
    *machine = lsa_host_allocate(sizeof(**machine));
    primary->DownlevelName.Buffer = lsa_host_allocate(2);
    primary->DomainName.Buffer = lsa_host_allocate(2);
    primary->Password.Buffer = lsa_host_allocate(2);
    primary->Upn.Buffer = lsa_host_allocate(2);
    *supplemental = lsa_host_allocate(sizeof(**supplemental));
}

static void look(PVOID submit, PVOID base, ULONG size, char password[256])
{
    const KERB_INTERACTIVE_UNLOCK_LOGON *in = submit;

    assert_ptr_equal(submit, base);
    assert_true(size >= sizeof(*in));
    assert_int_equal(in->Logon.MessageType, KerbWorkstationUnlockLogon);
    unlocking.frame = *lsa_call_current();
    unlocking.luid = in->LogonId;
    text(unlocking.user, &in->Logon.UserName);
    text(unlocking.domain, &in->Logon.LogonDomainName);
    text(password, &in->Logon.Password);
}

NTSTATUS kdc_logon_user(PLSA_CLIENT_REQUEST request, SECURITY_LOGON_TYPE type, PVOID submit,
                        PVOID base, ULONG size, PVOID *profile, PULONG profile_size, PLUID luid,
                        PNTSTATUS sub_status, PLSA_TOKEN_INFORMATION_TYPE token_type, PVOID *token,
                        PUNICODE_STRING *account, PUNICODE_STRING *authority,
                        PUNICODE_STRING *machine, PSECPKG_PRIMARY_CRED primary,
                        PSECPKG_SUPPLEMENTAL_CRED_ARRAY *supplemental)
{
    char password[256];

    (void)request, (void)luid, (void)token_type;
    look(submit, base, size, password);
    give(profile, profile_size, token, account, authority, machine, primary, supplemental);
    if (type != Unlock)
        return STATUS_NO_LOGON_SERVERS;
    unlocking.kdc_asked++;
    if (unlocking.kdc == KDC_WAITS)
        slow_wait();
    if (unlocking.kdc == KDC_DOWN)
        return STATUS_NO_LOGON_SERVERS;
    *sub_status = STATUS_PASSWORD_EXPIRED;
    if (unlocking.kdc == KDC_REFUSES)
        return STATUS_ACCOUNT_RESTRICTION;
    return strcmp(password, unlocking.kdc_password) == 0 ? STATUS_SUCCESS : STATUS_LOGON_FAILURE;
}

NTSTATUS held_logon_user(PLSA_CLIENT_REQUEST request, SECURITY_LOGON_TYPE type, PVOID submit,
                         PVOID base, ULONG size, PVOID *profile, PULONG profile_size, PLUID luid,
                         PNTSTATUS sub_status, PLSA_TOKEN_INFORMATION_TYPE token_type, PVOID *token,
                         PUNICODE_STRING *account, PUNICODE_STRING *authority,
                         PUNICODE_STRING *machine, PSECPKG_PRIMARY_CRED primary,
                         PSECPKG_SUPPLEMENTAL_CRED_ARRAY *supplemental)
{
    const char *held = unlocking.held;
    char password[256];

    (void)request, (void)luid, (void)sub_status, (void)token_type;
    look(submit, base, size, password);
    give(profile, profile_size, token, account, authority, machine, primary, supplemental);
    if (type != CachedUnlock || !held)
        return STATUS_NO_LOGON_SERVERS;
    unlocking.held_asked++;
    return strcmp(password, held) == 0 ? STATUS_SUCCESS : STATUS_LOGON_FAILURE;
}
