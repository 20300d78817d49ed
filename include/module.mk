PUBLIC_HEADERS := $(wildcard include/*.h)
