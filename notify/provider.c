/*
 * The router's side of a credential manager's process: starting it, waiting for its answer no
 * longer than allowed, ending it, and putting into words what came of it.
 */
#include "notify/provider.h"
#include "notify/provider_page.h"

#include <errno.h>
#include <linux/futex.h>
#include <npapi.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <unistr.h>

#define REAP_MS 500 /* how long a killed process may take to go */
/* The process tells in shared memory that it waits, and nothing wakes us: looked after this often,
 * in milliseconds. Its end, the usual case, is seen at once. */
#define LOOK_MS 5

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- its process --------------------------------------------------------------------------- */

/* True when it ended within `ms`. */
static bool ends_within(int pidfd, unsigned ms)
{
    uint64_t end = now_us() + (uint64_t)ms * 1000, now;
    struct pollfd pfd = {.fd = pidfd, .events = POLLIN};

    while ((now = now_us()) < end) {
        int n = poll(&pfd, 1, (int)((end - now + 999) / 1000));

        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
    return false;
}

/* True when it has ended or has something to say, false after `ms`. */
static bool moves_within(const struct mpr_provider *p, unsigned ms, bool *ended)
{
    uint64_t end = now_us() + (uint64_t)ms * 1000;
    uint32_t progress;

    do {
        uint64_t now = now_us(), left = now < end ? (end - now) / 1000 : 0;

        *ended = ends_within(p->pidfd, left < LOOK_MS ? (unsigned)left + 1 : LOOK_MS);
        progress = atomic_load(&p->page->progress);
        if (*ended || progress == MPR_WAITING || progress == MPR_REFUSED ||
            progress == MPR_RETURNED)
            return true;
    } while (now_us() < end);
    return false;
}

static void command(struct mpr_provider *p, enum mpr_command what)
{
    atomic_store(&p->page->command, what);
    syscall(SYS_futex, &p->page->command, FUTEX_WAKE, 64, NULL, NULL, 0);
}

/* Its exit status; 0 when a process that the kernel cannot end now is left to init. */
static int reap(struct mpr_provider *p)
{
    int status = 0;

    while (waitpid(p->pid, &status, WNOHANG) < 0 && errno == EINTR)
        ;
    close(p->pidfd);
    munmap(p->page, sizeof(*p->page));
    p->pid = -1;
    p->pidfd = -1;
    p->page = NULL;
    return status;
}

/* Not reaped yet, so its number means it and its group, and nobody else. */
static void kill_all(const struct mpr_provider *p)
{
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL);
    ends_within(p->pidfd, REAP_MS);
}

bool mpr_provider_begin(struct mpr_provider *p, const char *directory, size_t memory,
                        const char *name, const struct mpr_call *call, struct mpr_outcome *out)
{
    pid_t router = getpid();

    memset(out, 0, sizeof(*out));
    out->status = MPR_UNAVAIL;
    out->start = MPR_START_UNKNOWN;
    *p = (struct mpr_provider){
        .pid = -1, .pidfd = -1, .began = now_us(), .password_change = call->password_change};
    p->page =
        mmap(NULL, sizeof(*p->page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p->page == MAP_FAILED)
        goto fail;
    p->pid = fork();
    if (p->pid == 0)
        mpr_provider_child(p->page, router, directory, memory, name, call);
    if (p->pid < 0)
        goto fail;
    setpgid(p->pid, p->pid); /* the child does it too: whoever comes first */
    p->pidfd = pidfd_open(p->pid, 0);
    if (p->pidfd >= 0)
        return true;
fail:
    snprintf(out->text, sizeof(out->text), "cannot be called: %s", strerror(errno));
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    if (p->page != MAP_FAILED)
        munmap(p->page, sizeof(*p->page));
    p->pid = -1;
    p->page = NULL;
    return false;
}

/* ---- its answer, in words ------------------------------------------------------------------ */

/* Text that a manager wrote, as one line of UTF-8 that fits into `room`. */
static void make_printable(char *out, size_t room, const char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < size && text[i];) {
        ucs4_t uc;
        int n = u8_mbtoucr(&uc, (const uint8_t *)text + i, size - i);
        size_t step = n > 0 ? (size_t)n : 1;

        if (used + step >= room)
            break;
        if (n > 0 && uc >= 0x20 && uc != 0x7f) {
            memcpy(out + used, text + i, step);
            used += step;
        } else {
            out[used++] = '?';
        }
        i += step;
    }
    out[used] = 0;
}

static const char *error_name(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *name;
    } names[] = {
        {WN_NO_NETWORK, "WN_NO_NETWORK"},       {WN_FUNCTION_BUSY, "WN_FUNCTION_BUSY"},
        {WN_NET_ERROR, "WN_NET_ERROR"},         {WN_BAD_PASSWORD, "WN_BAD_PASSWORD"},
        {WN_BAD_USER, "WN_BAD_USER"},           {WN_BAD_VALUE, "WN_BAD_VALUE"},
        {WN_BAD_POINTER, "WN_BAD_POINTER"},     {WN_OUT_OF_MEMORY, "WN_OUT_OF_MEMORY"},
        {WN_ACCESS_DENIED, "WN_ACCESS_DENIED"}, {WN_EXTENDED_ERROR, "WN_EXTENDED_ERROR"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].status == status)
            return names[i].name;
    return "error";
}

static void take_script(const struct mpr_page *page, struct mpr_outcome *out)
{
    uint32_t size = page->script_size;

    if (!size)
        return;
    if (size <= MPR_FIELD_MAX && !memchr(page->script, 0, size) &&
        !u8_check((const uint8_t *)page->script, size)) {
        out->script = strndup(page->script, size);
        return;
    }
    out->bad_script = true;
    if (size == MPR_SCRIPT_LONG)
        snprintf(out->text, sizeof(out->text),
                 "named a logon script of more than %d bytes, which is not run", MPR_FIELD_MAX);
    else
        snprintf(out->text, sizeof(out->text),
                 "named a logon script that is no UTF-16, which is not run");
}

static void judge_returned(const struct mpr_page *page, struct mpr_outcome *out)
{
    char text[MPR_ERROR_TEXT_MAX - 40];

    out->error = page->status;
    out->extended = page->status == WN_EXTENDED_ERROR ? page->extended : 0;
    out->status = page->status == WN_SUCCESS         ? MPR_SUCCESS
                  : page->status == WN_NOT_SUPPORTED ? MPR_NOTFOUND
                  : page->status == WN_FUNCTION_BUSY ? MPR_TRYAGAIN
                                                     : MPR_UNAVAIL;
    if (out->status == MPR_SUCCESS) {
        take_script(page, out);
        return;
    }
    make_printable(text, sizeof(text), page->status == WN_EXTENDED_ERROR ? page->text : "",
                   sizeof(page->text));
    snprintf(out->text, sizeof(out->text), "returned %s (%u)%s%s", error_name(page->status),
             (unsigned)page->status, *text ? ": " : "", text);
}

static void judge_waiting(const struct mpr_page *page, struct mpr_outcome *out)
{
    out->waits = true;
    if (page->status != WN_SUCCESS) {
        judge_returned(page, out);
        return;
    }
    out->status = MPR_TRYAGAIN;
    snprintf(out->text, sizeof(out->text), "has not started (WNNC_START: in %u ms)",
             (unsigned)page->start);
}

/* An end that it did not announce. */
static void judge_end(uint32_t progress, bool password_change, int status, struct mpr_outcome *out)
{
    const char *where = progress == MPR_LOADING    ? "while it was loaded"
                        : progress == MPR_STARTING ? "in NPGetCaps"
                        : progress == MPR_WAITING  ? "while it was waited for"
                        : password_change          ? "in NPPasswordChangeNotify"
                                                   : "in NPLogonNotify";

    if (WIFSIGNALED(status))
        snprintf(out->text, sizeof(out->text), "was ended by SIG%s %s",
                 sigabbrev_np(WTERMSIG(status)), where);
    else
        snprintf(out->text, sizeof(out->text), "ended its process with status %d %s",
                 WEXITSTATUS(status), where);
}

bool mpr_provider_wait(struct mpr_provider *p, unsigned ms, struct mpr_outcome *out)
{
    bool ended = false, moved = moves_within(p, ms, &ended), done = true;
    uint32_t progress = atomic_load(&p->page->progress);
    struct mpr_page copy;
    int status;

    if (progress == MPR_REFUSED || progress == MPR_RETURNED)
        ended = ended || ends_within(p->pidfd, MPR_LEAVE_MS);
    /* From here on nothing changes any more; an honest one that waits does not change it either. */
    if (!ended && progress != MPR_WAITING)
        kill_all(p);
    memcpy(&copy, p->page, sizeof(copy));
    memset(out, 0, sizeof(*out));
    out->status = MPR_UNAVAIL;
    out->start = copy.start;
    out->spec_version = copy.spec_version;
    out->net_type = copy.net_type;
    out->driver_version = copy.driver_version;
    if (progress == MPR_WAITING && !ended) {
        judge_waiting(&copy, out);
        done = false;
    } else {
        if (progress != MPR_RETURNED)
            kill_all(p); /* what it left in its group: one that failed leaves nothing */
        status = reap(p);
        if (progress == MPR_RETURNED)
            judge_returned(&copy, out);
        else if (progress == MPR_REFUSED)
            make_printable(out->text, sizeof(out->text), copy.text, sizeof(copy.text));
        else if (moved)
            judge_end(progress, p->password_change, status, out);
        else
            snprintf(out->text, sizeof(out->text), "did not answer within %u ms and was ended", ms);
    }
    out->duration = now_us() - p->began;
    return done;
}

void mpr_provider_again(struct mpr_provider *p)
{
    p->began = now_us();
    atomic_store(&p->page->progress, MPR_STARTING);
    command(p, MPR_TRY);
}

void mpr_provider_leave(struct mpr_provider *p)
{
    if (p->pid > 0)
        command(p, MPR_LEAVE);
}

void mpr_provider_end(struct mpr_provider *p, unsigned ms)
{
    if (p->pid < 0)
        return;
    command(p, MPR_LEAVE);
    if (!ends_within(p->pidfd, ms))
        kill_all(p);
    reap(p);
}
