/*
 * Secrets of a handshake in the memory of the process: while its contexts live they are in secret
 * memory alone, and when those are gone, nowhere. All writable memory of the process is searched.
 *
 * This program must not have a secret in its own memory, then: it knows them under a mask only.
 * What has to be calculated from them, a child calculates.
 */
#include "tests/unit/ntlm/harness.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "libsspi/packages/ntlm/keys.h"
#include "libsspi/packages/ntlm/wire/message.h"

#define MASK     0xa5
#define LONGEST  48
#define PASSWORD "Correct-Horse 7!" /* as a template: what is used is that under the mask, too */
#define UNITS    (sizeof(PASSWORD) - 1)

/* Bytes under the mask. */
struct secret {
    const char *name;
    size_t size;
    uint8_t bytes[LONGEST];
};

enum {
    PASSWORD_UTF16,
    PASSWORD_UTF8,
    NT_HASH,
    NTOWF,
    BASE_KEY,
    EXPORTED,
    CLIENT_SIGNS,
    CLIENT_SEALS,
    SERVER_SIGNS,
    SERVER_SEALS,
    COUNT
};
static struct secret secrets[COUNT] = {
    [PASSWORD_UTF16] = {.name = "the password, UTF-16"},
    [PASSWORD_UTF8] = {.name = "the password, UTF-8"},
    [NT_HASH] = {.name = "the NT hash"},
    [NTOWF] = {.name = "NTOWFv2"},
    [BASE_KEY] = {.name = "SessionBaseKey"},
    [EXPORTED] = {.name = "ExportedSessionKey"},
    [CLIENT_SIGNS] = {.name = "the client's signing key"},
    [CLIENT_SEALS] = {.name = "the client's sealing key"},
    [SERVER_SIGNS] = {.name = "the server's signing key"},
    [SERVER_SEALS] = {.name = "the server's sealing key"},
};

static void mask(uint8_t *out, const void *in, size_t size)
{
    const volatile uint8_t *from = in;

    for (size_t i = 0; i < size; i++)
        out[i] = from[i] ^ MASK;
}

static void set(int which, const void *plain, size_t size)
{
    secrets[which].size = size;
    mask(secrets[which].bytes, plain, size);
}

/* The letter of the password at a place; never the same as the template's. */
static uint8_t letter(size_t i)
{
    return (uint8_t)(PASSWORD[i] ^ 1);
}

/* ---- what follows from the password and the client's message ----------------------------------
 */

static void in_child(const struct token *last)
{
    WCHAR password[UNITS];
    uint8_t narrow[UNITS], hash[16], ntowf[16], key[16], exported[16];
    struct ntlm_authenticate m;
    size_t size;

    for (size_t i = 0; i < UNITS; i++)
        password[i] = narrow[i] = letter(i);
    set(PASSWORD_UTF16, password, sizeof(password));
    set(PASSWORD_UTF8, narrow, sizeof(narrow));
    if (!ntlm_authenticate_read(last->data, last->size, &m) ||
        m.nt_response.size <= NTLM_PROOF_SIZE || m.session_key.size != 16 ||
        !ntlm_nt_hash(password, UNITS, hash) ||
        !ntlm_ntowf_v2(hash, u"Alice", 5, u"EXAMPLE", 7, ntowf) ||
        !ntlm_session_base_key_v2(ntowf, m.nt_response.data, key) ||
        !ntlm_rc4k(key, m.session_key.data, 16, exported))
        _exit(1);
    set(NT_HASH, hash, 16);
    set(NTOWF, ntowf, 16);
    set(BASE_KEY, key, 16);
    set(EXPORTED, exported, 16);
    for (int i = 0; i < 2; i++) {
        enum ntlm_direction d = i ? NTLM_SERVER_TO_CLIENT : NTLM_CLIENT_TO_SERVER;

        if (!ntlm_signing_key(m.flags, exported, d, key))
            _exit(1);
        set(i ? SERVER_SIGNS : CLIENT_SIGNS, key, 16);
        if (!ntlm_sealing_key(m.flags, exported, d, key, &size))
            _exit(1);
        set(i ? SERVER_SEALS : CLIENT_SEALS, key, 16);
    }
}

static void calculate(const struct token *last)
{
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        in_child(last);
        _exit(write(ends[1], secrets, sizeof(secrets)) == sizeof(secrets) ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], secrets, sizeof(secrets)), sizeof(secrets));
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- the search -------------------------------------------------------------------------------
 */

#define WINDOW (1 << 20)
static uint8_t *window; /* what is looked at; not looked at itself */

struct region {
    uintptr_t from, to;
    char name[64];
};

static bool is_there(const struct secret *s, const uint8_t *at, size_t left)
{
    if (left < s->size)
        return false;
    for (size_t i = 0; i < s->size; i++) {
        if ((at[i] ^ MASK) != s->bytes[i])
            return false;
    }
    return true;
}

/* How many places in a region have a secret; those in secret memory count when `everywhere`. */
static size_t search(const struct region *r, int memory, bool everywhere)
{
    size_t found = 0;

    for (uintptr_t at = r->from; at < r->to; at += WINDOW - LONGEST) {
        size_t size = r->to - at < WINDOW ? r->to - at : WINDOW;

        if (pread(memory, window, size, (off_t)at) != (ssize_t)size)
            continue; /* guard pages */
        for (size_t i = 0; i < size; i++) {
            for (size_t s = 0; s < COUNT; s++) {
                if ((window[i] ^ MASK) != secrets[s].bytes[0] ||
                    !is_there(&secrets[s], window + i, size - i))
                    continue;
                if (!everywhere && secret_owns((const void *)(at + i)))
                    continue;
                if (!everywhere)
                    print_message("%s at 0x%" PRIxPTR " in %s\n", secrets[s].name, at + i, r->name);
                found++;
            }
        }
        if (size < WINDOW)
            break;
    }
    return found;
}

/* In all memory that can be written to. */
static size_t leftovers(bool everywhere)
{
    static struct region regions[512];
    size_t count = 0, found = 0;
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    static char line[512];

    assert_true(memory >= 0);
    assert_non_null(maps);
    while (count < 512 && fgets(line, sizeof(line), maps)) {
        struct region *r = &regions[count];
        char mode[8];

        r->name[0] = 0;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %63[^\n]", &r->from, &r->to,
                   mode, r->name) >= 3 &&
            mode[0] == 'r' && mode[1] == 'w' && (uintptr_t)window - r->from >= r->to - r->from)
            count++;
    }
    fclose(maps);
    assert_in_range(count, 5, 511);
    for (size_t i = 0; i < count; i++)
        found += search(&regions[i], memory, everywhere);
    close(memory);
    return found;
}

/* ---- the handshake ----------------------------------------------------------------------------
 */

static void acquire(struct side *s, bool client)
{
    char password[UNITS + 1] = "";

    for (size_t i = 0; i < UNITS; i++)
        password[i] = (char)letter(i);
    assert_int_equal(side_acquire(s, client, "Alice", "EXAMPLE", password), SEC_E_OK);
    secret_wipe(password, sizeof(password));
}

static struct token last;

static void note(int message, struct token *t)
{
    if (message == 3)
        last = *t;
}

/* With a guard at both ends, so that the kernel joins it with nothing. */
static int make_window(void **state)
{
    const size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *whole = mmap(NULL, WINDOW + 2 * guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    window = whole + guard;
    return whole == MAP_FAILED ? -1 : mprotect(window, WINDOW, PROT_READ | PROT_WRITE);
}

/* What an application has been given and has given back. */
static void ask_and_move(struct side *s)
{
    SecPkgContext_SessionKey key;
    SecBuffer packed = {0, 0, NULL};

    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
    FreeContextBuffer(key.SessionKey);
    assert_int_equal(
        ExportSecurityContext(&s->context, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, NULL),
        SEC_E_OK);
    assert_int_equal(ImportSecurityContextW((SEC_WCHAR *)u"NTLM", &packed, NULL, &s->context),
                     SEC_E_OK);
    FreeContextBuffer(packed.pvBuffer);
}

static void test_leftovers(void **state)
{
    struct side client, server;
    static volatile uint8_t bait[16];

    (void)state;
    acquire(&client, true);
    acquire(&server, false);
    assert_int_equal(shake(&client, ISC_REQ_CONFIDENTIALITY, &server, 0, note), SEC_E_OK);
    calculate(&last);
    assert_int_equal(send_sealed(&client, &server, "there"), SEC_E_OK);
    assert_int_equal(send_signed(&server, &client, "and back"), SEC_E_OK);
    ask_and_move(&client);
    ask_and_move(&server);
    assert_int_equal(send_sealed(&client, &server, "and there again"), SEC_E_OK);
    assert_int_equal(leftovers(false), 0);
    assert_true(leftovers(true) > 0); /* in secret memory they are: the search finds them */
    side_end(&client);
    side_end(&server);
    assert_int_equal(leftovers(true), 0);
    for (size_t i = 0; i < sizeof(bait); i++)
        bait[i] = secrets[NT_HASH].bytes[i] ^ MASK;
    assert_int_equal(leftovers(true), 1);
    secret_wipe((void *)(uintptr_t)bait, sizeof(bait));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_leftovers)};

    return cmocka_run_group_tests(tests, make_window, NULL);
}
