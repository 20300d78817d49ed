/*
 * What /proc tells of a session's leader and of clients: whether a pid is still the process it was,
 * and the kernel's audit session of a login.
 */
#include "libsspi/lsa/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A small file of /proc as text; false when it cannot be read. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t room)
{
    char path[64];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, text, room - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = 0;
    return true;
}

/* Field 22 of /proc/PID/stat (proc(5)). The name in field 2 may hold anything, so counting begins
 * at the last ')'. */
bool lsa_leader_start(pid_t pid, uint64_t *start)
{
    char text[1024], *field, *end;

    if (pid <= 0 || !read_proc(pid, "stat", text, sizeof(text)))
        return false;
    field = strrchr(text, ')');
    for (int i = 2; field && i < 22; i++)
        field = strchr(field + 1, ' ');
    if (!field)
        return false;
    errno = 0;
    *start = strtoull(field + 1, &end, 10);
    return !errno && end != field + 1;
}

/* The pidfd is opened first: if the start time is right afterwards, it is the pidfd of that very
 * process. */
int lsa_leader_open(pid_t pid, uint64_t start)
{
    uint64_t now;
    int fd;

    if (pid <= 0) {
        errno = ESRCH;
        return -1;
    }
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0 && (!lsa_leader_start(pid, &now) || (start && now != start))) {
        close(fd);
        errno = ESRCH;
        fd = -1;
    }
    return fd;
}

static uint32_t read_number(pid_t pid, const char *name)
{
    char text[32], *end;
    unsigned long value;

    if (!read_proc(pid, name, text, sizeof(text)))
        return LSA_AUDIT_UNSET;
    errno = 0;
    value = strtoul(text, &end, 10);
    return errno || end == text || value > UINT32_MAX ? LSA_AUDIT_UNSET : (uint32_t)value;
}

void lsa_leader_audit(pid_t pid, uint32_t *audit_session, uint32_t *audit_uid)
{
    *audit_session = read_number(pid, "sessionid");
    *audit_uid = read_number(pid, "loginuid");
    if (*audit_session == LSA_AUDIT_UNSET || *audit_uid == LSA_AUDIT_UNSET)
        *audit_session = *audit_uid = LSA_AUDIT_UNSET;
}
