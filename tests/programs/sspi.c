/*
 * A context made through libsspi, and messages in the form that a GSSAPI peer sends and expects.
 */
#include "tests/programs/sspi.h"

#include <credmgr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <credmgr.h>
#include <strings.h>
#include <time.h>

#include "base/secret.h"
#include "tests/programs/wire.h"

double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

bool sspi_acquire(struct sspi_peer *peer, ULONG use, const char *principal,
                  const struct sspi_identity *identity)
{
    SEC_WINNT_AUTH_IDENTITY_A auth = {.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    SECURITY_STATUS status;
    TimeStamp expiry;

    peer->acceptor = use == SECPKG_CRED_INBOUND;
    if (identity && identity->user) {
        auth.User = (UCHAR *)identity->user;
        auth.UserLength = (ULONG)strlen(identity->user);
        auth.Domain = (UCHAR *)identity->domain;
        auth.DomainLength = identity->domain ? (ULONG)strlen(identity->domain) : 0;
        auth.Password = (UCHAR *)identity->password;
        auth.PasswordLength = identity->password ? (ULONG)strlen(identity->password) : 0;
    }
    status = AcquireCredentialsHandleA(
        (SEC_CHAR *)(uintptr_t)principal, (SEC_CHAR *)(uintptr_t)peer->package, use, NULL,
        auth.User ? &auth : NULL, NULL, NULL, &peer->credential, &expiry);
    peer->have_credential = status == SEC_E_OK;
    if (status != SEC_E_OK)
        sspi_complain("AcquireCredentialsHandle", peer, status);
    return status == SEC_E_OK;
}

bool sspi_established(struct sspi_peer *peer)
{
    SecPkgContext_NegotiationInfoA about = {NULL, 0};
    SECURITY_STATUS status =
        QueryContextAttributesA(&peer->context, SECPKG_ATTR_SIZES, &peer->sizes);

    /* Of NTLM's messages the signature has a fixed length and comes first; Kerberos' tokens
     * describe themselves. */
    peer->is_ntlm = strcasecmp(peer->package, NTLMSP_NAME_A) == 0;
    if (strcasecmp(peer->package, NEGOSSP_NAME_A) == 0 &&
        QueryContextAttributesA(&peer->context, SECPKG_ATTR_NEGOTIATION_INFO, &about) == SEC_E_OK) {
        peer->is_ntlm = strcasecmp(about.PackageInfo->Name, NTLMSP_NAME_A) == 0;
        printf("negotiated: %s\n", about.PackageInfo->Name);
        FreeContextBuffer(about.PackageInfo);
    }

    if (status != SEC_E_OK)
        sspi_complain("QueryContextAttributes(SECPKG_ATTR_SIZES)", peer, status);
    return status == SEC_E_OK;
}

SecBuffer sspi_bindings(const char *text)
{
    SEC_CHANNEL_BINDINGS head = {.cbApplicationDataLength = text ? (ULONG)strlen(text) : 0,
                                 .dwApplicationDataOffset = sizeof(head)};
    SecBuffer buffer = {0, SECBUFFER_CHANNEL_BINDINGS, NULL};

    if (!text)
        return buffer;
    buffer.cbBuffer = (ULONG)(sizeof(head) + strlen(text));
    buffer.pvBuffer = malloc(buffer.cbBuffer);
    if (!buffer.pvBuffer)
        abort();
    memcpy(buffer.pvBuffer, &head, sizeof(head));
    memcpy((char *)buffer.pvBuffer + sizeof(head), text, strlen(text));
    return buffer;
}

/* An acceptor's client as a user of this system. */
static void describe_token(struct sspi_peer *peer)
{
    PCREDMGR_TOKEN_INFORMATION about = NULL;
    HANDLE token;

    if (QuerySecurityContextToken(&peer->context, &token) != SEC_E_OK)
        return;
    if (CredmgrQueryToken(token, &about) == SEC_E_OK) {
        printf("  token: %s, uid %u, gid %u, groups", about->UserName, about->Uid, about->Gid);
        for (ULONG i = 0; i < about->GroupCount; i++)
            printf(" %u", about->Groups[i]);
        printf("\n");
    }
    FreeContextBuffer(about);
    CloseHandle(token);
}

/* What the client's domain says of its password. */
static void describe_password(struct sspi_peer *peer)
{
    SecPkgContext_PasswordExpiry expiry;
    const LONGLONG day = INT64_C(864000000000), epoch = INT64_C(116444736000000000);
    LONGLONG now = epoch + (LONGLONG)time(NULL) * 10000000;

    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry) != SEC_E_OK)
        return;
    if (expiry.tsPasswordExpires.QuadPart == INT64_MAX)
        printf("  password: expires never\n");
    else
        printf("  password: expires in %lld days\n",
               (long long)((expiry.tsPasswordExpires.QuadPart - now) / day));
}

/* An acceptor's client as Kerberos knows it. */
static void describe_client(struct sspi_peer *peer)
{
    SecPkgContext_CredmgrClient client = {NULL};
    SecPkgContext_CredmgrPac pac = {NULL};

    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_CREDMGR_CLIENT, &client) == SEC_E_OK)
        printf("  local user: %s\n", client.Client->LocalUser);
    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_CREDMGR_PAC, &pac) == SEC_E_OK) {
        printf("  PAC: %s\\%s (%s) %s, primary group %s, UPN %s\n", pac.Pac->DomainName,
               pac.Pac->AccountName, pac.Pac->FullName, pac.Pac->UserSid, pac.Pac->PrimaryGroupSid,
               pac.Pac->Upn);
        for (ULONG i = 0; i < pac.Pac->GroupCount; i++)
            printf("  group: %s\n", pac.Pac->Groups[i].Sid);
    }
    FreeContextBuffer(client.Client);
    FreeContextBuffer(pac.Pac);
}

/* The client's credentials, by its logon session. */
static SECURITY_STATUS acquire_by_session(struct sspi_peer *peer, PCredHandle credential)
{
    SecPkgContext_CredmgrClient about = {NULL};
    SECURITY_STATUS status =
        QueryContextAttributesA(&peer->context, SECPKG_ATTR_CREDMGR_CLIENT, &about);

    if (status == SEC_E_OK)
        status =
            AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)peer->package, SECPKG_CRED_OUTBOUND,
                                      &about.Client->LogonId, NULL, NULL, NULL, credential, NULL);
    FreeContextBuffer(about.Client);
    return status;
}

/* The same as the client, as programs do it on Windows. */
static SECURITY_STATUS acquire_as_client(struct sspi_peer *peer, PCredHandle credential)
{
    SECURITY_STATUS status = ImpersonateSecurityContext(&peer->context);

    if (status != SEC_E_OK)
        return status;
    status = AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)peer->package, SECPKG_CRED_OUTBOUND,
                                       NULL, NULL, NULL, NULL, credential, NULL);
    if (RevertSecurityContext(&peer->context) != SEC_E_OK)
        abort();
    return status;
}

/* What the client has delegated is good for a token of its own. */
static void describe_delegation(struct sspi_peer *peer, const char *service, bool as_client)
{
    SecPkgCredentials_NamesA names = {NULL};
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    CtxtHandle context;
    CredHandle credential;
    ULONG attributes;
    SECURITY_STATUS status =
        as_client ? acquire_as_client(peer, &credential) : acquire_by_session(peer, &credential);

    if (status != SEC_E_OK) {
        sspi_complain("AcquireCredentialsHandle of what was delegated", peer, status);
        return;
    }
    QueryCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_NAMES, &names);
    status = InitializeSecurityContextA(&credential, NULL, (char *)(uintptr_t)service,
                                        ISC_REQ_MUTUAL_AUTH | ISC_REQ_ALLOCATE_MEMORY, 0,
                                        SECURITY_NATIVE_DREP, NULL, 0, &context, &output,
                                        &attributes, NULL);
    if (status == SEC_I_CONTINUE_NEEDED) {
        printf("  delegated: %s, with a token for %s\n", names.sUserName, service);
        DeleteSecurityContext(&context);
    } else {
        sspi_complain("InitializeSecurityContext with what was delegated", peer, status);
    }
    FreeContextBuffer(token.pvBuffer);
    FreeContextBuffer(names.sUserName);
    FreeCredentialsHandle(&credential);
}

void sspi_describe(struct sspi_peer *peer)
{
    SecPkgContext_NamesA names = {NULL};
    SecPkgContext_NativeNamesA native = {NULL, NULL};
    SecPkgContext_KeyInfoA key = {0};

    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK &&
        names.sUserName)
        printf("  user: %s\n", names.sUserName);
    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_NATIVE_NAMES, &native) == SEC_E_OK) {
        if (native.sClientName)
            printf("  client: %s\n", native.sClientName);
        if (native.sServerName)
            printf("  server: %s\n", native.sServerName);
        if (peer->acceptor && (peer->attributes & ASC_RET_DELEGATE) && native.sServerName)
            describe_delegation(peer, native.sServerName, false);
        if (peer->acceptor && peer->forward_to)
            describe_delegation(peer, peer->forward_to, !peer->by_session);
    }
    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_KEY_INFO, &key) == SEC_E_OK)
        printf("  protection: %s, %s, %u bits\n",
               key.sSignatureAlgorithmName ? key.sSignatureAlgorithmName : "?",
               key.sEncryptAlgorithmName ? key.sEncryptAlgorithmName : "?", key.KeySize);
    describe_client(peer);
    describe_password(peer);
    describe_token(peer);
    FreeContextBuffer(names.sUserName);
    FreeContextBuffer(native.sClientName);
    FreeContextBuffer(native.sServerName);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    FreeContextBuffer(key.sEncryptAlgorithmName);
}

void sspi_close(struct sspi_peer *peer)
{
    if (peer->have_context)
        DeleteSecurityContext(&peer->context);
    if (peer->have_credential)
        FreeCredentialsHandle(&peer->credential);
    peer->have_context = peer->have_credential = false;
}

bool sspi_wrap(struct sspi_peer *peer, bool encrypt, const void *message, size_t size,
               struct sspi_bytes *token)
{
    ULONG trailer = peer->sizes.cbSecurityTrailer, block = peer->sizes.cbBlockSize;
    unsigned char *all = calloc(1, trailer + size + block + 1);
    SecBuffer buffers[3] = {{trailer, SECBUFFER_TOKEN, all},
                            {(ULONG)size, SECBUFFER_DATA, all + trailer},
                            {block, SECBUFFER_PADDING, all + trailer + size}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, buffers};
    SECURITY_STATUS status;

    token->data = NULL;
    if (!all)
        return false;
    memcpy(all + trailer, message, size);
    status = EncryptMessage(&peer->context, encrypt ? 0 : SECQOP_WRAP_NO_ENCRYPT, &desc, 0);
    if (status != SEC_E_OK) {
        sspi_complain("EncryptMessage", peer, status);
        free(all);
        return false;
    }
    /* The three parts one after the other, closing the gaps that unused room left. */
    memmove(all + buffers[0].cbBuffer, buffers[1].pvBuffer, buffers[1].cbBuffer);
    token->size = buffers[0].cbBuffer + buffers[1].cbBuffer;
    memmove(all + token->size, buffers[2].pvBuffer, buffers[2].cbBuffer);
    token->size += buffers[2].cbBuffer;
    token->data = all;
    return true;
}

bool sspi_unwrap(struct sspi_peer *peer, const void *token, size_t size, struct sspi_bytes *message,
                 bool *encrypted)
{
    unsigned char *copy = malloc(size + 1);
    ULONG trailer = peer->sizes.cbSecurityTrailer, qop = 0;
    SecBuffer buffers[2];
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;

    message->data = NULL;
    if (!copy)
        return false;
    memcpy(copy, token, size);
    if (peer->is_ntlm) {
        if (size < trailer)
            goto fail;
        buffers[0] = (SecBuffer){trailer, SECBUFFER_TOKEN, copy};
        buffers[1] = (SecBuffer){(ULONG)size - trailer, SECBUFFER_DATA, copy + trailer};
    } else {
        buffers[0] = (SecBuffer){(ULONG)size, SECBUFFER_STREAM, copy};
        buffers[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
    }
    status = DecryptMessage(&peer->context, &desc, 0, &qop);
    if (status != SEC_E_OK)
        goto fail;
    *encrypted = qop != SECQOP_WRAP_NO_ENCRYPT;
    message->size = buffers[1].cbBuffer;
    message->data = malloc(message->size + 1);
    if (!message->data)
        goto fail;
    memcpy(message->data, buffers[1].pvBuffer, message->size);
    message->data[message->size] = '\0';
    free(copy);
    return true;
fail:
    sspi_complain("DecryptMessage", peer, status);
    free(copy);
    return false;
}

bool sspi_sign(struct sspi_peer *peer, const void *message, size_t size, struct sspi_bytes *token)
{
    SecBuffer buffers[2] = {{(ULONG)size, SECBUFFER_DATA, (void *)(uintptr_t)message},
                            {peer->sizes.cbMaxSignature, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status;

    token->data = buffers[1].pvBuffer = calloc(1, peer->sizes.cbMaxSignature + 1);
    if (!token->data)
        return false;
    status = MakeSignature(&peer->context, 0, &desc, 0);
    token->size = buffers[1].cbBuffer;
    if (status == SEC_E_OK)
        return true;
    sspi_complain("MakeSignature", peer, status);
    free(token->data);
    token->data = NULL;
    return false;
}

bool sspi_verify(struct sspi_peer *peer, const void *message, size_t size, const void *token,
                 size_t token_size)
{
    SecBuffer buffers[2] = {{(ULONG)size, SECBUFFER_DATA, (void *)(uintptr_t)message},
                            {(ULONG)token_size, SECBUFFER_TOKEN, (void *)(uintptr_t)token}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status = VerifySignature(&peer->context, &desc, 0, NULL);

    if (status != SEC_E_OK)
        sspi_complain("VerifySignature", peer, status);
    return status == SEC_E_OK;
}
