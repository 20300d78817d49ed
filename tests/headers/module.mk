CHECK_TAP += tests/headers/layout.t tests/headers/compile.t tests/headers/windows-source.t

# Our headers against mingw-w64's: every constant and every structure.
.PHONY: check-headers
check-headers:
	prove tests/headers/layout.t tests/headers/compile.t tests/headers/windows-source.t
