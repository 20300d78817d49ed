/*
 * Whether a credential manager can be loaded, and exports what it is to be called by.
 */
#ifndef CREDMGR_TOOLS_CHECK_MANAGER_H
#define CREDMGR_TOOLS_CHECK_MANAGER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Loads `path`, which must be trusted (base/trust.h), in a process of its own that ends after a
 * few seconds, whatever the manager's constructors do. It must export NPGetCaps, and NPLogonNotify
 * or, for `password_change`, NPPasswordChangeNotify. False with *what and *remedy (`room` bytes
 * each).
 */
bool check_manager_exports(const char *path, bool password_change, char *what, char *remedy,
                           size_t room);

#endif
