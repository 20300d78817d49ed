/*
 * Accounts of a Windows domain, when this machine is a member of one by Samba's winbind. Its client
 * library is looked for at run time: without it, or without its daemon, nothing is known.
 */
#ifndef CREDMGR_API_WINBIND_H
#define CREDMGR_API_WINBIND_H

#include <stdbool.h>
#include <sys/types.h>

struct winbind_account {
    char *domain; /* NetBIOS name */
    char *dns;    /* DNS name of the domain; NULL when it has none */
    char *user;
    uid_t uid;
};

/* False when it is not an account of a domain, or there is nobody to ask. Free with
 * winbind_account_clear(). */
bool winbind_account_of_uid(uid_t uid, struct winbind_account *out);
/* By NetBIOS or DNS name of the domain; UTF-8. */
bool winbind_account_of_name(const char *domain, const char *user, struct winbind_account *out);
void winbind_account_clear(struct winbind_account *account);

struct winbind_machine {
    char *name;   /* NetBIOS name, without the dollar sign */
    char *domain; /* NetBIOS name */
    char *dns;    /* NULL: not a domain of Active Directory */
};
bool winbind_machine(struct winbind_machine *out);
void winbind_machine_clear(struct winbind_machine *machine);

#endif
