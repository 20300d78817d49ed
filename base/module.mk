# The ground floor: no policy, no knowledge of packages or PAM.
base_SRCS := $(wildcard base/*.c)
$(BUILD)/lib/libbase.a: $(base_SRCS:%.c=$(BUILD)/obj/%.o)
base_LIBS := $(BUILD)/lib/libbase.a $(keyutils_LIBS) $(unistring_LIBS) $(inih_LIBS)
