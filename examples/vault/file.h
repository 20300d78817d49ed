/* ~/.credmgr/vault.enc on the disk: read with suspicion, written so that nothing is ever lost. */
#ifndef VAULT_FILE_H
#define VAULT_FILE_H

#include "format.h"

#define VAULT_FOLDER ".credmgr"
#define VAULT_NAME   "vault.enc"

/*
 * The directory with the vault, below `home`, locked against other writers for up to two seconds
 * until it is closed. To be called as the person whose home it is, never as root: what lies there
 * is theirs to make. -1 with VAULT_ABSENT, VAULT_UNSAFE, VAULT_BUSY or VAULT_IO in *status. With
 * `make` a missing directory is made.
 */
int vault_folder(const char *home, int make, enum vault_status *status);

/* The whole file, in new memory (free()). VAULT_ABSENT, VAULT_UNSAFE, VAULT_BROKEN (too large),
 * VAULT_IO, VAULT_NO_MEMORY. */
enum vault_status vault_load(int folder, uint8_t **file, size_t *size);

/* Replaces the file in one step: after a crash there is the old one or the new one, whole.
 * VAULT_IO: the old one is still there. */
enum vault_status vault_save(int folder, const uint8_t *file, size_t size);

#endif
