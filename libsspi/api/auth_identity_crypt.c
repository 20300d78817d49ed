/*
 * Encrypted identities: their credentials, in place, under a key that only the same process, or
 * only the same logon session, can get at.
 *
 * The key of a process is made when first needed and ends with it; a child has another one. That of
 * a logon session is a key of the kernel in the session keyring that its processes share. Root's
 * (the SYSTEM of Windows) is in root's own user keyring, where possession grants nothing.
 *
 * Source: "SspiEncryptAuthIdentityEx function", "SEC_WINNT_AUTH_IDENTITY_EX2" (sdk-api/sspi).
 */
#include "libsspi/api/auth_identity.h"

#include <keyutils.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/keyring.h"
#include "base/secret.h"

#define KEY_NAME  "credmgr:identity"
#define XTS_KEY   64 /* bytes: two AES-256 keys */
#define XTS_BLOCK 16

/* ---- keys ------------------------------------------------------------------------------------ */

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *process_key; /* secret memory */
static pid_t process;              /* whose it is */
static pthread_once_t process_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&process_lock);
}

static void in_parent(void)
{
    pthread_mutex_unlock(&process_lock);
}

/* In a pid namespace of its own the child may have the number of its parent. */
static void in_child(void)
{
    process = 0;
    pthread_mutex_unlock(&process_lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, in_parent, in_child);
}

static SECURITY_STATUS use_process_key(unsigned char key[XTS_KEY])
{
    SECURITY_STATUS status = SEC_E_OK;

    pthread_once(&process_once, watch_forks);
    pthread_mutex_lock(&process_lock);
    if (!process_key || process != getpid()) {
        if (!process_key)
            process_key = secret_alloc(XTS_KEY);
        process = getpid();
        if (!process_key)
            status = SEC_E_INSUFFICIENT_MEMORY;
        else if (!secret_random(process_key, XTS_KEY))
            status = SEC_E_INTERNAL_ERROR;
    }
    if (status == SEC_E_OK)
        memcpy(key, process_key, XTS_KEY);
    pthread_mutex_unlock(&process_lock);
    return status;
}

/*
 * Several processes may make the key at once, and add_key() replaces what another one has just put
 * there. So nobody uses it before its permissions, which allow no change, are set.
 */
static key_serial_t make_key(key_serial_t keyring, key_perm_t permissions)
{
    unsigned char fresh[XTS_KEY];
    key_serial_t key = -1;

    if (secret_random(fresh, sizeof(fresh)))
        key = add_key("user", KEY_NAME, fresh, sizeof(fresh), keyring);
    secret_wipe(fresh, sizeof(fresh));
    if (key < 0)
        key = (key_serial_t)keyctl_search(keyring, "user", KEY_NAME, 0);
    else
        (void)keyctl_setperm(key, permissions); /* refused: another one has done it */
    return key;
}

static SECURITY_STATUS use_logon_key(bool root, bool make, unsigned char key[XTS_KEY])
{
    key_serial_t keyring = root ? KEY_SPEC_USER_KEYRING : KEY_SPEC_SESSION_KEYRING;
    key_perm_t read = root ? KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH
                           : KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH;
    key_serial_t serial;
    uid_t owner;

    keyring = keyctl_get_keyring_ID(keyring, make);
    /* su leaves the caller's session keyring to whom it makes you. */
    if (keyring < 0 || keyring_owner(keyring, &owner) != 0 || owner != geteuid())
        return SEC_E_NOT_OWNER;
    serial = (key_serial_t)keyctl_search(keyring, "user", KEY_NAME, 0);
    if (serial < 0 && make)
        serial = make_key(keyring, read);
    if (serial < 0 || keyring_owner(serial, &owner) != 0 || owner != geteuid())
        return SEC_E_NOT_OWNER;
    return keyctl_read(serial, (char *)key, XTS_KEY) == XTS_KEY ? SEC_E_OK : SEC_E_NOT_OWNER;
}

/* Which key the flag of a block means, for whom runs this thread. */
static SECURITY_STATUS use_key(ULONG flag, bool make, unsigned char key[XTS_KEY])
{
    bool root = geteuid() == 0;

    if (flag == SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED)
        return use_process_key(key);
    if (root == (flag == SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED))
        return SEC_E_NOT_OWNER;
    return use_logon_key(root, make, key);
}

/* ---- the block ----------------------------------------------------------------------------- */

/* XTS keeps the length. What was decrypted with another key does not look like credentials. */
static SECURITY_STATUS transform(ULONG flag, struct identity_area packed, bool encrypt)
{
    static const unsigned char tweak[XTS_BLOCK];
    unsigned char *key, *text = NULL;
    EVP_CIPHER_CTX *ctx = NULL;
    int length;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (packed.size == 0)
        return SEC_E_OK;
    if (packed.size < XTS_BLOCK)
        return SEC_E_INVALID_PARAMETER;
    key = secret_alloc(XTS_KEY);
    text = secret_alloc(packed.size);
    ctx = EVP_CIPHER_CTX_new();
    if (!key || !text || !ctx)
        goto out;
    status = use_key(flag, encrypt, key);
    if (status != SEC_E_OK)
        goto out;
    if (EVP_CipherInit_ex(ctx, EVP_aes_256_xts(), NULL, key, tweak, encrypt) != 1 ||
        EVP_CipherUpdate(ctx, text, &length, packed.data, (int)packed.size) != 1)
        status = SEC_E_INTERNAL_ERROR;
    else if (!encrypt && !api_identity_credentials_valid((struct identity_area){text, packed.size}))
        status = SEC_E_DECRYPT_FAILURE;
    else
        memcpy((void *)(uintptr_t)packed.data, text, packed.size);
out:
    EVP_CIPHER_CTX_free(ctx);
    secret_free(text);
    secret_free(key);
    return status;
}

/* A block that can be encrypted: EX2, UTF-16, with credentials that are credentials. */
static bool read_block(PSEC_WINNT_AUTH_IDENTITY_OPAQUE block, struct identity_ex2 *ex2)
{
    size_t length;

    return block && identity_ex2_head(block, 12, &length) &&
           identity_ex2_read(block, length, ex2) && ex2->flags & SEC_WINNT_AUTH_IDENTITY_UNICODE &&
           (ex2->flags & IDENTITY_ENCRYPTED || api_identity_credentials_valid(ex2->packed));
}

static void set_flags(PSEC_WINNT_AUTH_IDENTITY_OPAQUE block, ULONG flag)
{
    PSEC_WINNT_AUTH_IDENTITY_EX2 ex2 = block;

    ex2->Flags = (ex2->Flags & ~(ULONG)IDENTITY_ENCRYPTED) | flag;
}

static SECURITY_STATUS decrypt(PSEC_WINNT_AUTH_IDENTITY_OPAQUE block,
                               const struct identity_ex2 *ex2)
{
    SECURITY_STATUS status = transform(ex2->flags & IDENTITY_ENCRYPTED, ex2->packed, false);

    if (status == SEC_E_OK)
        set_flags(block, 0);
    return status;
}

/* What the options mean here; 0 for what they do not. */
static ULONG flag_of(ULONG options)
{
    bool root = geteuid() == 0;

    switch (options) {
    case SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS:
        return SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED;
    case SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON:
        return root ? SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED
                    : SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED;
    case SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM:
        return root ? SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED : 0;
    default:
        return 0;
    }
}

/*
 * AuthData is a SEC_WINNT_AUTH_IDENTITY_EX2, as SspiEncodeStringsAsAuthIdentity,
 * SspiCopyAuthIdentity and SspiUnmarshalAuthIdentity make them; the other forms have no block to
 * encrypt. One that is encrypted already is encrypted anew. SEC_E_INVALID_PARAMETER,
 * SEC_E_UNSUPPORTED_FUNCTION (for the system, by somebody else), SEC_E_NOT_OWNER (no session
 * keyring of the caller's own), SEC_E_DECRYPT_FAILURE, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentityEx(ULONG Options,
                                                    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    struct identity_ex2 ex2;
    SECURITY_STATUS status = SEC_E_OK;
    ULONG flag = flag_of(Options);

    if (!read_block(AuthData, &ex2))
        return SEC_E_INVALID_PARAMETER;
    if (!flag)
        return Options == SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM ? SEC_E_UNSUPPORTED_FUNCTION
                                                                     : SEC_E_INVALID_PARAMETER;
    if (ex2.flags & IDENTITY_ENCRYPTED)
        status = decrypt(AuthData, &ex2);
    if (status == SEC_E_OK)
        status = transform(flag, ex2.packed, true);
    if (status == SEC_E_OK)
        set_flags(AuthData, flag);
    return status;
}

SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    return SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS, AuthData);
}

/*
 * The option must be the one it was encrypted with; what is not encrypted stays as it is.
 * SEC_E_INVALID_PARAMETER, SEC_E_NOT_OWNER and SEC_E_DECRYPT_FAILURE (another process, another
 * logon session), SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY
SspiDecryptAuthIdentityEx(ULONG Options, PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    struct identity_ex2 ex2;

    if (!read_block(EncryptedAuthData, &ex2) ||
        (ex2.flags & IDENTITY_ENCRYPTED && (ex2.flags & IDENTITY_ENCRYPTED) != flag_of(Options)))
        return SEC_E_INVALID_PARAMETER;
    return ex2.flags & IDENTITY_ENCRYPTED ? decrypt(EncryptedAuthData, &ex2) : SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    return SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS,
                                     EncryptedAuthData);
}

BOOLEAN SEC_ENTRY SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    struct identity_ex2 ex2;

    return read_block(EncryptedAuthData, &ex2) && ex2.flags & IDENTITY_ENCRYPTED;
}

SECURITY_STATUS api_identity_decrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE from,
                                       PSEC_WINNT_AUTH_IDENTITY_OPAQUE *plain)
{
    struct identity_ex2 ex2;
    SECURITY_STATUS status;

    *plain = NULL;
    if (!SspiIsAuthIdentityEncrypted(from))
        return SEC_E_OK;
    status = SspiCopyAuthIdentity(from, plain);
    if (status == SEC_E_OK)
        status = read_block(*plain, &ex2) ? decrypt(*plain, &ex2) : SEC_E_INVALID_PARAMETER;
    if (status != SEC_E_OK) {
        SspiFreeAuthIdentity(*plain);
        *plain = NULL;
    }
    return status;
}
