/*
 * A field of a message of [MS-CSSP], as all of wire/ shows it.
 */
#ifndef CREDMGR_TSPKG_BYTES_H
#define CREDMGR_TSPKG_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Borrowed. data is NULL where the field is absent, and is not where it is empty. */
struct ts_bytes {
    const uint8_t *data;
    size_t size;
};

#endif
