/*
 * KDCs behind a web server ([MS-KKDCP]): SetCredentialsAttributes names the proxy of a credential.
 * libkrb5 speaks the protocol itself, and takes the proxy from its configuration; so such a
 * credential gets a configuration of its own, in memory.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf16.h"

#define URL_MAX 2048

/* ---- a configuration with the proxy in it -------------------------------------------------- */

/* The text as a profile. It is a file to libkrb5, which must not outlive `fd`. */
static long profile_of(const char *text, int *fd, struct _profile_t **out)
{
    char path[32];
    const char *files[] = {path, NULL};
    size_t size = strlen(text);

    *fd = memfd_create("krb5.conf", MFD_CLOEXEC);
    if (*fd < 0)
        return errno;
    if (write(*fd, text, size) != (ssize_t)size)
        return EIO;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
    return profile_init(files, out);
}

/*
 * Before the proxy come the KDCs that are configured, unless it is to be the only way. libkrb5
 * writes a section's name as it is: a realm, which an application may have from anybody, must not
 * bring lines of its own, such as [plugins] with a library to load.
 */
static long add_proxy(struct _profile_t *profile, const struct kerb_proxy *proxy, const char *realm)
{
    const char *names[] = {"realms", realm, "kdc", NULL};
    long code = 0;

    for (const char *c = realm; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("={}[]\"\\;#", *c))
            return KRB5_REALM_UNKNOWN;
    if (proxy->forced) {
        code = profile_clear_relation(profile, names);
        if (code == PROF_NO_RELATION || code == PROF_NO_SECTION)
            code = 0;
    }
    return code ? code : profile_add_relation(profile, names, proxy->url);
}

/* libkrb5 writes a changed profile back into its file; a text of it is changed instead. */
static long proxied_text(krb5_context krb, const struct kerb_proxy *proxy,
                         const char *const *realms, char **out)
{
    struct _profile_t *original = NULL, *changed = NULL;
    char *text = NULL;
    int fd = -1;
    long code = krb5_get_profile(krb, &original);

    if (!code)
        code = profile_flush_to_buffer(original, &text);
    if (!code)
        code = profile_of(text, &fd, &changed);
    for (size_t i = 0; !code && realms[i]; i++)
        if (i == 0 || strcmp(realms[i], realms[0]) != 0)
            code = add_proxy(changed, proxy, realms[i]);
    if (!code)
        code = profile_flush_to_buffer(changed, out);
    if (changed)
        profile_abandon(changed);
    if (text)
        profile_free_buffer(original, text);
    if (original)
        profile_release(original);
    if (fd >= 0)
        close(fd);
    return code;
}

krb5_error_code kerb_proxy_open(krb5_context krb, struct kerb_credential *c,
                                krb5_const_principal service, struct kerb_way *way)
{
    const char *realms[3] = {NULL};
    struct kerb_proxy proxy = {0};
    struct _profile_t *profile = NULL;
    char *text = NULL, *realm = NULL;
    long code = 0;

    *way = (struct kerb_way){.krb = krb, .fd = -1};
    pthread_mutex_lock(&c->lock);
    if (c->proxy.url)
        proxy = (struct kerb_proxy){strdup(c->proxy.url), c->proxy.forced};
    pthread_mutex_unlock(&c->lock);
    if (!proxy.url)
        return 0;
    realms[0] = c->client ? strrchr(c->client, '@') : NULL;
    realms[0] = realms[0] ? realms[0] + 1 : NULL;
    if (realms[0] && service && service->realm.length) {
        realm = strndup(service->realm.data, service->realm.length);
        realms[1] = realm;
    }
    if (realms[0])
        code = proxied_text(krb, &proxy, realms, &text);
    if (text && !code)
        code = profile_of(text, &way->fd, &profile);
    if (!code && profile)
        code = krb5_init_context_profile(profile, 0, &way->krb);
    if (code)
        way->krb = krb;
    if (profile)
        profile_release(profile);
    free(text);
    free(realm);
    free(proxy.url);
    return (krb5_error_code)code;
}

void kerb_proxy_close(krb5_context krb, struct kerb_way *way)
{
    if (way->krb != krb)
        krb5_free_context(way->krb);
    if (way->fd >= 0)
        close(way->fd);
}

/* ---- SetCredentialsAttributes -------------------------------------------------------------- */

static SECURITY_STATUS set_proxy(struct kerb_credential *c, const char *url, bool forced)
{
    char *copy = NULL, *old;

    if (*url && asprintf(&copy, "%s", url) < 0)
        return SEC_E_INSUFFICIENT_MEMORY;
    pthread_mutex_lock(&c->lock);
    old = c->proxy.url;
    c->proxy.url = copy;
    c->proxy.forced = forced;
    pthread_mutex_unlock(&c->lock);
    free(old);
    return SEC_E_OK;
}

/* It goes into a configuration: one word, of a URL's characters. */
static bool is_plain(const char *text)
{
    size_t length = strlen(text);

    return length < URL_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789-._~:/[]%@!$&()*+,;=?") == length;
}

/* host[:port[:path]], as Windows writes a proxy's name in its policies, or a URL. */
static char *url_of(const char *server)
{
    const char *port = strchr(server, ':'), *path = port ? strchr(port + 1, ':') : NULL;
    char *url = NULL;
    int done;

    if (strstr(server, "://"))
        return strdup(server);
    if (path)
        done = asprintf(&url, "https://%.*s%s%s", (int)(path - server), server,
                        path[1] == '/' ? "" : "/", path + 1);
    else
        done = asprintf(&url, "https://%s/KdcProxy", server);
    return done < 0 ? NULL : url;
}

static SECURITY_STATUS set_text(struct kerb_credential *c, const char *server, bool forced)
{
    char *url = *server ? url_of(server) : strdup("");
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (url) {
        status = SEC_E_INVALID_PARAMETER;
        if (!*url || (is_plain(url) && strncmp(url, "https://", 8) == 0 && url[8]))
            status = set_proxy(c, url, forced);
    }
    free(url);
    return status;
}

static SECURITY_STATUS set_settings(struct kerb_credential *c, const void *buffer, ULONG size)
{
    SecPkgCredentials_KdcProxySettingsW settings;
    WCHAR *wide;
    char *server = NULL;
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;

    if (size < sizeof(settings))
        return status;
    memcpy(&settings, buffer, sizeof(settings));
    if (settings.Version != KDC_PROXY_SETTINGS_V1 ||
        settings.ProxyServerLength % sizeof(WCHAR) != 0 || settings.ProxyServerOffset > size ||
        settings.ProxyServerLength > size - settings.ProxyServerOffset)
        return status;
    if (settings.ClientTlsCredLength) /* libkrb5 has no certificate for the client of a proxy */
        return SEC_E_UNSUPPORTED_FUNCTION;
    wide = calloc(1, settings.ProxyServerLength + sizeof(WCHAR));
    if (!wide)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(wide, (const char *)buffer + settings.ProxyServerOffset, settings.ProxyServerLength);
    server = utf16_to_utf8(wide, settings.ProxyServerLength / sizeof(WCHAR), NULL);
    if (server)
        status = set_text(c, server, settings.Flags & KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY);
    free(server);
    free(wide);
    return status;
}

static SECURITY_STATUS set_url(struct kerb_credential *c, const void *buffer, ULONG size)
{
    SecPkgCredentials_KdcUrlW value;
    char *url;
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;

    if (size < sizeof(value))
        return status;
    memcpy(&value, buffer, sizeof(value));
    if (!value.KdcUrl)
        return status;
    url = utf16_to_utf8(value.KdcUrl, utf16_length(value.KdcUrl), NULL);
    if (url)
        status = set_text(c, url, true);
    free(url);
    return status;
}

/*
 * SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS and SECPKG_CRED_ATTR_KDC_URL; an empty name takes the proxy
 * away. The tickets of a logon session are the LSA's, which goes no ways that its clients choose:
 * SEC_E_UNSUPPORTED_FUNCTION, as for every other attribute. SEC_E_INVALID_PARAMETER: no URL of
 * https, no name of a server, or a structure that does not hold what it says.
 */
NTSTATUS NTAPI kerb_set_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer,
                                    ULONG size)
{
    struct kerb_credential *c = (struct kerb_credential *)handle;

    if (!kerb_in_process() || c->source == KERB_SESSION || c->source == KERB_MACHINE)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!buffer)
        return SEC_E_INVALID_PARAMETER;
    /* Somebody's tickets are asked for with the service's. */
    if (c->source == KERB_S4U)
        c = c->service;
    switch (attribute) {
    case SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS:
        return set_settings(c, buffer, size);
    case SECPKG_CRED_ATTR_KDC_URL:
        return set_url(c, buffer, size);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}
