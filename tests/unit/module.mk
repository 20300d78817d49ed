# Behind the sources and the libraries of a unit test in which memory runs out; see tests/unit/no_memory.h.
no_memory_SRC  := tests/unit/no_memory.c
no_memory_LIBS := -Wl$(comma)--wrap=malloc -Wl$(comma)--wrap=calloc -lcrypto
