/*
 * Questions to winbind through libwbclient, whose interface is declared here as far as it is used:
 * no package of Samba is needed to build this library or to run it.
 */
#include "libsspi/api/winbind.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- libwbclient.so.0 -------------------------------------------------------------------------
 */

struct sid {
    uint8_t revision, count, authority[6];
    uint32_t sub[15];
};

struct domain_info {
    char *short_name, *dns_name;
    struct sid sid;
    uint32_t domain_flags, trust_flags, trust_type;
    char *trust_routing;
};

struct interface_details {
    uint32_t version;
    char *winbind_version;
    char separator;
    char *netbios_name, *netbios_domain, *dns_domain;
};

#define SUCCESS        0
#define TYPE_USER      1
#define UNIX_AUTHORITY 22 /* S-1-22: uids that belong to no domain */

static struct {
    int (*uid_to_sid)(uid_t, struct sid *);
    int (*sid_to_uid)(const struct sid *, uid_t *);
    int (*lookup_sid)(const struct sid *, char **domain, char **name, int *type);
    int (*lookup_name)(const char *domain, const char *name, struct sid *, int *type);
    int (*domain_info)(const char *domain, struct domain_info **);
    int (*interface_details)(struct interface_details **);
    void (*free_memory)(void *);
} wbc;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static bool find(void *library, const char *name, void *where)
{
    void *symbol = dlsym(library, name);

    memcpy(where, &symbol, sizeof(symbol)); /* a pointer to data becomes one to a function */
    return symbol != NULL;
}

static void load(void)
{
    void *library = dlopen("libwbclient.so.0", RTLD_NOW | RTLD_LOCAL);

    loaded = library && find(library, "wbcUidToSid", &wbc.uid_to_sid) &&
             find(library, "wbcSidToUid", &wbc.sid_to_uid) &&
             find(library, "wbcLookupSid", &wbc.lookup_sid) &&
             find(library, "wbcLookupName", &wbc.lookup_name) &&
             find(library, "wbcDomainInfo", &wbc.domain_info) &&
             find(library, "wbcInterfaceDetails", &wbc.interface_details) &&
             find(library, "wbcFreeMemory", &wbc.free_memory);
}

static bool there(void)
{
    pthread_once(&once, load);
    return loaded;
}

/* ---- accounts -------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

/* winbind gives a domain's name as somebody last asked for it, so both names are asked for. */
static void name_domain(const char *domain, struct winbind_account *out)
{
    struct domain_info *info = NULL;

    if (wbc.domain_info(domain, &info) == SUCCESS && info) {
        out->domain = copy(info->short_name);
        out->dns = copy(info->dns_name);
    }
    wbc.free_memory(info);
    if (!out->domain)
        out->domain = copy(domain);
}

static bool describe(const struct sid *sid, struct winbind_account *out)
{
    char *domain = NULL, *name = NULL;
    int type = 0;
    bool found = false;

    if (sid->authority[5] == UNIX_AUTHORITY ||
        wbc.lookup_sid(sid, &domain, &name, &type) != SUCCESS || type != TYPE_USER)
        goto out;
    name_domain(domain, out);
    out->user = copy(name);
    found = out->domain && out->user;
out:
    wbc.free_memory(domain);
    wbc.free_memory(name);
    return found;
}

bool winbind_account_of_uid(uid_t uid, struct winbind_account *out)
{
    struct sid sid;

    memset(out, 0, sizeof(*out));
    if (there() && wbc.uid_to_sid(uid, &sid) == SUCCESS && describe(&sid, out)) {
        out->uid = uid;
        return true;
    }
    winbind_account_clear(out);
    return false;
}

bool winbind_account_of_name(const char *domain, const char *user, struct winbind_account *out)
{
    struct sid sid;
    int type = 0;

    memset(out, 0, sizeof(*out));
    if (there() && wbc.lookup_name(domain, user, &sid, &type) == SUCCESS && type == TYPE_USER &&
        describe(&sid, out) && wbc.sid_to_uid(&sid, &out->uid) == SUCCESS)
        return true;
    winbind_account_clear(out);
    return false;
}

void winbind_account_clear(struct winbind_account *account)
{
    free(account->domain);
    free(account->dns);
    free(account->user);
    memset(account, 0, sizeof(*account));
}

/* ---- this machine ---------------------------------------------------------------------------- */

bool winbind_machine(struct winbind_machine *out)
{
    struct interface_details *details = NULL;

    memset(out, 0, sizeof(*out));
    if (there() && wbc.interface_details(&details) == SUCCESS && details) {
        out->name = copy(details->netbios_name);
        out->domain = copy(details->netbios_domain);
        out->dns = copy(details->dns_domain);
    }
    if (there())
        wbc.free_memory(details);
    if (out->name && out->domain && out->dns)
        return true;
    winbind_machine_clear(out); /* a workgroup is no domain */
    return false;
}

void winbind_machine_clear(struct winbind_machine *machine)
{
    free(machine->name);
    free(machine->domain);
    free(machine->dns);
    memset(machine, 0, sizeof(*machine));
}
