/*
 * LsaProtectMemory and LsaUnprotectMemory: a package that keeps a secret for long encrypts it in
 * place, under a key that lives as long as the process, so that a stray read or a core file shows
 * ciphertext.
 */
#include "libsspi/lsa/host_internal.h"

#include <pthread.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/log.h"
#include "base/secret.h"

#define XTS_KEY   64 /* bytes: two AES-256 keys */
#define XTS_BLOCK 16

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned char *process_key; /* secret memory; NULL when there was no randomness for it */

static void make_key(void)
{
    process_key = secret_alloc(XTS_KEY);
    if (process_key && !secret_random(process_key, XTS_KEY)) {
        secret_free(process_key);
        process_key = NULL;
    }
    if (!process_key)
        log_error("LsaProtectMemory: no key could be made; secrets stay in locked memory only");
}

/* XTS keeps the length and needs no room for an IV; the same plaintext gives the same ciphertext,
 * which is all it tells. */
static void transform(void *buffer, ULONG size, int encrypt)
{
    static const unsigned char tweak[XTS_BLOCK];
    EVP_CIPHER_CTX *ctx = NULL;
    unsigned char stream[XTS_BLOCK] = {0};
    int length;
    ULONG i;

    pthread_once(&once, make_key);
    if (!process_key || !buffer || size == 0 || size > INT32_MAX)
        return;
    ctx = EVP_CIPHER_CTX_new();
    if (!ctx || EVP_CipherInit_ex(ctx, EVP_aes_256_xts(), NULL, process_key, tweak, encrypt) != 1)
        goto out;
    if (size >= XTS_BLOCK) {
        EVP_CipherUpdate(ctx, buffer, &length, buffer, (int)size);
        goto out;
    }
    /* Shorter than a block: its keystream is the encryption of a block of zeros, in both
     * directions. */
    if (EVP_CipherInit_ex(ctx, EVP_aes_256_xts(), NULL, process_key, tweak, 1) == 1 &&
        EVP_CipherUpdate(ctx, stream, &length, tweak, XTS_BLOCK) == 1)
        for (i = 0; i < size; i++)
            ((unsigned char *)buffer)[i] ^= stream[i];
out:
    secret_wipe(stream, sizeof(stream));
    EVP_CIPHER_CTX_free(ctx);
}

VOID NTAPI lsa_protect_memory(PVOID buffer, ULONG size)
{
    transform(buffer, size, 1);
}

VOID NTAPI lsa_unprotect_memory(PVOID buffer, ULONG size)
{
    transform(buffer, size, 0);
}
