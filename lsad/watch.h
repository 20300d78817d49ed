/*
 * Landlock lets the working process read certain files, not certain names: when an editor or a
 * network manager replaces /etc/resolv.conf or /etc/krb5.conf, the new file is another one. The
 * supervisor watches for that.
 */
#ifndef CREDMGR_LSAD_WATCH_H
#define CREDMGR_LSAD_WATCH_H

/* An inotify descriptor, or -1 (which is logged): then only SIGHUP helps. */
int watch_open(void);
/* What was made or replaced: bits. Users can have passwd replaced whenever they like (chfn). */
#define WATCH_FILES 1u
#define WATCH_USERS 2u /* /etc/passwd */
/* Reads what has happened. Never waits. */
unsigned watch_changed(int fd);

#endif
