/*
 * A logon program without PAM, as a display manager of one's own would be: it asks the KDC whether
 * the password is right, notifies the credential managers with libmpr, and runs a command as the
 * person, who has a logon session in it.
 *
 *   greeter logon USER COMMAND…   standard input: the password, a line; the rest is COMMAND's
 *   greeter change USER           standard input: the old password, a line, and the new one
 *
 * It prints the session's LUID, the logon scripts, and what WNetGetLastError says, a line each.
 */
#include <errno.h>
#include <grp.h>
#include <keyutils.h>
#include <krb5.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <winnetwk.h>
#include "base/utf16.h"

static WCHAR authenticator[] = u"greeter", station[] = u"WinSta_0",
             type[] = u"Kerberos:Interactive";

/* A line of standard input, and not a byte more: what comes behind it is for somebody else. */
static void read_line(char *out, size_t room)
{
    size_t used = 0;
    char c;

    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
        if (used < room - 1)
            out[used++] = c;
    out[used] = 0;
}

/* True when the KDC takes the password; for a ticket of `service`, which is kept in *out. */
static bool verified(krb5_context context, krb5_principal who, const char *password,
                     const char *service, krb5_creds *out)
{
    krb5_error_code error =
        krb5_get_init_creds_password(context, out, who, password, NULL, NULL, 0, service, NULL);
    const char *text;

    if (!error)
        return true;
    text = krb5_get_error_message(context, error);
    fprintf(stderr, "greeter: %s\n", text);
    krb5_free_error_message(context, text);
    return false;
}

static UNICODE_STRING counted(const char *s)
{
    UNICODE_STRING out = {0, 0, NULL};
    size_t units;

    out.Buffer = utf16_from_utf8(s, strlen(s), &units);
    if (!out.Buffer)
        exit(3);
    out.Length = out.MaximumLength = (USHORT)(units * sizeof(WCHAR));
    return out;
}

static void tell_error(const char *function, DWORD status)
{
    char text[512], name[64];
    DWORD error = 0;

    printf("%s %u\n", function, (unsigned)status);
    if (WNetGetLastErrorA(&error, text, sizeof(text), name, sizeof(name)) == WN_NO_ERROR && error)
        printf("error %s %x %s\n", name, (unsigned)error, text);
}

static void tell_scripts(LPWSTR scripts)
{
    for (LPWSTR s = scripts; s && *s; s += lstrlenW(s) + 1) {
        char *text = utf16_to_utf8(s, (size_t)lstrlenW(s), NULL);

        printf("script %s\n", text ? text : "?");
        free(text);
    }
    LocalFree(scripts);
}

/* The person's process: in a session keyring of their own, which names the logon session. */
static void become(const struct passwd *person, LUID luid, char **command)
{
    char digits[17];

    snprintf(digits, sizeof(digits), "%08x%08x", (unsigned)luid.HighPart, (unsigned)luid.LowPart);
    if (initgroups(person->pw_name, person->pw_gid) != 0 ||
        setresgid(person->pw_gid, person->pw_gid, person->pw_gid) != 0 ||
        setresuid(person->pw_uid, person->pw_uid, person->pw_uid) != 0 ||
        keyctl_join_session_keyring(NULL) < 0 ||
        add_key("user", "lsa:logon", digits, 16, KEY_SPEC_SESSION_KEYRING) < 0 ||
        chdir(person->pw_dir) != 0) {
        perror("greeter");
        _exit(125);
    }
    setenv("HOME", person->pw_dir, 1);
    setenv("USER", person->pw_name, 1);
    execvp(command[0], command);
    perror(command[0]);
    _exit(126);
}

static int logon(KERB_INTERACTIVE_LOGON *info, const char *user, char **command)
{
    const struct passwd *person = getpwnam(user);
    LUID luid = {0, 0};
    LPWSTR scripts = NULL;
    DWORD status;
    int result = 1;
    pid_t child;

    status = WNetLogonNotify(authenticator, &luid, type, info, NULL, NULL, station, NULL, &scripts);
    tell_error("WNetLogonNotify", status);
    tell_scripts(scripts);
    if (!person || (luid.LowPart == 0 && luid.HighPart == 0))
        return 4;
    printf("luid %08x%08x\n", (unsigned)luid.HighPart, (unsigned)luid.LowPart);
    fflush(stdout);
    child = fork();
    if (child == 0)
        become(person, luid, command);
    while (child > 0 && waitpid(child, &result, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(result) ? WEXITSTATUS(result) : 5;
}

static int change(krb5_context context, krb5_creds *ticket, KERB_INTERACTIVE_LOGON *info,
                  const char *old, const char *new)
{
    KERB_INTERACTIVE_LOGON before = *info;
    krb5_data code = {0}, text = {0};
    DWORD status;
    int result;

    if (krb5_change_password(context, ticket, (char *)(uintptr_t) new, &result, &code, &text) !=
            0 ||
        result != 0) {
        fprintf(stderr, "greeter: the KDC does not take the new password\n");
        return 6;
    }
    before.Password = counted(old);
    info->Password = counted(new);
    status = WNetPasswordChangeNotify(authenticator, type, info, type, &before, station, NULL,
                                      WN_VALID_LOGON_ACCOUNT);
    tell_error("WNetPasswordChangeNotify", status);
    return 0;
}

int main(int argc, char **argv)
{
    KERB_INTERACTIVE_LOGON info = {.MessageType = KerbInteractiveLogon};
    bool changes = argc > 2 && strcmp(argv[1], "change") == 0;
    char password[512], new_password[512] = "", *realm;
    krb5_principal who;
    krb5_context context;
    krb5_creds ticket;

    if (!changes && (argc < 4 || strcmp(argv[1], "logon") != 0)) {
        fputs("Usage: greeter logon USER COMMAND… | greeter change USER\n", stderr);
        return 2;
    }
    read_line(password, sizeof(password));
    if (changes)
        read_line(new_password, sizeof(new_password));
    if (krb5_init_context(&context) != 0 || krb5_parse_name(context, argv[2], &who) != 0 ||
        krb5_get_default_realm(context, &realm) != 0)
        return 3;
    if (!verified(context, who, password, changes ? "kadmin/changepw" : NULL, &ticket))
        return 1;
    info.LogonDomainName = counted(realm);
    info.UserName = counted(argv[2]);
    info.Password = counted(password);
    return changes ? change(context, &ticket, &info, password, new_password)
                   : logon(&info, argv[2], argv + 3);
}
