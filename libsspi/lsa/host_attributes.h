/*
 * The documented structures of credential and context attributes: how large each is and where it
 * has pointers. What is not in here can still be asked of a package of the same process; it cannot
 * go between the A and the W form, nor between a client and lsad.
 */
#ifndef CREDMGR_LSA_HOST_ATTRIBUTES_H
#define CREDMGR_LSA_HOST_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sspi.h>

#define LSA_ATTRIBUTE_PARTS 2   /* pointers in one structure */
#define LSA_ATTRIBUTE_SIZE  272 /* bytes of the largest of these structures, and more */

enum lsa_part_kind {
    LSA_PART_NONE,
    LSA_PART_TEXT,   /* zero-terminated; UTF-16 in the W form, UTF-8 in the A form */
    LSA_PART_WIDE,   /* zero-terminated UTF-16 in either form */
    LSA_PART_BYTES,  /* as many bytes as the ULONG at length_at says */
    LSA_PART_BYTES16 /* … the USHORT */
};

struct lsa_attribute {
    ULONG attribute;
    ULONG size; /* bytes of the structure */
    struct {
        enum lsa_part_kind kind;
        size_t at, length_at;
    } parts[LSA_ATTRIBUTE_PARTS];
    bool longer; /* offsets within the structure lead to what follows it */
    bool local;  /* holds handles or pointers that are good in one process only */
};

/* NULL: not a documented one. */
const struct lsa_attribute *lsa_credential_attribute(ULONG attribute);
const struct lsa_attribute *lsa_context_attribute(ULONG attribute);

/* The pointer of part `i`, 0 or 1; NULL when there is no such part. */
void **lsa_attribute_part(const struct lsa_attribute *a, size_t i, void *structure);
/* What it leads to, in bytes, of a W form; a string with its zero. */
size_t lsa_attribute_part_size(const struct lsa_attribute *a, size_t i, const void *structure);
/* Releases what every pointer leads to (LSA heap) and sets it to NULL. */
void lsa_attribute_clear(const struct lsa_attribute *a, void *structure);

#endif
