/* The vault on the disk: links, pipes, other people's files and other people's directories are not
 * read, and a write that fails loses nothing. */
#include "examples/vault/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static char home[64];

static const char *path(const char *name)
{
    static char paths[4][128];
    static unsigned turn;
    char *out = paths[turn++ % 4];

    snprintf(out, sizeof(paths[0]), "%s/%s", home, name);
    return out;
}

static int setup(void **state)
{
    (void)state;
    snprintf(home, sizeof(home), "/tmp/vault-test-XXXXXX");
    return mkdtemp(home) && mkdir(path(VAULT_FOLDER), 0700) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    for (const char *const *name =
             (const char *const[]){VAULT_FOLDER "/" VAULT_NAME, VAULT_FOLDER "/" VAULT_NAME ".new",
                                   "elsewhere/" VAULT_NAME, "file", NULL};
         *name; name++)
        unlink(path(*name));
    unlink(path(VAULT_FOLDER));
    rmdir(path(VAULT_FOLDER));
    rmdir(path("elsewhere"));
    return rmdir(home);
}

static void put(const char *name, mode_t mode, size_t size)
{
    int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, mode);
    char *data = calloc(1, size + 1);

    memset(data, 'v', size);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    free(data);
}

/* What vault_folder() and then vault_load() come to. */
static enum vault_status load(size_t *size)
{
    enum vault_status status;
    uint8_t *file = NULL;
    int folder = vault_folder(home, 0, &status);

    *size = 0;
    if (folder < 0)
        return status;
    status = vault_load(folder, &file, size);
    assert_true((status == VAULT_OK) == (file != NULL));
    if (file)
        assert_int_equal(file[*size - 1], 'v');
    free(file);
    close(folder);
    return status;
}

static void reads_what_is_the_persons(void **state)
{
    size_t size;

    (void)state;
    assert_int_equal(load(&size), VAULT_ABSENT);
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, 200);
    assert_int_equal(load(&size), VAULT_OK);
    assert_int_equal(size, 200);
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, VAULT_FILE_MAX);
    assert_int_equal(load(&size), VAULT_OK);
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, VAULT_FILE_MAX + 1);
    assert_int_equal(load(&size), VAULT_BROKEN);
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, VAULT_OVERHEAD - 1);
    assert_int_equal(load(&size), VAULT_BROKEN);
}

static void no_home(void **state)
{
    enum vault_status status;

    (void)state;
    assert_int_equal(vault_folder("/nonexistent/home", 1, &status), -1);
    assert_int_equal(status, VAULT_ABSENT);
    rmdir(path(VAULT_FOLDER));
    assert_int_equal(vault_folder(home, 0, &status), -1);
    assert_int_equal(status, VAULT_ABSENT);
    close(vault_folder(home, 1, &status));
    assert_int_equal(status, VAULT_OK);
}

static void links_are_not_followed(void **state)
{
    size_t size;

    (void)state;
    put("file", 0600, 200);
    assert_int_equal(symlink(path("file"), path(VAULT_FOLDER "/" VAULT_NAME)), 0);
    assert_int_equal(load(&size), VAULT_UNSAFE);
    unlink(path(VAULT_FOLDER "/" VAULT_NAME));
    rmdir(path(VAULT_FOLDER));
    assert_int_equal(mkdir(path("elsewhere"), 0700), 0);
    put("elsewhere/" VAULT_NAME, 0600, 200);
    assert_int_equal(symlink(path("elsewhere"), path(VAULT_FOLDER)), 0);
    assert_int_equal(load(&size), VAULT_UNSAFE);
}

static void nothing_but_files_of_ones_own(void **state)
{
    size_t size;

    (void)state;
    assert_int_equal(mkfifo(path(VAULT_FOLDER "/" VAULT_NAME), 0600), 0);
    assert_int_equal(load(&size), VAULT_UNSAFE); /* and did not wait for a writer */
    unlink(path(VAULT_FOLDER "/" VAULT_NAME));
    put(VAULT_FOLDER "/" VAULT_NAME, 0640, 200);
    assert_int_equal(load(&size), VAULT_UNSAFE);
    chmod(path(VAULT_FOLDER "/" VAULT_NAME), 0600);
    assert_int_equal(load(&size), VAULT_OK);
    chmod(path(VAULT_FOLDER), 0770);
    assert_int_equal(load(&size), VAULT_UNSAFE);
    chmod(path(VAULT_FOLDER), 0755);
    assert_int_equal(load(&size), VAULT_OK);
    if (geteuid() != 0)
        return; /* nobody else can give files away */
    assert_int_equal(chown(path(VAULT_FOLDER "/" VAULT_NAME), 1, 0), 0);
    assert_int_equal(load(&size), VAULT_UNSAFE);
    assert_int_equal(chown(path(VAULT_FOLDER "/" VAULT_NAME), 0, 0), 0);
    assert_int_equal(chown(path(VAULT_FOLDER), 1, 0), 0);
    assert_int_equal(load(&size), VAULT_UNSAFE);
}

static void a_lock_is_not_waited_for_for_ever(void **state)
{
    enum vault_status status;
    int holder = open(path(VAULT_FOLDER), O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_int_equal(flock(holder, LOCK_EX), 0);
    assert_int_equal(vault_folder(home, 0, &status), -1);
    assert_int_equal(status, VAULT_BUSY);
    close(holder);
    holder = vault_folder(home, 0, &status);
    assert_int_equal(status, VAULT_OK);
    close(holder);
}

static unsigned entries(void)
{
    DIR *dir = opendir(path(VAULT_FOLDER));
    unsigned n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static void replaces_in_one_step(void **state)
{
    enum vault_status status;
    struct stat before, after;
    size_t size;
    uint8_t data[300];
    int folder;

    (void)state;
    memset(data, 'v', sizeof(data));
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, 200);
    put(VAULT_FOLDER "/" VAULT_NAME ".new", 0644, 7); /* what a crash left */
    stat(path(VAULT_FOLDER "/" VAULT_NAME), &before);
    folder = vault_folder(home, 0, &status);
    umask(0);
    assert_int_equal(vault_save(folder, data, sizeof(data)), VAULT_OK);
    close(folder);
    assert_int_equal(load(&size), VAULT_OK);
    assert_int_equal(size, 300);
    stat(path(VAULT_FOLDER "/" VAULT_NAME), &after);
    assert_int_equal(after.st_mode & 07777, 0600);
    assert_true(before.st_ino != after.st_ino);
    assert_int_equal(entries(), 1);
}

/* A full disk, as a limit on the size of files. */
static void a_failed_write_loses_nothing(void **state)
{
    struct rlimit before, small = {100, RLIM_INFINITY};
    enum vault_status status;
    uint8_t data[300];
    size_t size;
    int folder;

    (void)state;
    memset(data, 'n', sizeof(data));
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, 200);
    folder = vault_folder(home, 0, &status);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    status = vault_save(folder, data, sizeof(data));
    setrlimit(RLIMIT_FSIZE, &before);
    close(folder);
    assert_int_equal(status, VAULT_IO);
    assert_int_equal(load(&size), VAULT_OK);
    assert_int_equal(size, 200);
    assert_int_equal(entries(), 1);
    /* Nor can the name be taken by what is no file. */
    assert_int_equal(mkdir(path(VAULT_FOLDER "/" VAULT_NAME ".new"), 0700), 0);
    folder = vault_folder(home, 0, &status);
    assert_int_equal(vault_save(folder, data, sizeof(data)), VAULT_IO);
    close(folder);
    assert_int_equal(rmdir(path(VAULT_FOLDER "/" VAULT_NAME ".new")), 0);
    assert_int_equal(load(&size), VAULT_OK);
}

/* The MPR ends a manager whose time is over, wherever it is: 100 writers killed at odd moments. */
static void killed_in_the_middle(void **state)
{
    static uint8_t data[2][20000];
    uint8_t *file;
    size_t size;
    unsigned seen[2] = {0, 0};

    (void)state;
    memset(data[0], 'a', sizeof(data[0]));
    memset(data[1], 'b', sizeof(data[1]));
    put(VAULT_FOLDER "/" VAULT_NAME, 0600, sizeof(data[0]));
    for (unsigned i = 0; i < 100; i++) {
        const struct timespec odd = {.tv_nsec = 100000 + 370000 * (i % 53)};
        enum vault_status status;
        pid_t writer = fork();
        int folder;

        if (writer == 0) {
            folder = vault_folder(home, 0, &status);
            for (unsigned j = i; status == VAULT_OK; j++)
                status = vault_save(folder, data[j % 2], sizeof(data[0]));
            _exit(1);
        }
        nanosleep(&odd, NULL);
        kill(writer, SIGKILL);
        assert_int_equal(waitpid(writer, NULL, 0), writer);
        folder = vault_folder(home, 0, &status); /* nor is its lock left */
        assert_int_equal(status, VAULT_OK);
        assert_int_equal(vault_load(folder, &file, &size), VAULT_OK);
        assert_int_equal(size, sizeof(data[0]));
        for (size_t at = 1; at < size; at++)
            assert_int_equal(file[at], file[0]);
        seen[file[0] == 'b'] += file[0] != 'v';
        free(file);
        close(folder);
    }
    assert_true(seen[0] + seen[1] > 0); /* they did write */
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_what_is_the_persons),
        TEST(no_home),
        TEST(links_are_not_followed),
        TEST(nothing_but_files_of_ones_own),
        TEST(a_lock_is_not_waited_for_for_ever),
        TEST(replaces_in_one_step),
        TEST(a_failed_write_loses_nothing),
        TEST(killed_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
