/*
 * Any bytes as a vault, which a person may have put into their own home before they log in. Its
 * form is checked, it is opened with a key, and, where it asks for little work, with a password.
 * What opens must be what sealing the content again gives. The seeds are sealed with these.
 */
#include "examples/vault/format.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "fuzz"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t seed_key[VAULT_KEY_SIZE] = "thirty-two bytes of a random key";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size ? size : 1), *content = NULL, *again = NULL;
    uint8_t key[VAULT_KEY_SIZE];
    size_t told = 0;
    bool form;

    if (!file)
        abort();
    if (size)
        memcpy(file, data, size);
    form = vault_check(file, size, &told) == VAULT_OK;
    if (form && told + VAULT_OVERHEAD != size)
        abort();
    content = malloc(told ? told : 1); /* of the exact size, for AddressSanitizer */
    again = malloc(told + VAULT_OVERHEAD);
    if (!content || !again)
        abort();
    if (!form && vault_decrypt(file, size, seed_key, content) != VAULT_BROKEN)
        abort();
    if (form && vault_decrypt(file, size, seed_key, content) == VAULT_OK &&
        (vault_encrypt(content, told, seed_key, file, again) != VAULT_OK ||
         vault_check(again, size, NULL) != VAULT_OK))
        abort();
    /* scrypt is not what is tried here: a little of it will do. */
    if (form && file[5] == 10 && data[size - 1] % 16 == 0 &&
        vault_unwrap(file, size, PASSWORD, key) == VAULT_OK &&
        memcmp(key, seed_key, sizeof(key)) != 0)
        abort();
    free(again);
    free(content);
    free(file);
    return 0;
}
