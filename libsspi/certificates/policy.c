/*
 * CertVerifyCertificateChainPolicy(): one error out of a chain's trust status.
 */
#include <openssl/x509v3.h>

#include "base/last_error.h"
#include "libsspi/certificates/build.h"

/* wininet.h */
#define IGNORE_REVOCATION        0x00000080
#define IGNORE_UNKNOWN_CA        0x00000100
#define IGNORE_WRONG_USAGE       0x00000200
#define IGNORE_CERT_CN_INVALID   0x00001000
#define IGNORE_CERT_DATE_INVALID 0x00002000

/* The most serious first. `ignore`: the policy's flags that pass over it. */
static const struct {
    DWORD trust;
    HRESULT error;
    DWORD ignore;
    bool of_all; /* no certificate's alone */
} order[] = {
    {CERT_TRUST_IS_NOT_SIGNATURE_VALID, TRUST_E_CERT_SIGNATURE, 0, false},
    {CERT_TRUST_IS_REVOKED, CRYPT_E_REVOKED, 0, false},
    {CERT_TRUST_IS_EXPLICIT_DISTRUST, TRUST_E_EXPLICIT_DISTRUST, 0, false},
    {CERT_TRUST_IS_UNTRUSTED_ROOT, CERT_E_UNTRUSTEDROOT, CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG,
     false},
    {CERT_TRUST_IS_PARTIAL_CHAIN, CERT_E_CHAINING, CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG, true},
    {CERT_TRUST_IS_CYCLIC, CERT_E_CHAINING, 0, true},
    {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, CERT_E_WRONG_USAGE,
     CERT_CHAIN_POLICY_IGNORE_WRONG_USAGE_FLAG, false},
    {CERT_TRUST_IS_NOT_TIME_VALID, CERT_E_EXPIRED, CERT_CHAIN_POLICY_IGNORE_NOT_TIME_VALID_FLAG,
     false},
    {CERT_TRUST_INVALID_BASIC_CONSTRAINTS, TRUST_E_BASIC_CONSTRAINTS,
     CERT_CHAIN_POLICY_IGNORE_INVALID_BASIC_CONSTRAINTS_FLAG, false},
    {CERT_TRUST_INVALID_NAME_CONSTRAINTS, CERT_E_INVALID_NAME,
     CERT_CHAIN_POLICY_IGNORE_INVALID_NAME_FLAG, false},
    {CERT_TRUST_INVALID_POLICY_CONSTRAINTS, CERT_E_INVALID_POLICY,
     CERT_CHAIN_POLICY_IGNORE_INVALID_POLICY_FLAG, false},
    {CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT, CERT_E_CRITICAL,
     CERT_CHAIN_POLICY_IGNORE_NOT_SUPPORTED_CRITICAL_EXT_FLAG, false},
    {CERT_TRUST_INVALID_EXTENSION, CERT_E_CRITICAL, 0, false},
    {CERT_TRUST_HAS_WEAK_SIGNATURE, TRUST_E_CERT_SIGNATURE, 0, false},
    {CERT_TRUST_IS_OFFLINE_REVOCATION, CRYPT_E_REVOCATION_OFFLINE, 0, false},
    {CERT_TRUST_REVOCATION_STATUS_UNKNOWN, CRYPT_E_NO_REVOCATION_CHECK, 0, false},
};

#define REVOCATION_UNKNOWN (CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION)

/* What is passed over, of one certificate. */
static DWORD forgiven(DWORD index, DWORD count, DWORD flags)
{
    DWORD flag = index == 0           ? CERT_CHAIN_POLICY_IGNORE_END_REV_UNKNOWN_FLAG
                 : index == count - 1 ? CERT_CHAIN_POLICY_IGNORE_ROOT_REV_UNKNOWN_FLAG
                                      : CERT_CHAIN_POLICY_IGNORE_CA_REV_UNKNOWN_FLAG;

    return flags & flag ? REVOCATION_UNKNOWN : 0;
}

static bool find_element(const CERT_SIMPLE_CHAIN *chain, DWORD trust, DWORD flags, LONG *index)
{
    for (DWORD i = 0; i < chain->cElement; i++) {
        DWORD status =
            chain->rgpElement[i]->TrustStatus.dwErrorStatus & ~forgiven(i, chain->cElement, flags);

        if (status & trust) {
            *index = (LONG)i;
            return true;
        }
    }
    return false;
}

static void fail(CERT_CHAIN_POLICY_STATUS *status, HRESULT error, LONG element)
{
    status->dwError = (DWORD)error;
    status->lChainIndex = 0;
    status->lElementIndex = element;
}

static void judge(const CERT_CHAIN_CONTEXT *context, DWORD flags, CERT_CHAIN_POLICY_STATUS *status)
{
    const CERT_SIMPLE_CHAIN *chain = context->rgpChain[0];
    LONG index;

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if ((flags & order[i].ignore) || !find_element(chain, order[i].trust, flags, &index))
            continue;
        fail(status, order[i].error, order[i].of_all ? -1 : index);
        return;
    }
}

/* As the older of the two ways to say what is to be passed over. */
static DWORD flags_of(const SSL_EXTRA_CERT_CHAIN_POLICY_PARA *extra)
{
    DWORD flags = 0;

    if (extra->fdwChecks & IGNORE_UNKNOWN_CA)
        flags |= CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG;
    if (extra->fdwChecks & IGNORE_WRONG_USAGE)
        flags |= CERT_CHAIN_POLICY_IGNORE_WRONG_USAGE_FLAG;
    if (extra->fdwChecks & IGNORE_CERT_DATE_INVALID)
        flags |= CERT_CHAIN_POLICY_IGNORE_NOT_TIME_VALID_FLAG;
    if (extra->fdwChecks & IGNORE_REVOCATION)
        flags |= CERT_CHAIN_POLICY_IGNORE_END_REV_UNKNOWN_FLAG |
                 CERT_CHAIN_POLICY_IGNORE_CA_REV_UNKNOWN_FLAG |
                 CERT_CHAIN_POLICY_IGNORE_ROOT_REV_UNKNOWN_FLAG;
    return flags;
}

static DWORD judge_ssl(const CERT_CHAIN_CONTEXT *context, DWORD flags,
                       const SSL_EXTRA_CERT_CHAIN_POLICY_PARA *extra,
                       CERT_CHAIN_POLICY_STATUS *status)
{
    bool server = !extra || extra->dwAuthType != AUTHTYPE_CLIENT;
    X509 *leaf = certificate_x509(context->rgpChain[0]->rgpElement[0]->pCertContext);
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    SECURITY_STATUS name = SEC_E_OK;

    if (!leaf)
        return error;
    if (extra)
        flags |= flags_of(extra);
    judge(context, flags, status);
    if (status->dwError == 0 && !(flags & CERT_CHAIN_POLICY_IGNORE_WRONG_USAGE_FLAG) &&
        X509_check_purpose(leaf, server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT, 0) !=
            1)
        fail(status, CERT_E_WRONG_USAGE, 0);
    if (status->dwError == 0 && server && extra && extra->pwszServerName &&
        !(extra->fdwChecks & IGNORE_CERT_CN_INVALID) &&
        !(flags & CERT_CHAIN_POLICY_IGNORE_INVALID_NAME_FLAG)) {
        name = name_check(leaf, extra->pwszServerName);
        if (name == SEC_E_WRONG_PRINCIPAL)
            fail(status, CERT_E_CN_NO_MATCH, 0);
    }
    X509_free(leaf);
    return name == SEC_E_INSUFFICIENT_MEMORY ? error : ERROR_SUCCESS;
}

BOOL WINAPI CertVerifyCertificateChainPolicy(LPCSTR pszPolicyOID,
                                             PCCERT_CHAIN_CONTEXT pChainContext,
                                             PCERT_CHAIN_POLICY_PARA pPolicyPara,
                                             PCERT_CHAIN_POLICY_STATUS pPolicyStatus)
{
    DWORD error = ERROR_SUCCESS, flags = pPolicyPara ? pPolicyPara->dwFlags : 0;

    if (!pChainContext || !pPolicyStatus || !pChainContext->cChain ||
        !pChainContext->rgpChain[0]->cElement) {
        last_error_set((DWORD)E_INVALIDARG);
        return FALSE;
    }
    pPolicyStatus->dwError = 0;
    pPolicyStatus->lChainIndex = pPolicyStatus->lElementIndex = -1;
    if (pszPolicyOID == CERT_CHAIN_POLICY_BASE)
        judge(pChainContext, flags, pPolicyStatus);
    else if (pszPolicyOID == CERT_CHAIN_POLICY_SSL)
        error = judge_ssl(pChainContext, flags, pPolicyPara ? pPolicyPara->pvExtraPolicyPara : NULL,
                          pPolicyStatus);
    else if (pszPolicyOID == CERT_CHAIN_POLICY_BASIC_CONSTRAINTS &&
             find_element(pChainContext->rgpChain[0], CERT_TRUST_INVALID_BASIC_CONSTRAINTS, flags,
                          &pPolicyStatus->lElementIndex))
        fail(pPolicyStatus, TRUST_E_BASIC_CONSTRAINTS, pPolicyStatus->lElementIndex);
    else if (pszPolicyOID != CERT_CHAIN_POLICY_BASIC_CONSTRAINTS)
        error = ERROR_FILE_NOT_FOUND;
    if (error != ERROR_SUCCESS)
        last_error_set(error);
    return error == ERROR_SUCCESS;
}
