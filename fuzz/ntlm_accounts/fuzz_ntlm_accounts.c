/*
 * Any bytes as the account file. What is an account in it has a good name and no other one's, and
 * the file that is written of all of them reads as the same accounts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/verify/accounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct again {
    struct wire_writer out;
    unsigned count;
};

static void write_again(const struct ntlm_local_account *account, void *arg)
{
    struct again *again = arg;

    if (!ntlm_accounts_name_is_good(account->name) || account->changed < 0 ||
        account->expires < 0 || !ntlm_accounts_same_name(account->name, account->name))
        abort();
    ntlm_accounts_write(&again->out, account);
    again->count++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* of the exact size, for AddressSanitizer */
    struct again first = {.count = 0}, second = {.count = 0};
    unsigned line;

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    first.out = wire_writer_grow(2 * NTLM_ACCOUNTS_SIZE_MAX);
    second.out = wire_writer_grow(2 * NTLM_ACCOUNTS_SIZE_MAX);
    if (ntlm_accounts_read(copy, size, &line, write_again, &first)) {
        if (!ntlm_accounts_read((const char *)first.out.data, first.out.offset, &line, write_again,
                                &second) ||
            second.count != first.count || second.out.offset != first.out.offset ||
            (first.count && memcmp(second.out.data, first.out.data, first.out.offset) != 0))
            abort();
    }
    wire_writer_free(&first.out);
    wire_writer_free(&second.out);
    free(copy);
    return 0;
}
