/*
 * CertGetCertificateChain(): chain_build() in the form that Windows programs read.
 */
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/last_error.h"
#include "libsspi/certificates/build.h"

#define ENGINE_MAGIC 0x656e69676e656874ull

struct engine {
    uint64_t magic;
    struct store *roots; /* NULL: the system's */
    size_t count;
    struct store *additional[];
};

/* One block with all that the application reads. */
struct chain {
    CERT_CHAIN_CONTEXT context;
    atomic_uint references;
    CERT_SIMPLE_CHAIN simple;
    PCERT_SIMPLE_CHAIN chains[1];
    PCERT_CHAIN_ELEMENT pointers[CHAIN_MAX];
    CERT_CHAIN_ELEMENT elements[CHAIN_MAX];
};

static BOOL answer(DWORD error)
{
    if (error == ERROR_SUCCESS)
        return TRUE;
    last_error_set(error);
    return FALSE;
}

/* ---- engines ---- */

static struct engine *engine_of(HCERTCHAINENGINE handle)
{
    struct engine *engine = handle;

    if (handle == HCCE_CURRENT_USER || handle == HCCE_LOCAL_MACHINE ||
        handle == HCCE_SERIAL_LOCAL_MACHINE)
        return NULL;
    return engine->magic == ENGINE_MAGIC ? engine : NULL;
}

static bool config_fits(const CERT_CHAIN_ENGINE_CONFIG *config)
{
    return !config->hRestrictedRoot && !config->hRestrictedTrust && !config->hRestrictedOther &&
           !config->hExclusiveTrustedPeople &&
           (!config->hExclusiveRoot || store_of(config->hExclusiveRoot)) &&
           config->cAdditionalStore <= 64 &&
           (!config->cAdditionalStore || config->rghAdditionalStore);
}

BOOL WINAPI CertCreateCertificateChainEngine(PCERT_CHAIN_ENGINE_CONFIG pConfig,
                                             HCERTCHAINENGINE *phChainEngine)
{
    CERT_CHAIN_ENGINE_CONFIG config = {.cbSize = sizeof(config)};
    struct engine *engine;

    if (!pConfig || !phChainEngine ||
        pConfig->cbSize < offsetof(CERT_CHAIN_ENGINE_CONFIG, hExclusiveRoot))
        return answer((DWORD)E_INVALIDARG);
    memcpy(&config, pConfig, pConfig->cbSize < sizeof(config) ? pConfig->cbSize : sizeof(config));
    if (!config_fits(&config))
        return answer((DWORD)E_INVALIDARG);
    for (DWORD i = 0; i < config.cAdditionalStore; i++)
        if (!store_of(config.rghAdditionalStore[i]))
            return answer((DWORD)E_INVALIDARG);
    engine = calloc(1, sizeof(*engine) + config.cAdditionalStore * sizeof(struct store *));
    if (!engine)
        return answer(ERROR_NOT_ENOUGH_MEMORY);
    engine->magic = ENGINE_MAGIC;
    if (config.hExclusiveRoot)
        engine->roots = store_hold(store_of(config.hExclusiveRoot));
    for (; engine->count < config.cAdditionalStore; engine->count++)
        engine->additional[engine->count] =
            store_hold(store_of(config.rghAdditionalStore[engine->count]));
    *phChainEngine = engine;
    return TRUE;
}

VOID WINAPI CertFreeCertificateChainEngine(HCERTCHAINENGINE hChainEngine)
{
    struct engine *engine = engine_of(hChainEngine);

    if (!engine)
        return;
    store_release(engine->roots);
    for (size_t i = 0; i < engine->count; i++)
        store_release(engine->additional[i]);
    engine->magic = 0;
    free(engine);
}

/* ---- chains ---- */

static bool collect(STACK_OF(X509) *all, struct store *store)
{
    STACK_OF(X509) *some = store ? store_certificates(store) : NULL;
    bool ok = !store || some;

    while (ok && sk_X509_num(some) > 0) {
        X509 *x509 = sk_X509_shift(some);

        ok = sk_X509_push(all, x509) > 0;
        if (!ok)
            X509_free(x509);
    }
    sk_X509_pop_free(some, X509_free);
    return ok;
}

/* What the chain may be made of: the certificate's own store, its chain, the engine's stores. */
static STACK_OF(X509) *candidates(PCCERT_CONTEXT context, const struct engine *engine)
{
    STACK_OF(X509) *all = sk_X509_new_null(), *chain = certificate_chain(context);
    bool ok = all && collect(all, store_of(context->hCertStore));

    for (size_t i = 0; ok && engine && i < engine->count; i++)
        ok = collect(all, engine->additional[i]);
    while (ok && sk_X509_num(chain) > 0) {
        X509 *x509 = sk_X509_shift(chain);

        ok = sk_X509_push(all, x509) > 0;
        if (!ok)
            X509_free(x509);
    }
    sk_X509_pop_free(chain, X509_free);
    if (ok)
        return all;
    sk_X509_pop_free(all, X509_free);
    return NULL;
}

static bool usage_fits(X509 *x509, const char *oid)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    bool found = !usages && X509_get_ext_by_NID(x509, NID_ext_key_usage, -1) < 0;

    for (int i = 0; object && !found && i < sk_ASN1_OBJECT_num(usages); i++) {
        const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);

        found = OBJ_cmp(usage, object) == 0 || OBJ_obj2nid(usage) == NID_anyExtendedKeyUsage;
    }
    ASN1_OBJECT_free(object);
    EXTENDED_KEY_USAGE_free(usages);
    return found;
}

/* Every certificate but the root above it has to be good for all of them, or for one. */
static bool usages_fit(X509 *x509, const CERT_USAGE_MATCH *match)
{
    bool any = match->dwType == USAGE_MATCH_TYPE_OR;

    for (DWORD i = 0; i < match->Usage.cUsageIdentifier; i++)
        if (usage_fits(x509, match->Usage.rgpszUsageIdentifier[i]) == any)
            return any;
    return !any || match->Usage.cUsageIdentifier == 0;
}

static void fill_element(CERT_CHAIN_ELEMENT *element, X509 *x509, DWORD error,
                         const CERT_USAGE_MATCH *usage, bool is_end)
{
    bool self_signed = X509_check_issued(x509, x509) == X509_V_OK;

    element->cbSize = sizeof(*element);
    element->pCertContext = certificate_context(x509, NULL, NULL);
    element->TrustStatus.dwErrorStatus = error;
    element->TrustStatus.dwInfoStatus =
        CERT_TRUST_HAS_PREFERRED_ISSUER |
        (self_signed ? CERT_TRUST_IS_SELF_SIGNED : CERT_TRUST_HAS_NAME_MATCH_ISSUER);
    if (usage && (is_end || !self_signed) && !usages_fit(x509, usage))
        element->TrustStatus.dwErrorStatus |= CERT_TRUST_IS_NOT_VALID_FOR_USAGE;
}

static struct chain *chain_new(const struct chain_result *result, const CERT_USAGE_MATCH *usage)
{
    struct chain *chain = calloc(1, sizeof(*chain));
    int count = sk_X509_num(result->chain);
    bool ok = chain && count <= CHAIN_MAX;
    DWORD all = result->all;

    if (!chain)
        return NULL;
    atomic_init(&chain->references, 1);
    chain->chains[0] = &chain->simple;
    chain->simple.cbSize = sizeof(chain->simple);
    chain->simple.rgpElement = chain->pointers;
    for (int i = 0; ok && i < count; i++) {
        fill_element(&chain->elements[i], sk_X509_value(result->chain, i), result->error[i], usage,
                     i == 0);
        chain->pointers[i] = &chain->elements[i];
        chain->simple.cElement++;
        all |= chain->elements[i].TrustStatus.dwErrorStatus;
        ok = chain->elements[i].pCertContext != NULL;
    }
    chain->simple.TrustStatus.dwErrorStatus = all;
    chain->simple.TrustStatus.dwInfoStatus = CERT_TRUST_HAS_PREFERRED_ISSUER;
    chain->context.cbSize = sizeof(chain->context);
    chain->context.TrustStatus = chain->simple.TrustStatus;
    chain->context.cChain = 1;
    chain->context.rgpChain = chain->chains;
    if (!ok) {
        CertFreeCertificateChain(&chain->context);
        chain = NULL;
    }
    return chain;
}

static time_t time_of(const FILETIME *time)
{
    int64_t ticks = (int64_t)((uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime);

    return (time_t)(ticks / 10000000 - 11644473600);
}

static unsigned revocation_of(DWORD flags)
{
    unsigned revocation = 0;

    if (flags & CERT_CHAIN_REVOCATION_CHECK_END_CERT)
        revocation |= CHAIN_REVOCATION_END;
    if (flags & CERT_CHAIN_REVOCATION_CHECK_CHAIN)
        revocation |= CHAIN_REVOCATION_ALL;
    if (flags & CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT)
        revocation |= CHAIN_REVOCATION_ALL | CHAIN_REVOCATION_EXCLUDE_ROOT;
    return revocation;
}

BOOL WINAPI CertGetCertificateChain(HCERTCHAINENGINE hChainEngine, PCCERT_CONTEXT pCertContext,
                                    LPFILETIME pTime, HCERTSTORE hAdditionalStore,
                                    PCERT_CHAIN_PARA pChainPara, DWORD dwFlags, LPVOID pvReserved,
                                    PCCERT_CHAIN_CONTEXT *ppChainContext)
{
    struct engine *engine = engine_of(hChainEngine);
    time_t time = pTime ? time_of(pTime) : 0;
    struct chain_request request = {
        .leaf = certificate_x509(pCertContext),
        .roots = engine ? engine->roots : NULL,
        .beside = store_of(hAdditionalStore),
        .revocation = revocation_of(dwFlags),
        .time = pTime ? &time : NULL,
    };
    struct chain_result result = {.chain = NULL};
    struct chain *chain = NULL;
    DWORD error = (DWORD)E_INVALIDARG;

    (void)pvReserved;
    if (!ppChainContext || !request.leaf || (hAdditionalStore && !request.beside) ||
        (pChainPara && pChainPara->cbSize < sizeof(*pChainPara)))
        goto out;
    error = ERROR_NOT_ENOUGH_MEMORY;
    request.others = candidates(pCertContext, engine);
    if (!request.others || !chain_build(&request, &result))
        goto out;
    chain = chain_new(&result, pChainPara ? &pChainPara->RequestedUsage : NULL);
    if (!chain)
        goto out;
    *ppChainContext = &chain->context;
    error = ERROR_SUCCESS;
out:
    chain_result_free(&result);
    sk_X509_pop_free(request.others, X509_free);
    X509_free(request.leaf);
    return answer(error);
}

PCCERT_CHAIN_CONTEXT WINAPI CertDuplicateCertificateChain(PCCERT_CHAIN_CONTEXT pChainContext)
{
    struct chain *chain = (struct chain *)pChainContext;

    if (chain)
        atomic_fetch_add(&chain->references, 1);
    return pChainContext;
}

VOID WINAPI CertFreeCertificateChain(PCCERT_CHAIN_CONTEXT pChainContext)
{
    struct chain *chain = (struct chain *)pChainContext;

    if (!chain || atomic_fetch_sub(&chain->references, 1) != 1)
        return;
    for (DWORD i = 0; i < chain->simple.cElement; i++)
        CertFreeCertificateContext(chain->elements[i].pCertContext);
    free(chain);
}
