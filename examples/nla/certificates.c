/*
 * Where Windows has its certificate stores, Linux has files and tokens; CredmgrCertificateLoad is
 * the bridge between the two, and the only function of this example that Windows does not have.
 */
#include "certificates.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <credmgr.h>

#include "channel.h"

static LONG WINAPI ask(void *context, const char *source, char *password, ULONG size)
{
    char prompt[300], *typed;
    size_t length;

    (void)context;
    snprintf(prompt, sizeof(prompt), "Password of %s: ", source);
    typed = getpass(prompt);
    length = typed ? strlen(typed) : 0;
    if (!typed || length > size)
        return -1;
    memcpy(password, typed, length);
    explicit_bzero(typed, length);
    return (LONG)length;
}

PCCERT_CONTEXT certificates_load(const char *source, const char *key)
{
    PCCERT_CONTEXT context = NULL;
    SECURITY_STATUS status = CredmgrCertificateLoad(source, key, ask, NULL, &context);

    if (status != SEC_E_OK)
        complain(source, status);
    return context;
}

HCERTSTORE certificates_root(const char *source)
{
    PCCERT_CONTEXT root = certificates_load(source, NULL);
    HCERTSTORE store = root ? CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL) : NULL;

    if (store && !CertAddCertificateContextToStore(store, root, CERT_STORE_ADD_ALWAYS, NULL)) {
        fprintf(stderr, "%s: it cannot be put into a store\n", source);
        CertCloseStore(store, 0);
        store = NULL;
    }
    CertFreeCertificateContext(root);
    return store;
}
