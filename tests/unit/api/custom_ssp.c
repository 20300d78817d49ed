/*
 * An SSP of one's own, as a vendor would write it: a library that exports InitSecurityInterfaceW.
 * Its package "Toy" greets and is established; messages are turned over bit by bit.
 */
#include <stdlib.h>
#include <string.h>
#include <security.h>

struct toy {
    int legs;
};

static SECURITY_STATUS WINAPI enumerate(ULONG *count, PSecPkgInfoW *info)
{
    static WCHAR name[] = u"Toy", comment[] = u"An SSP";

    *info = calloc(1, sizeof(**info));
    if (!*info)
        return SEC_E_INSUFFICIENT_MEMORY;
    **info = (SecPkgInfoW){
        SECPKG_FLAG_PRIVACY | SECPKG_FLAG_STREAM, 1, SECPKG_ID_NONE, 777, name, comment};
    *count = 1;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
                                      void *luid, void *auth, SEC_GET_KEY_FN key, void *argument,
                                      PCredHandle handle, PTimeStamp expiry)
{
    (void)principal, (void)use, (void)luid, (void)key, (void)argument;
    if (package[0] != 'T' || auth)
        return SEC_E_UNKNOWN_CREDENTIALS;
    *handle = (CredHandle){17, 4};
    expiry->QuadPart = 1;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI release(PCredHandle handle)
{
    return handle->dwLower == 17 ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* Any token will do; the answer counts. */
static SECURITY_STATUS leg(PCtxtHandle context, PCtxtHandle made, PSecBufferDesc output,
                           ULONG *attributes, PTimeStamp expiry)
{
    struct toy *t = context ? (struct toy *)context->dwLower : calloc(1, sizeof(*t));
    char *token = malloc(4);

    if (!t || !token)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(token, "leg0", 4);
    token[3] = (char)('0' + ++t->legs);
    output->pBuffers[0].pvBuffer = token;
    output->pBuffers[0].cbBuffer = 4;
    *made = (CtxtHandle){(ULONG_PTR)t, 5};
    *attributes = 3;
    expiry->QuadPart = 2;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI initiate(PCredHandle credential, PCtxtHandle context,
                                       SEC_WCHAR *target, ULONG requirements, ULONG reserved,
                                       ULONG drep, PSecBufferDesc input, ULONG reserved2,
                                       PCtxtHandle made, PSecBufferDesc output, ULONG *attributes,
                                       PTimeStamp expiry)
{
    (void)credential, (void)requirements, (void)reserved, (void)drep, (void)input, (void)reserved2;
    if (target && target[0] == '!')
        return SEC_E_TARGET_UNKNOWN;
    return leg(context, made, output, attributes, expiry);
}

static SECURITY_STATUS WINAPI accept_leg(PCredHandle credential, PCtxtHandle context,
                                         PSecBufferDesc input, ULONG requirements, ULONG drep,
                                         PCtxtHandle made, PSecBufferDesc output, ULONG *attributes,
                                         PTimeStamp expiry)
{
    (void)credential, (void)requirements, (void)drep;
    if (!input)
        return SEC_E_INVALID_TOKEN;
    return leg(context, made, output, attributes, expiry);
}

static SECURITY_STATUS WINAPI delete_context(PCtxtHandle context)
{
    free((struct toy *)context->dwLower);
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI control(PCtxtHandle context, PSecBufferDesc input)
{
    (void)input;
    ((struct toy *)context->dwLower)->legs = 6;
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI query(PCtxtHandle context, ULONG attribute, void *buffer)
{
    static const WCHAR name[] = u"t\u00f6y";

    (void)context;
    if (attribute != SECPKG_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    ((PSecPkgContext_NamesW)buffer)->sUserName = malloc(sizeof(name));
    memcpy(((PSecPkgContext_NamesW)buffer)->sUserName, name, sizeof(name));
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI turn(PCtxtHandle context, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    unsigned char *bytes = message->pBuffers[0].pvBuffer;

    (void)context, (void)qop, (void)sequence;
    for (ULONG i = 0; i < message->pBuffers[0].cbBuffer; i++)
        bytes[i] = (unsigned char)~bytes[i];
    return SEC_E_OK;
}

static SECURITY_STATUS WINAPI turn_back(PCtxtHandle context, PSecBufferDesc message, ULONG sequence,
                                        ULONG *qop)
{
    *qop = 9;
    return turn(context, 0, message, sequence);
}

static SECURITY_STATUS WINAPI free_buffer(void *memory)
{
    free(memory);
    return SEC_E_OK;
}

static SecurityFunctionTableW table = {
    .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
    .EnumerateSecurityPackagesW = enumerate,
    .AcquireCredentialsHandleW = acquire,
    .FreeCredentialsHandle = release,
    .InitializeSecurityContextW = initiate,
    .AcceptSecurityContext = accept_leg,
    .DeleteSecurityContext = delete_context,
    .ApplyControlToken = control,
    .QueryContextAttributesW = query,
    .FreeContextBuffer = free_buffer,
    .EncryptMessage = turn,
    .DecryptMessage = turn_back,
};

__attribute__((visibility("default"))) PSecurityFunctionTableW WINAPI InitSecurityInterfaceW(void)
{
    return &table;
}
