# One folder a target: fuzz/NAME/*.c and its seeds in fuzz/NAME/corpus/. `make check` runs each for a fixed
# number of inputs; `make fuzz` for FUZZ_SECONDS each.
FUZZ_SECONDS ?= 60
FUZZ_RUNS    ?= 20000
CHECK_TAP    += fuzz/run.t
