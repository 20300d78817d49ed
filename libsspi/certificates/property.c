/*
 * The list of a certificate's properties.
 */
#include "libsspi/certificates/property.h"

#include <stdlib.h>

void property_free_all(struct property *list)
{
    while (list) {
        struct property *next = list->next;

        free(list);
        list = next;
    }
}
