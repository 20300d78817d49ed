/* A folder of a test's own, with orders for the fake mpnotify and what it wrote down. */
#ifndef CREDMGR_TEST_ORDERS_H
#define CREDMGR_TEST_ORDERS_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the folder; the path of the orders, to be given as config=. */
const char *orders_open(void);
/* Removes the folder and everything in it. */
void orders_close(void);
/* Gives these orders ("VERB BEHAVIOUR\n…") and forgets what was written down. */
void orders_give(const char *orders);
/* What mpnotify wrote down since, a line a call. */
const char *orders_log(void);
/* How many staged records there are. */
size_t orders_records(void);

/* How the process is: descriptors open; whether it has a child, dead or alive. */
size_t count_descriptors(void);
bool has_children(void);

#endif
