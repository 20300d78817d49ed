/*
 * credmgr-vault: makes a vault, and uses it in a session that has its key. `attach` is the logon
 * script that the credential manager returns.
 */
#include "file.h"
#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

static const char usage[] =
    "usage: credmgr-vault [--password-fd=N] COMMAND\n"
    "  seal    make a vault of what stands on standard input (asks for the logon password)\n"
    "  open    write its content to standard output (asks for the password)\n"
    "  passwd  give it another password (asks for the old and the new one)\n"
    "  show    write its content to standard output, with the key that this session has\n"
    "  store   put what stands on standard input in the place of its content, likewise\n"
    "  attach LUID   take the key that was left for this session (a logon script)\n"
    "Passwords are read from the terminal, or as lines from descriptor N.\n";

static int password_fd = -1;

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "credmgr-vault: %s: %s\n", what, why);
    return 1;
}

static int report(enum vault_status status)
{
    return status == VAULT_OK ? 0 : fail(VAULT_FOLDER "/" VAULT_NAME, vault_status_text(status));
}

/* ---- input and output ---------------------------------------------------------------------- */

/* One line, byte by byte: what follows belongs to the next question. */
static int read_line(int fd, char *out, size_t room)
{
    size_t used = 0;
    ssize_t n = 0;

    while (used < room && (n = read(fd, out + used, 1)) == 1 && out[used] != '\n')
        used++;
    if (n < 0 || used == room)
        return 0;
    out[used] = 0;
    return used > 0;
}

static int ask(const char *question, char out[VAULT_PASSWORD_MAX + 1])
{
    struct termios before, quiet;
    int ok, fd = password_fd;

    if (fd >= 0)
        return read_line(fd, out, VAULT_PASSWORD_MAX + 1);
    fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0 || tcgetattr(fd, &before) < 0)
        return 0;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    dprintf(fd, "%s: ", question);
    tcsetattr(fd, TCSAFLUSH, &quiet);
    ok = read_line(fd, out, VAULT_PASSWORD_MAX + 1);
    tcsetattr(fd, TCSAFLUSH, &before);
    dprintf(fd, "\n");
    close(fd);
    return ok;
}

/* All of standard input; NULL when it is too large or cannot be read. */
static uint8_t *read_content(size_t *size)
{
    uint8_t *content = malloc(VAULT_CONTENT_MAX + 1);
    ssize_t n = 1;

    *size = 0;
    while (content && *size <= VAULT_CONTENT_MAX && n) {
        n = read(STDIN_FILENO, content + *size, VAULT_CONTENT_MAX + 1 - *size);
        if (n < 0 && errno != EINTR)
            break;
        *size += n > 0 ? (size_t)n : 0;
    }
    if (content && n == 0 && *size <= VAULT_CONTENT_MAX)
        return content;
    if (content)
        OPENSSL_cleanse(content, VAULT_CONTENT_MAX + 1);
    free(content);
    return NULL;
}

static int write_content(const uint8_t *content, size_t size)
{
    while (size) {
        ssize_t n = write(STDOUT_FILENO, content, size);

        if (n < 0 && errno != EINTR)
            return 0;
        content += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 1;
}

/* ---- commands ------------------------------------------------------------------------------ */

/* What all of them work on. */
struct vault {
    int folder;
    uint8_t *file;
    size_t size;
    uint8_t key[VAULT_KEY_SIZE];
};

static enum vault_status get_folder(struct vault *v, int make)
{
    const struct passwd *me = getpwuid(getuid());
    enum vault_status status = VAULT_IO;

    v->folder = me ? vault_folder(me->pw_dir, make, &status) : -1;
    return status;
}

static enum vault_status get_file(struct vault *v)
{
    enum vault_status status = get_folder(v, 0);

    return status == VAULT_OK ? vault_load(v->folder, &v->file, &v->size) : status;
}

static enum vault_status key_by_password(struct vault *v, const char *question)
{
    char password[VAULT_PASSWORD_MAX + 1];
    enum vault_status status = VAULT_REFUSED;

    if (ask(question, password))
        status = vault_unwrap(v->file, v->size, password, v->key);
    OPENSSL_cleanse(password, sizeof(password));
    return status;
}

static enum vault_status wrap_with_new_password(struct vault *v, const char *question)
{
    char password[VAULT_PASSWORD_MAX + 1], again[VAULT_PASSWORD_MAX + 1];
    enum vault_status status = VAULT_REFUSED;

    if (ask(question, password) && ask("Once more", again) && strcmp(password, again) == 0)
        status = vault_wrap(v->file, v->size, password, VAULT_COST, v->key);
    OPENSSL_cleanse(password, sizeof(password));
    OPENSSL_cleanse(again, sizeof(again));
    return status;
}

/* The content on standard input becomes that of v->file, under v->key. */
static enum vault_status replace_content(struct vault *v)
{
    size_t size;
    uint8_t *content = read_content(&size), *file;
    enum vault_status status = content ? VAULT_NO_MEMORY : VAULT_TOO_LARGE;

    file = content ? malloc(size + VAULT_OVERHEAD) : NULL;
    if (file)
        status = vault_encrypt(content, size, v->key, v->file, file);
    if (content)
        OPENSSL_cleanse(content, size);
    free(content);
    if (status == VAULT_OK) {
        free(v->file);
        v->file = file;
        v->size = size + VAULT_OVERHEAD;
    } else {
        free(file);
    }
    return status;
}

static enum vault_status write_out(struct vault *v)
{
    size_t size = 0;
    uint8_t *content = NULL;
    enum vault_status status = vault_check(v->file, v->size, &size);

    if (status == VAULT_OK && !(content = malloc(size + 1)))
        status = VAULT_NO_MEMORY;
    if (status == VAULT_OK)
        status = vault_decrypt(v->file, v->size, v->key, content);
    if (status == VAULT_OK && !write_content(content, size))
        status = VAULT_IO;
    if (content)
        OPENSSL_cleanse(content, size);
    free(content);
    return status;
}

static int seal(struct vault *v)
{
    enum vault_status status = get_folder(v, 1);

    if (status != VAULT_OK)
        return report(status);
    if (vault_load(v->folder, &v->file, &v->size) != VAULT_ABSENT)
        return fail(VAULT_FOLDER "/" VAULT_NAME, "it is there already (credmgr-vault store)");
    if (RAND_bytes(v->key, sizeof(v->key)) != 1)
        return report(VAULT_NO_MEMORY);
    status = replace_content(v);
    if (status == VAULT_OK)
        status = wrap_with_new_password(v, "Password (the one you log in with)");
    if (status == VAULT_REFUSED)
        return fail("the password", "it was not given twice alike");
    return report(status == VAULT_OK ? vault_save(v->folder, v->file, v->size) : status);
}

static int open_it(struct vault *v)
{
    enum vault_status status = get_file(v);

    if (status == VAULT_OK)
        status = key_by_password(v, "Password");
    return report(status == VAULT_OK ? write_out(v) : status);
}

static int change_password(struct vault *v)
{
    enum vault_status status = get_file(v);

    if (status == VAULT_OK)
        status = key_by_password(v, "Old password");
    if (status != VAULT_OK)
        return report(status);
    status = wrap_with_new_password(v, "New password");
    if (status == VAULT_REFUSED)
        return fail("the password", "it was not given twice alike");
    return report(status == VAULT_OK ? vault_save(v->folder, v->file, v->size) : status);
}

static int show(struct vault *v)
{
    enum vault_status status = get_file(v);

    if (status == VAULT_OK)
        status = vault_key_read(v->key);
    return report(status == VAULT_OK ? write_out(v) : status);
}

static int store(struct vault *v)
{
    uint8_t *probe;
    enum vault_status status = get_file(v);

    if (status == VAULT_OK)
        status = vault_key_read(v->key);
    if (status != VAULT_OK)
        return report(status);
    /* A key that does not open what is there would lock the person out of what they store. */
    probe = malloc(v->size);
    status = probe ? vault_decrypt(v->file, v->size, v->key, probe) : VAULT_NO_MEMORY;
    if (status == VAULT_OK)
        OPENSSL_cleanse(probe, v->size - VAULT_OVERHEAD);
    free(probe);
    if (status == VAULT_OK)
        status = replace_content(v);
    return report(status == VAULT_OK ? vault_save(v->folder, v->file, v->size) : status);
}

static int attach(const char *luid)
{
    enum vault_status status = vault_key_take(luid);
    uint8_t key[VAULT_KEY_SIZE];

    /* The person's first command may have been faster. */
    if (status == VAULT_NO_KEY)
        status = vault_key_read(key);
    OPENSSL_cleanse(key, sizeof(key));
    if (status != VAULT_OK)
        return report(status);
    printf("your vault is open in this session (credmgr-vault show)\n");
    return 0;
}

int main(int argc, char **argv)
{
    const struct rlimit none = {0, 0};
    struct vault v = {.folder = -1};
    const char *command;
    int status = 2, i = 1;

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (i < argc && strncmp(argv[i], "--password-fd=", 14) == 0)
        password_fd = atoi(argv[i++] + 14);
    command = i < argc ? argv[i++] : "";
    if (strcmp(command, "attach") == 0 && i + 1 == argc)
        status = attach(argv[i]);
    else if (i < argc)
        fputs(usage, stderr);
    else if (strcmp(command, "seal") == 0)
        status = seal(&v);
    else if (strcmp(command, "open") == 0)
        status = open_it(&v);
    else if (strcmp(command, "passwd") == 0)
        status = change_password(&v);
    else if (strcmp(command, "show") == 0)
        status = show(&v);
    else if (strcmp(command, "store") == 0)
        status = store(&v);
    else
        fputs(usage, stderr);
    OPENSSL_cleanse(v.key, sizeof(v.key));
    free(v.file);
    if (v.folder >= 0)
        close(v.folder);
    return status;
}
