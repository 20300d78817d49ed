# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The LSA and its files.

LSA_USER=lsa
