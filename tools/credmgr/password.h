/*
 * A new password, from whoever sits at the terminal or from a descriptor: never from the command
 * line, which everybody can read.
 */
#ifndef CREDMGR_TOOLS_PASSWORD_H
#define CREDMGR_TOOLS_PASSWORD_H

/*
 * `fd` -1: asks at the terminal, twice, by `question` ("Password of alice"). Else the first line
 * there. In secret memory (secret_free()); NULL after a message.
 */
char *password_read(int fd, const char *question);

#endif
