# Every target sets up what it needs; nothing is installed outside .venv and the gate's own cache.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.stamp
# A lock names everything there is to install; without --no-deps pip takes a pin with extras for none.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help demo test soak lint bench docs lock clean opa

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(STAMP)-runtime: locks/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r locks/runtime.txt
	@$(PY) -m compileall -q gate
	@$(PY) -c 'from gate.decode.hcl.parser import prepare; prepare()'
	@touch $@

$(STAMP)-dev: locks/dev.txt | $(STAMP)-runtime
	@$(PIP) -r locks/dev.txt
	@touch $@

demo: $(STAMP)-runtime ## Judge a bundled pull request with the embedded engine
	@$(PY) -m gate check fixtures/pulls/agent-widens-ci-role --engine embedded \
	  --ledger $(VENV)/demo-ledger.jsonl; code=$$?; \
	echo "(exit code $$code; 1 means: this pull request may not go in as it is)"; \
	test $$code -eq 1

opa: $(STAMP)-runtime ## Install the pinned OPA into the gate's cache, if no accepted one is there
	@$(PY) -m gate opa path >/dev/null 2>&1 || $(PY) -m gate opa install

test: $(STAMP)-dev ## Run every test on every engine
	@$(MAKE) --no-print-directory opa || { \
	  echo "OPA cannot be had here: the tests that need it will not run."; \
	  $(PY) -m pytest -n auto -m "not opa"; \
	  test -z "$$CI"; exit $$?; }
	@$(PY) -m pytest -n auto

soak: $(STAMP)-dev ## Kill 1,000 writers, write 10,000 entries, race for limits: per engine, an hour
	@GATE_SOAK=1 $(PY) -m pytest -n 0 -v --durations=0 -k "kill_at_any_point or writers_at_once or race" \
	  tests/store/conformance tests/enquire tests/record

lint: $(STAMP)-dev opa ## Lint, types, import contracts, docstrings, Rego, workflows
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/interrogate gate
	@opa="$$($(PY) -m gate opa path)"; \
	"$$opa" fmt --fail --list rego && \
	"$$opa" check --strict rego/gate.rego rego/lib rego/rules && \
	"$$opa" test rego/gate.rego rego/lib rego/rules gate.tables:rego/data
	@$(VENV)/bin/zizmor --offline --no-progress -q --persona=pedantic action.yml .github docs/examples

bench: $(STAMP)-dev opa ## Measure, side by side with the peers that can be had here
	@$(PY) -m compileall -q gate
	@PYTHONPATH=tests:. $(PY) -m bench

docs: $(STAMP)-dev opa ## Write the outputs and schemas in the documents again
	@$(PY) -m gate.schema.publish
	@PYTHONPATH=tests:. $(PY) -m report.golden
	@PYTHONPATH=tests:. $(PY) -m docs.blocks

lock: $(STAMP)-dev ## Make the hash-pinned locks again
	@$(PY) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras pyproject.toml -o locks/runtime.txt
	@$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra postgres pyproject.toml -o locks/postgres.txt
	@$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra dev pyproject.toml -o locks/dev.txt

clean: ## Remove what the targets made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
