# One folder a comparison. Each program or script prints lines of five columns separated by tabs:
#   what, our figure, the peer's figure, the ratio, the target
# and exits 0 unless it could not measure; `make bench` (in the top Makefile, when all modules have named theirs) puts them into
# one table. A ratio is never a test.
BENCH_PROGRAMS :=
BENCH_SCRIPTS  :=
