# Everything a contributor runs. `make demo` and `make test` need Python 3.11 or newer, git and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LOCK := requirements-dev.lock
SOURCES := verifier tests testdata benchmarks

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types imports docs testdata bench interop e2e-kubernetes lock clean

help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.installed ## Create the virtual environment from the lock

$(VENV)/.installed: $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=")'
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --require-hashes -r $(LOCK) && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCK) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ; \
	fi
	@touch $@

demo: setup ## Verify the embedded image, offline
	$(BIN)/verify oci:testdata/layouts/demo --policy sample --trusted-root testdata/trusted_root.json --offline

test: setup ## Run the tests
	$(BIN)/python -m pytest -n 2

check: format lint types imports test ## Everything that must hold before a change lands

format: setup
	$(BIN)/ruff format --check $(SOURCES)

lint: setup
	$(BIN)/ruff check $(SOURCES)

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports --no-cache

docs: setup ## Write what the documented commands print, and the pages made from the code
	$(BIN)/python -m tests.documented

testdata: setup ## Make the test data again
	$(BIN)/python -m testdata.build

bench: setup ## Measure, and print the figures of docs/performance.md
	$(BIN)/python -m benchmarks

interop: setup ## Check against cosign, built from its Go module (needs Go)
	$(BIN)/python -m tests.interop

e2e-kubernetes: setup ## Check against a Kubernetes API server, built from its Go module (needs Go and etcd)
	$(BIN)/python -m tests.e2e_kubernetes

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  pyproject.toml --group dev --output-file $(LOCK)

clean: ## Remove what the targets above made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
