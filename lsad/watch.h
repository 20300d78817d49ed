/*
 * Landlock lets the working process read certain files, not certain names: when an editor or a
 * network manager replaces /etc/resolv.conf or /etc/krb5.conf, the new file is another one. The
 * supervisor watches for that.
 */
#ifndef CREDMGR_LSAD_WATCH_H
#define CREDMGR_LSAD_WATCH_H

#include <stdbool.h>

/* An inotify descriptor, or -1 (which is logged): then only SIGHUP helps. */
int watch_open(void);
/* Reads what has happened; true when one of the files was made or replaced. Never waits. */
bool watch_changed(int fd);

#endif
