# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The other ends: programs that are not ours, and the small ones of tests/programs that speak with them.
