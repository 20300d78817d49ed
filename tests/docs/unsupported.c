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
        {"AddCredentialsA", AddCredentialsA(NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL)},
        {"AddCredentialsW", AddCredentialsW(NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL)},
        {"QueryCredentialsAttributesExA", QueryCredentialsAttributesExA(NULL, 0, NULL, 0)},
        {"QueryCredentialsAttributesExW", QueryCredentialsAttributesExW(NULL, 0, NULL, 0)},
        {"SetCredentialsAttributesA", SetCredentialsAttributesA(NULL, 0, NULL, 0)},
        {"SetCredentialsAttributesW", SetCredentialsAttributesW(NULL, 0, NULL, 0)},
        {"ApplyControlToken", ApplyControlToken(NULL, NULL)},
        {"QueryContextAttributesExA", QueryContextAttributesExA(NULL, 0, NULL, 0)},
        {"QueryContextAttributesExW", QueryContextAttributesExW(NULL, 0, NULL, 0)},
        {"SetContextAttributesA", SetContextAttributesA(NULL, 0, NULL, 0)},
        {"SetContextAttributesW", SetContextAttributesW(NULL, 0, NULL, 0)},
        {"ImpersonateSecurityContext", ImpersonateSecurityContext(NULL)},
        {"RevertSecurityContext", RevertSecurityContext(NULL)},
        {"QuerySecurityContextToken", QuerySecurityContextToken(NULL, NULL)},
        {"ExportSecurityContext", ExportSecurityContext(NULL, 0, NULL, NULL)},
        {"ImportSecurityContextA", ImportSecurityContextA(NULL, NULL, NULL, NULL)},
        {"ImportSecurityContextW", ImportSecurityContextW(NULL, NULL, NULL, NULL)},
        {"ChangeAccountPasswordA",
         ChangeAccountPasswordA(NULL, NULL, NULL, NULL, NULL, FALSE, 0, NULL)},
        {"ChangeAccountPasswordW",
         ChangeAccountPasswordW(NULL, NULL, NULL, NULL, NULL, FALSE, 0, NULL)},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        printf("%s 0x%08x\n", calls[i].name, (unsigned)calls[i].status);
    return 0;
}
