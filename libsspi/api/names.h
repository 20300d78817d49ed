/*
 * Who somebody is, in every way there is to say it: what the three functions of secext.h write
 * down.
 */
#ifndef CREDMGR_API_NAMES_H
#define CREDMGR_API_NAMES_H

#include <stdbool.h>
#include "libsspi/api/api.h"

/* UTF-8, malloc'ed. */
struct person {
    char *domain;  /* how DOMAIN\user calls it: a domain, a realm, or this machine */
    char *realm;   /* NULL: an account of this machine alone */
    char *user;    /* without any domain */
    char *display; /* NULL: not known */
};
void person_clear(struct person *person);

/*
 * names_person.c. 0, or an error of Win32: ERROR_NONE_MAPPED, ERROR_NO_SUCH_DOMAIN,
 * ERROR_NOT_ENOUGH_MEMORY. The thread's own user, who may be a client that it impersonates.
 */
DWORD person_of_thread(struct person *out);
/* A name in one of the formats that name an account. */
DWORD person_of_name(const char *name, EXTENDED_NAME_FORMAT format, struct person *out);
/* This machine, whose user is its account (NAME$). */
DWORD person_of_machine(struct person *out);
/* The machine's name in DNS, as far as that is known without asking anybody; NULL without memory.
 */
char *person_machine_dns(const struct person *machine);

#endif
