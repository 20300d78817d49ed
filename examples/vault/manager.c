/*
 * A credential manager that unlocks a person's vault, ~/.credmgr/vault.enc, with the password they
 * log on with, and keeps the vault's password the same as theirs.
 * docs/writing-a-credential-manager.md explains it piece by piece. It needs nothing of credmgr but
 * the installed headers.
 */
#include "file.h"
#include "key.h"
#include "person.h"

#include <npapi.h>
#include <ntsecapi.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VAULT_TOOL
#define VAULT_TOOL "/usr/bin/credmgr-vault"
#endif

#define EXPORT __attribute__((visibility("default")))

/* ---- text ---------------------------------------------------------------------------------- */

static bool equal(LPCWSTR a, LPCWSTR b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/*
 * UTF-8 with an end, as the C library wants it. Length is in bytes, and there need not be a zero
 * behind them. False: too long, half a surrogate pair, or a zero in the middle.
 */
static bool to_utf8(const UNICODE_STRING *in, char *out, size_t room)
{
    size_t units = in->Length / sizeof(WCHAR), used = 0;

    for (size_t i = 0; i < units; i++) {
        uint32_t c = in->Buffer[i];

        if (c >= 0xD800 && c < 0xDC00 && i + 1 < units && in->Buffer[i + 1] >= 0xDC00 &&
            in->Buffer[i + 1] < 0xE000)
            c = 0x10000 + ((c - 0xD800) << 10) + (in->Buffer[++i] - 0xDC00u);
        else if (c == 0 || (c >= 0xD800 && c < 0xE000))
            return false;
        if (used + 4 >= room)
            return false;
        if (c < 0x80) {
            out[used++] = (char)c;
        } else if (c < 0x800) {
            out[used++] = (char)(0xC0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out[used++] = (char)(0xE0 | c >> 12);
            out[used++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[used++] = (char)(0x80 | (c & 0x3F));
        } else {
            out[used++] = (char)(0xF0 | c >> 18);
            out[used++] = (char)(0x80 | (c >> 12 & 0x3F));
            out[used++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[used++] = (char)(0x80 | (c & 0x3F));
        }
    }
    out[used] = 0;
    return true;
}

/* ---- what we are given --------------------------------------------------------------------- */

/* Who logs on, and with what. */
struct identity {
    char user[256];
    char password[VAULT_PASSWORD_MAX + 1];
};

/*
 * MSV1_0_INTERACTIVE_LOGON and KERB_INTERACTIVE_LOGON have the same members at the same places, so
 * one reader does for both.
 */
static DWORD read_identity(LPCWSTR type, const void *info, struct identity *out)
{
    const KERB_INTERACTIVE_LOGON *logon = info;

    if (!type || !info)
        return WN_BAD_POINTER;
    if (!equal(type, u"MSV1_0:Interactive") && !equal(type, u"Kerberos:Interactive"))
        return WN_NOT_SUPPORTED;
    if (logon->MessageType != KerbInteractiveLogon)
        return WN_NOT_SUPPORTED; /* a smart card, say */
    if (!to_utf8(&logon->UserName, out->user, sizeof(out->user)) ||
        !to_utf8(&logon->Password, out->password, sizeof(out->password)))
        return WN_BAD_VALUE;
    return out->password[0] ? WN_SUCCESS : WN_NOT_SUPPORTED; /* a login without a password */
}

/* ---- as the person ------------------------------------------------------------------------- */

struct task {
    const char *password;             /* the one that holds now */
    const char *previous;             /* the one before, or NULL */
    char luid[VAULT_LUID_DIGITS + 1]; /* of the session that gets the key; empty: none does */
};

/*
 * In a process that has become the person: opens the vault with the password, or else with the
 * previous one, and then gives the vault the new password. Returns an enum vault_status.
 */
static int unlock(const struct passwd *person, const void *argument)
{
    const struct task *task = argument;
    uint8_t key[VAULT_KEY_SIZE], *file = NULL;
    enum vault_status status;
    size_t size = 0;
    int folder = vault_folder(person->pw_dir, 0, &status);

    if (folder < 0)
        return (int)status;
    status = vault_load(folder, &file, &size);
    if (status == VAULT_OK)
        status = vault_unwrap(file, size, task->password, key);
    if (status == VAULT_REFUSED && task->previous) {
        status = vault_unwrap(file, size, task->previous, key);
        if (status == VAULT_OK)
            status = vault_wrap(file, size, task->password, VAULT_COST, key);
        if (status == VAULT_OK)
            status = vault_save(folder, file, size);
    }
    if (status == VAULT_OK && task->luid[0])
        status = vault_key_offer(task->luid, key);
    OPENSSL_cleanse(key, sizeof(key));
    free(file);
    close(folder);
    return (int)status;
}

/* ---- as root ------------------------------------------------------------------------------- */

/* What the MPR writes into its log, and `credmgr providers` shows. */
static DWORD failed(const char *user, const char *why)
{
    char text[400];

    snprintf(text, sizeof(text), "the vault of \"%s\": %s", user, why);
    WNetSetLastErrorA(ERROR_EXTENDED_ERROR, text, (LPSTR) "vault");
    return WN_EXTENDED_ERROR;
}

static DWORD run(const struct identity *now, const struct task *task)
{
    const struct passwd *person = getpwnam(now->user);
    int status;

    /* Whoever is not of this machine, or has no vault, is none of our business: no failure. */
    if (!person || person->pw_uid == 0)
        return WN_NOT_SUPPORTED;
    status = person_run(person, unlock, task);
    switch (status) {
    case VAULT_OK:
        return WN_SUCCESS;
    case VAULT_ABSENT:
        return WN_NOT_SUPPORTED;
    case VAULT_NO_MEMORY:
        return WN_OUT_OF_MEMORY;
    case -1:
        return failed(now->user, "the process that was to open it ended");
    default:
        return failed(now->user, vault_status_text((enum vault_status)status));
    }
}

/* "TOOL attach LUID", in memory that the MPR frees with LocalFree. */
static LPWSTR script_for(const char *luid)
{
    static const char command[] = VAULT_TOOL " attach ";
    size_t head = sizeof(command) - 1, units = head + strlen(luid) + 1;
    LPWSTR script = LocalAlloc(LMEM_FIXED, units * sizeof(WCHAR));

    for (size_t i = 0; script && i < units; i++)
        script[i] = (WCHAR)(i < head ? command[i] : luid[i - head]);
    return script;
}

/* ---- what a credential manager exports ----------------------------------------------------- */

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    switch (ndex) {
    case WNNC_SPEC_VERSION:
        return WNNC_SPEC_VERSION51;
    case WNNC_NET_TYPE:
        return WNNC_CRED_MANAGER;
    case WNNC_START:
        return WNNC_WAIT_FOR_START; /* there is nothing to start: ready at once */
    default:
        return 0;
    }
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    struct identity now = {.user = ""}, before = {.user = ""};
    struct task task = {.password = now.password};
    DWORD status;

    (void)StationHandle; /* always NULL here */
    if (!lpLogonId || !lpStationName || !lpLogonScript)
        return WN_BAD_POINTER;
    *lpLogonScript = NULL;
    if (!equal(lpStationName, u"WinSta_0"))
        return WN_NOT_SUPPORTED; /* nobody sits there who could use the vault */
    status = read_identity(lpAuthentInfoType, lpAuthentInfo, &now);
    if (status != WN_SUCCESS)
        goto out;
    /* The password was changed on the way in, and nobody told the vault yet. */
    if (lpPreviousAuthentInfo &&
        read_identity(lpPreviousAuthentInfoType, lpPreviousAuthentInfo, &before) == WN_SUCCESS)
        task.previous = before.password;
    snprintf(task.luid, sizeof(task.luid), "%08x%08x", (unsigned)lpLogonId->HighPart,
             (unsigned)lpLogonId->LowPart);
    status = run(&now, &task);
    if (status == WN_SUCCESS)
        *lpLogonScript = script_for(task.luid);
out:
    OPENSSL_cleanse(&now, sizeof(now));
    OPENSSL_cleanse(&before, sizeof(before));
    return status;
}

EXPORT DWORD WINAPI NPPasswordChangeNotify(LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                           LPCWSTR lpPreviousAuthentInfoType,
                                           LPVOID lpPreviousAuthentInfo, LPWSTR lpStationName,
                                           LPVOID StationHandle, DWORD dwChangeInfo)
{
    struct identity now = {.user = ""}, before = {.user = ""};
    struct task task = {.password = now.password};
    DWORD status;

    (void)lpStationName;
    (void)StationHandle;
    if (!(dwChangeInfo & WN_VALID_LOGON_ACCOUNT))
        return WN_NOT_SUPPORTED; /* the password of something nobody logs on with */
    status = read_identity(lpAuthentInfoType, lpAuthentInfo, &now);
    if (status != WN_SUCCESS)
        goto out;
    /* Root may set a password without the old one: the vault cannot follow, and run() says so. */
    if (lpPreviousAuthentInfo &&
        read_identity(lpPreviousAuthentInfoType, lpPreviousAuthentInfo, &before) == WN_SUCCESS)
        task.previous = before.password;
    status = run(&now, &task);
out:
    OPENSSL_cleanse(&now, sizeof(now));
    OPENSSL_cleanse(&before, sizeof(before));
    return status;
}
