# Everything here needs a Python 3.11 or newer with venv, and nothing else. The work is done by tests/tooling, all it makes
# lies in .work. For one step alone: make unit ARGS='-k store', make integration ARGS=grepr_token, make unit CORE=2.19

TARGETS := help test test-all demo simulator matrix bench lint unit integration proofs torture sanity docs-lint build clean

.DEFAULT_GOAL := help
.PHONY: $(TARGETS)
.NOTPARALLEL:

$(TARGETS):
	@sh tests/tooling/run $@ $(if $(CORE),--core $(CORE)) $(ARGS)
