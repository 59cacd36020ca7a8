# The sessions of noxfile.py, run by a nox of its own in .work. All that is required is a Python 3.11 or newer with venv.
# Examples: make unit ARGS='-k store', make integration ARGS=grepr_token, make e2e CORE=2.19 V=1

SESSIONS := test test-all matrix lint docs-lint unit e2e stress integration sanity package build demo simulator bench
NOX := sh tests/nox_support/run

.DEFAULT_GOAL := help
.PHONY: help clean proofs torture $(SESSIONS)
.NOTPARALLEL:

$(SESSIONS):
	@CORE='$(CORE)' V='$(V)' $(NOX) --session $@ -- $(ARGS)

# The former names.
proofs: e2e
torture: stress

help:
	@$(NOX) --list

# A checkout with a blank in its path has a link to .work in the directory of temporary files.
clean:
	@find "$${TMPDIR:-/tmp}" -maxdepth 1 -name 'greyops-rest-*' -lname '$(CURDIR)/.work' -delete
	rm -rf .work dist
