/*
 * What the sample's two ends say to each other: messages of bytes over a socket, each behind its
 * size. The only file that would differ much on Windows, where the socket is Winsock's.
 */
#ifndef SAMPLE_LINK_H
#define SAMPLE_LINK_H

#include <stdbool.h>
#include <security.h>

#define LINK_MESSAGE_MAX 131072 /* bytes; what is larger is no message of this protocol */

/* A connected socket, or -1 after a message on standard error. */
int link_connect(const char *host, const char *port);
/* One that listens at `port`, on every address of this machine. */
int link_listen(const char *port);

/* Size (four bytes, the least significant first), then the bytes. False: the connection is gone. */
bool link_send(int fd, const void *bytes, DWORD size);
/* One message into memory that the caller frees, with a zero behind it. */
bool link_receive(int fd, BYTE **bytes, DWORD *size);

/* "function: 0x80090308" on standard error, and why, when more than the number is known. */
void complain(const char *function, SECURITY_STATUS status);

#endif
