/*
 * How a service manager starts us and hears from us: socket activation and readiness, without
 * linking libsystemd.
 */
#ifndef CREDMGR_LSAD_SERVICE_H
#define CREDMGR_LSAD_SERVICE_H

#include <stdbool.h>

/* The listening socket passed by the service manager (LISTEN_FDS), -1 when there is none, -2 after
 * a log line when it is unfit. */
int service_listen_fd(void);
/* Makes the socket at `path` (mode 0666, its directory 0755 when it is missing) and listens; -1
 * after a log line. */
int service_listen(const char *path);
/* "READY=1", "STOPPING=1" … to NOTIFY_SOCKET; nothing without one. */
void service_notify(const char *state);

#endif
