/* A library that is no security package, though one can find InitSecurityInterfaceW behind it. */
int custom_none(void);

__attribute__((visibility("default"))) int custom_none(void)
{
    return 0;
}
