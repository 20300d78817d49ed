/* Attributes and added credentials of the test's packages: see the header. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "tests/unit/lsa/server.h"

struct settings settings;

static void keep(char to[64], const WCHAR *text, size_t units)
{
    char *narrow = text ? utf16_to_utf8(text, units, NULL) : NULL;

    strncpy(to, narrow ? narrow : "", 63);
    free(narrow);
}

static void *copy(const void *data, size_t size)
{
    void *memory = lsa_host_allocate(size);

    assert_non_null(memory);
    return memcpy(memory, data, size);
}

NTSTATUS NTAPI query_credential_attribute(LSA_SEC_HANDLE credential, ULONG attribute, PVOID buffer)
{
    (void)credential;
    switch (attribute) {
    case SECPKG_CRED_ATTR_NAMES:
        ((PSecPkgCredentials_NamesW)buffer)->sUserName = copy(u"alice", sizeof(u"alice"));
        return SEC_E_OK;
    case SECPKG_CRED_ATTR_SSI_PROVIDER:
        *(PSecPkgCredentials_SSIProviderW)buffer = (SecPkgCredentials_SSIProviderW){
            copy(u"provider", sizeof(u"provider")), 5, copy("a\0b\0c", 5)};
        return SEC_E_OK;
    case SECPKG_CRED_ATTR_CERT: /* nothing to tell */
        *(PSecPkgCredentials_Cert)buffer = (SecPkgCredentials_Cert){0, NULL};
        return SEC_E_OK;
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

NTSTATUS NTAPI query_context_attribute(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer)
{
    (void)context;
    if (attribute != SECPKG_ATTR_LIFESPAN)
        return SEC_E_UNSUPPORTED_FUNCTION;
    ((PSecPkgContext_Lifespan)buffer)->tsExpiry.QuadPart = 4242;
    return SEC_E_OK;
}

NTSTATUS NTAPI set_credential_attribute(LSA_SEC_HANDLE credential, ULONG attribute, PVOID buffer,
                                        ULONG size)
{
    PSecPkgCredentials_KdcUrlW url = buffer;
    PSecPkgCredentials_Cert cert = buffer;

    (void)credential;
    settings.set++;
    settings.attribute = attribute;
    settings.size = size;
    if (attribute == SECPKG_CRED_ATTR_KDC_URL) {
        settings.text[0] = '\0';
        if (url->KdcUrl)
            keep(settings.text, url->KdcUrl, utf16_length(url->KdcUrl));
    } else if (attribute == SECPKG_CRED_ATTR_CERT) {
        settings.length = cert->EncodedCertSize;
        settings.terminated = !cert->EncodedCert || cert->EncodedCert[cert->EncodedCertSize] == 0;
    } else if (attribute == SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS) {
        memcpy(settings.bytes, buffer, size < 64 ? size : 64);
    } else {
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return SEC_E_OK;
}

NTSTATUS NTAPI set_context_attribute(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer,
                                     ULONG size)
{
    (void)context, (void)buffer;
    settings.set++;
    settings.attribute = attribute;
    settings.size = size;
    return SEC_E_OK;
}

NTSTATUS NTAPI add_to_credential(LSA_SEC_HANDLE credential, PUNICODE_STRING principal,
                                 PUNICODE_STRING package, ULONG use, PVOID auth_data, PVOID key,
                                 PVOID key_argument, PTimeStamp expiry)
{
    const SEC_WINNT_AUTH_IDENTITY_W *id = auth_data;

    (void)credential, (void)key, (void)key_argument, (void)package;
    settings.added++;
    settings.use = use;
    settings.no_identity = !id;
    keep(settings.principal, principal ? principal->Buffer : NULL,
         principal ? principal->Length / sizeof(WCHAR) : 0);
    if (id) {
        assert_int_equal(id->Flags, SEC_WINNT_AUTH_IDENTITY_UNICODE);
        keep(settings.text, id->User, id->UserLength);
        keep(settings.domain, id->Domain, id->DomainLength);
        keep(settings.password, id->Password, id->PasswordLength);
    }
    expiry->QuadPart = 4343;
    return SEC_E_OK;
}

NTSTATUS NTAPI apply_control(LSA_SEC_HANDLE context, PSecBufferDesc input)
{
    (void)context;
    settings.controls++;
    settings.attribute = input->pBuffers[0].BufferType;
    settings.size = input->pBuffers[0].cbBuffer;
    return SEC_E_OK;
}
