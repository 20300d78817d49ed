# shellcheck shell=bash
# The LSA and its files.
