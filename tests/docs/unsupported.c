/*
 * Calls what docs/functions.md says is unsupported, through libsspi.so, and prints "NAME STATUS" a
 * line. tests/docs.t compares both, so that a function which begins to work cannot stay
 * "unsupported" in the documentation.
 */
#include <stdio.h>
#include <sspi.h>

int main(void)
{
    const struct {
        const char *name;
        SECURITY_STATUS status;
    } calls[] = {
        {"SspiPromptForCredentialsA",
         (SECURITY_STATUS)SspiPromptForCredentialsA(NULL, NULL, 0, NULL, NULL, NULL, NULL, 0)},
        {"SspiPromptForCredentialsW",
         (SECURITY_STATUS)SspiPromptForCredentialsW(NULL, NULL, 0, NULL, NULL, NULL, NULL, 0)},
        {"SspiGetCredUIContext", SspiGetCredUIContext(NULL, NULL, NULL, NULL, NULL)},
        {"SspiUpdateCredentials", SspiUpdateCredentials(NULL, NULL, 0, NULL)},
        {"SspiUnmarshalCredUIContext", SspiUnmarshalCredUIContext(NULL, 0, NULL)},
        {"SecAllocateAndSetCallTarget", SecAllocateAndSetCallTarget(NULL, 0, NULL, NULL)},
        {"SecAllocateAndSetIPAddress", SecAllocateAndSetIPAddress(NULL, 0, NULL)},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        printf("%s 0x%08x\n", calls[i].name, (unsigned)calls[i].status);
    return 0;
}
