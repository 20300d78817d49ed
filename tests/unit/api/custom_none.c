/* A library that is no security package, though InitSecurityInterfaceW can be found behind it: it
 * calls libsspi.so, as programs do. */
#include <security.h>

int custom_none(void);

__attribute__((visibility("default"))) int custom_none(void)
{
    return InitSecurityInterfaceW() != NULL;
}
