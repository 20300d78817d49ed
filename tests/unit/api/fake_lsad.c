/*
 * The client of lsad as these tests need it: it answers as an lsad that is down, that knows no
 * session of the caller, that serves (with the fake package), or that was restarted in the middle
 * of a handshake.
 */
#include "tests/unit/api/fake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"
#include "libsspi/lsa/host_attributes.h"
#include "libsspi/packages/buffers.h"

struct fake_lsad_state fake_lsad;

struct lsa_remote_credential {
    LSA_SEC_HANDLE handle;
};
struct lsa_remote_context {
    LSA_SEC_HANDLE handle;
};

void lsa_client_set_socket(const char *path)
{
    (void)path; /* lsa.conf of the machine that runs the test */
}

static void begin(struct lsa_call *call)
{
    memset(call, 0, sizeof(*call));
    call->client.ProcessID = (ULONG)getpid();
    lsa_call_begin(call);
}

SECURITY_STATUS lsa_client_acquire_session(const WCHAR *package, const WCHAR *principal, ULONG use,
                                           const LUID *luid,
                                           struct lsa_remote_credential **credential,
                                           PTimeStamp expiry)
{
    (void)package, (void)principal, (void)use, (void)luid, (void)expiry;
    *credential = NULL;
    return SEC_E_NOT_OWNER;
}

void lsa_client_drop_session(const LUID *luid)
{
    (void)luid;
}

SECURITY_STATUS lsa_client_acquire(const WCHAR *package, const WCHAR *principal, ULONG use,
                                   struct lsa_remote_credential **credential, PTimeStamp expiry)
{
    bool local_default = fake.local_default, keytab = fake.keytab;
    struct lsa_call call;
    SECURITY_STATUS status;

    (void)package, (void)principal;
    *credential = NULL;
    fake_lsad.acquired++;
    if (fake_lsad.mode == LSAD_DOWN)
        return LSA_CLIENT_UNREACHABLE;
    if (fake_lsad.mode == LSAD_NO_SESSION)
        return SEC_E_NO_CREDENTIALS;
    *credential = calloc(1, sizeof(**credential));
    fake.local_default = fake.keytab = true;
    begin(&call);
    status = fake_lsa_tables[0].AcquireCredentialsHandle(NULL, use, NULL, NULL, NULL, NULL,
                                                         &(*credential)->handle, expiry);
    lsa_call_end();
    fake.local_default = local_default;
    fake.keytab = keytab;
    fake_lsad.credentials++;
    return status;
}

void lsa_client_release(struct lsa_remote_credential *credential)
{
    fake_lsa_tables[0].FreeCredentialsHandle(credential->handle);
    fake_lsad.credentials--;
    free(credential);
}

SECURITY_STATUS lsa_client_credential_name(struct lsa_remote_credential *credential, WCHAR **name)
{
    (void)credential;
    *name = utf16_dup(u"REALM\\\u00e5sa");
    return *name ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* The structure comes back as lsad would send it: the image without pointers, and their parts. */
SECURITY_STATUS lsa_client_query_attribute(struct lsa_remote_credential *credential,
                                           struct lsa_remote_context *context, ULONG attribute,
                                           struct lsa_structure *value)
{
    const struct lsa_attribute *a =
        context ? lsa_context_attribute(attribute) : lsa_credential_attribute(attribute);
    SECURITY_STATUS status;
    struct lsa_call call;

    if (!a || value->size < a->size)
        return SEC_E_UNSUPPORTED_FUNCTION;
    begin(&call);
    status = context ? fake_lsa_tables[0].QueryContextAttributes(context->handle, attribute,
                                                                 value->image)
                     : fake_lsa_tables[0].QueryCredentialsAttributes(credential->handle, attribute,
                                                                     value->image);
    lsa_call_end();
    for (size_t i = 0; status >= 0 && i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, value->image);

        if (!at || !*at)
            continue;
        value->parts[value->count].offset = a->parts[i].at;
        value->parts[value->count].size = lsa_attribute_part_size(a, i, value->image);
        value->parts[value->count++].data = *at;
        *at = (void *)16;
    }
    return status;
}

SECURITY_STATUS lsa_client_set_attribute(struct lsa_remote_credential *credential,
                                         struct lsa_remote_context *context, ULONG attribute,
                                         const struct lsa_structure *value)
{
    (void)credential, (void)context;
    for (size_t i = 0; i < value->count; i++)
        memcpy((char *)value->image + value->parts[i].offset, &value->parts[i].data,
               sizeof(void *));
    return fake_set_credential(0, attribute, value->image, (ULONG)value->size);
}

SECURITY_STATUS lsa_client_add_credentials(struct lsa_remote_credential *credential,
                                           struct lsa_added *added)
{
    char *user = added->user ? utf16_to_utf8(added->user, utf16_length(added->user), NULL) : NULL;

    (void)credential;
    fake_given.calls++;
    fake_given.use = added->use;
    strncpy(fake_given.text, user ? user : "-", sizeof(fake_given.text) - 1);
    free(user);
    added->expiry.QuadPart = 56;
    return SEC_E_OK;
}

SECURITY_STATUS lsa_client_apply_control(struct lsa_remote_context *context,
                                         const SecBufferDesc *input)
{
    return fake_apply_control(context->handle, (PSecBufferDesc)(uintptr_t)input);
}

static SECURITY_STATUS leg(struct lsa_leg *l, bool initiator)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL}, packed = {0, 0, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    LSA_SEC_HANDLE before = l->context ? l->context->handle : 0, made = before;
    UNICODE_STRING target = {0, 0, NULL};
    struct lsa_call call;
    BOOLEAN mapped = FALSE;
    SECURITY_STATUS status;

    fake_lsad.legs++;
    if (fake_lsad.mode == LSAD_DOWN)
        return l->context ? SEC_E_INVALID_HANDLE : LSA_CLIENT_UNREACHABLE;
    if (fake_lsad.mode == LSAD_RESTARTED && l->context)
        return SEC_E_INVALID_HANDLE;
    if (l->target) {
        target.Buffer = (WCHAR *)(uintptr_t)l->target;
        target.Length = (USHORT)(utf16_length(l->target) * sizeof(WCHAR));
    }
    begin(&call);
    if (initiator)
        status = fake_lsa_tables[0].InitLsaModeContext(
            l->credential->handle, before, l->target ? &target : NULL, l->requirements, 0, l->input,
            &made, &output, &l->attributes, &l->expiry, &mapped, &packed);
    else
        status = fake_lsa_tables[0].AcceptLsaModeContext(
            l->credential->handle, before, l->input, l->requirements, 0, &made, &output,
            &l->attributes, &l->expiry, &mapped, &packed);
    lsa_call_end();
    l->token = token.pvBuffer;
    l->token_size = token.cbBuffer;
    if (status >= 0 && !l->context && !mapped) {
        l->context = calloc(1, sizeof(*l->context));
        l->context->handle = made;
        fake_lsad.contexts++;
    } else if (mapped) {
        fake_lsa_tables[0].DeleteContext(made);
        if (l->context) {
            free(l->context);
            l->context = NULL;
            fake_lsad.contexts--;
        }
        l->packed = secret_dup(packed.pvBuffer, packed.cbBuffer);
        l->packed_size = packed.cbBuffer;
    }
    free(packed.pvBuffer);
    return status;
}

SECURITY_STATUS lsa_client_initialize(struct lsa_leg *l)
{
    return leg(l, true);
}

SECURITY_STATUS lsa_client_accept(struct lsa_leg *l)
{
    return leg(l, false);
}

void lsa_client_delete(struct lsa_remote_context *context)
{
    fake_lsa_tables[0].DeleteContext(context->handle);
    fake_lsad.contexts--;
    free(context);
}

SECURITY_STATUS lsa_client_call_package(const WCHAR *package, const void *submit, ULONG submit_size,
                                        void **reply, ULONG *reply_size, NTSTATUS *protocol_status)
{
    *reply = NULL;
    *reply_size = 0;
    *protocol_status = STATUS_SUCCESS;
    if (fake_lsad.mode == LSAD_DOWN)
        return LSA_CLIENT_UNREACHABLE;
    if (!utf16_equal(package, u"Fake"))
        return STATUS_NO_SUCH_PACKAGE;
    *protocol_status = 0x1234;
    *reply = calloc(1, submit_size + 1);
    memcpy(*reply, submit, submit_size);
    *reply_size = submit_size;
    return STATUS_SUCCESS;
}

NTSTATUS lsa_client_status(struct lsa_status_info *status)
{
    memset(status, 0, sizeof(*status));
    return fake_lsad.mode == LSAD_DOWN ? LSA_CLIENT_UNREACHABLE : STATUS_SUCCESS;
}

void lsa_client_free_status(struct lsa_status_info *status)
{
    free(status->version);
}
