/*
 * GetUserNameEx, TranslateName and GetComputerObjectName: a person or this machine, in the format
 * that is asked for. A directory is not asked: names that only Active Directory has
 * (NameFullyQualifiedDN, NameCanonical, NameUniqueId …) are ERROR_NONE_MAPPED.
 *
 * Source: "GetUserNameExW function", "TranslateNameW function", "GetComputerObjectNameW function",
 * "EXTENDED_NAME_FORMAT" (sdk-api/secext).
 */
#include "libsspi/api/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winbase.h>

#include "base/utf16.h"

static BOOLEAN fail(DWORD error)
{
    api_set_last_error(error);
    return FALSE;
}

/* ---- formats --------------------------------------------------------------------------------- */

static char *join(const char *first, const char *separator, const char *second)
{
    char *text = NULL;

    return asprintf(&text, "%s%s%s", first, separator, second) < 0 ? NULL : text;
}

/* The name in new memory; NULL with *error. */
static char *format_person(const struct person *person, EXTENDED_NAME_FORMAT format, DWORD *error)
{
    char *text = NULL;

    *error = ERROR_NOT_ENOUGH_MEMORY;
    switch (format) {
    case NameSamCompatible:
        text = join(person->domain, "\\", person->user);
        break;
    case NameUserPrincipal:
        if (person->realm)
            text = join(person->user, "@", person->realm);
        else
            *error = ERROR_NONE_MAPPED;
        break;
    case NameDnsDomain:
        if (person->realm)
            text = join(person->realm, "\\", person->user);
        else
            *error = ERROR_NONE_MAPPED;
        break;
    case NameDisplay:
        if (person->display)
            text = strdup(person->display);
        else
            *error = ERROR_NONE_MAPPED;
        break;
    case NameUnknown:
        *error = ERROR_INVALID_PARAMETER;
        break;
    default:
        *error = ERROR_NONE_MAPPED;
        break;
    }
    return text;
}

static char *format_machine(const struct person *machine, EXTENDED_NAME_FORMAT format, DWORD *error)
{
    char *dns, *service = NULL, *text = NULL;

    if (format == NameDisplay)
        return strdup(machine->user);
    if (format != NameServicePrincipal)
        return format_person(machine, format, error);
    *error = ERROR_NOT_ENOUGH_MEMORY;
    dns = person_machine_dns(machine);
    if (dns)
        service = join("host", "/", dns);
    if (service)
        text = join(service, "@", machine->realm);
    free(service);
    free(dns);
    return text;
}

/* ---- where the name goes -----------------------------------------------------------------------
 */

/* An A function wants bytes of UTF-8, a W function units of UTF-16. */
struct target {
    void *buffer;
    PULONG size; /* characters: room on entry */
    bool wide;
    bool counts_zero; /* on success, too */
    bool may_ask;     /* no buffer, and no room: the size is the answer */
    DWORD too_small;
};

static BOOLEAN put(char *text, DWORD error, const struct target *target)
{
    size_t length = 0, unit = target->wide ? sizeof(WCHAR) : 1;
    WCHAR *wide = NULL;
    const void *from = text;
    BOOLEAN done = FALSE;

    if (!text)
        return fail(error);
    length = strlen(text);
    if (target->wide) {
        wide = utf16_from_utf8(text, length, &length);
        from = wide;
        if (!wide) { /* NSS has names that are not UTF-8 */
            fail(ERROR_NONE_MAPPED);
            goto out;
        }
    }
    if (target->may_ask && !target->buffer && *target->size == 0) {
        *target->size = (ULONG)length + 1;
        done = TRUE;
        goto out;
    }
    if (!target->buffer || *target->size <= length) {
        *target->size = (ULONG)length + 1;
        fail(target->too_small);
        goto out;
    }
    memcpy(target->buffer, from, (length + 1) * unit);
    *target->size = (ULONG)length + target->counts_zero;
    done = TRUE;
out:
    free(wide);
    free(text);
    return done;
}

/* ---- GetUserNameEx -------------------------------------------------------------------------- */

static BOOLEAN user_name(EXTENDED_NAME_FORMAT format, void *buffer, PULONG size, bool wide)
{
    struct target target = {
        .buffer = buffer, .size = size, .wide = wide, .too_small = ERROR_MORE_DATA};
    struct person person;
    char *text = NULL;
    DWORD error;

    if (!size || format == NameUnknown)
        return fail(ERROR_INVALID_PARAMETER);
    error = person_of_thread(&person);
    if (!error)
        text = format_person(&person, format, &error);
    person_clear(&person);
    return put(text, error, &target);
}

BOOLEAN SEC_ENTRY GetUserNameExW(EXTENDED_NAME_FORMAT NameFormat, LPWSTR lpNameBuffer, PULONG nSize)
{
    return user_name(NameFormat, lpNameBuffer, nSize, true);
}

BOOLEAN SEC_ENTRY GetUserNameExA(EXTENDED_NAME_FORMAT NameFormat, LPSTR lpNameBuffer, PULONG nSize)
{
    return user_name(NameFormat, lpNameBuffer, nSize, false);
}

/* ---- GetComputerObjectName --------------------------------------------------------------------
 */

static BOOLEAN computer_name(EXTENDED_NAME_FORMAT format, void *buffer, PULONG size, bool wide)
{
    struct target target = {.buffer = buffer,
                            .size = size,
                            .wide = wide,
                            .counts_zero = true,
                            .may_ask = true,
                            .too_small = ERROR_INSUFFICIENT_BUFFER};
    struct person machine;
    char *text = NULL;
    DWORD error;

    if (!size || format == NameUnknown)
        return fail(ERROR_INVALID_PARAMETER);
    error = person_of_machine(&machine);
    if (!error)
        text = format_machine(&machine, format, &error);
    person_clear(&machine);
    return put(text, error, &target);
}

BOOLEAN SEC_ENTRY GetComputerObjectNameW(EXTENDED_NAME_FORMAT NameFormat, LPWSTR lpNameBuffer,
                                         PULONG nSize)
{
    return computer_name(NameFormat, lpNameBuffer, nSize, true);
}

BOOLEAN SEC_ENTRY GetComputerObjectNameA(EXTENDED_NAME_FORMAT NameFormat, LPSTR lpNameBuffer,
                                         PULONG nSize)
{
    return computer_name(NameFormat, lpNameBuffer, nSize, false);
}

/* ---- TranslateName --------------------------------------------------------------------------- */

static BOOLEAN translate(const char *name, EXTENDED_NAME_FORMAT from, EXTENDED_NAME_FORMAT to,
                         void *buffer, PULONG size, bool wide)
{
    struct target target = {.buffer = buffer,
                            .size = size,
                            .wide = wide,
                            .counts_zero = true,
                            .may_ask = true,
                            .too_small = ERROR_INSUFFICIENT_BUFFER};
    struct person person;
    char *text = NULL;
    DWORD error;

    if (!name || !size || to == NameUnknown)
        return fail(ERROR_INVALID_PARAMETER);
    error = person_of_name(name, from, &person);
    if (!error)
        text = format_person(&person, to, &error);
    person_clear(&person);
    return put(text, error, &target);
}

BOOLEAN SEC_ENTRY TranslateNameW(LPCWSTR lpAccountName, EXTENDED_NAME_FORMAT AccountNameFormat,
                                 EXTENDED_NAME_FORMAT DesiredNameFormat, LPWSTR lpTranslatedName,
                                 PULONG nSize)
{
    char *name =
        lpAccountName ? utf16_to_utf8(lpAccountName, utf16_length(lpAccountName), NULL) : NULL;
    BOOLEAN done;

    if (lpAccountName && !name)
        return fail(ERROR_NONE_MAPPED);
    done = translate(name, AccountNameFormat, DesiredNameFormat, lpTranslatedName, nSize, true);
    free(name);
    return done;
}

BOOLEAN SEC_ENTRY TranslateNameA(LPCSTR lpAccountName, EXTENDED_NAME_FORMAT AccountNameFormat,
                                 EXTENDED_NAME_FORMAT DesiredNameFormat, LPSTR lpTranslatedName,
                                 PULONG nSize)
{
    return translate(lpAccountName, AccountNameFormat, DesiredNameFormat, lpTranslatedName, nSize,
                     false);
}
