/*
 * What GetLastError() says of a function of this library.
 */
#ifndef CREDMGR_BASE_LAST_ERROR_H
#define CREDMGR_BASE_LAST_ERROR_H

#include <stdint.h>

/* For the program that called and for this library, which have a variable each (winbase.h). */
void last_error_set(uint32_t error);

#endif
