# Each target is a line over the `sifang` command or a tool. `make up` and `make test` need git, make and Python 3.11 or newer.
#   make up ARGS="p2p --port-base 9000"      make test ARGS="tests/finance -k schedule"      make PYTHON=python3.12 up

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help up test long check bench faults openapi

help: ## list of targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

up: $(VENV)/installed ## start the whole suite and stay until Ctrl-C
	@$(BIN)/sifang up $(ARGS)

test: $(VENV)/installed-dev ## all tests but the long ones, on an embedded PostgreSQL of their own
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not long" $(ARGS)

long: $(VENV)/installed-dev ## tests that kill and starve the ledger, and benchmarks on a small scale: one after another, some minutes
	@$(BIN)/pytest -m long $(ARGS)

check: $(VENV)/installed-dev ## style, types, layers of imports, published contracts, compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sifang openapi --check
	$(BIN)/python -m suite.client_shapes --check
	$(BIN)/python -m suite.figures_page --check
	$(BIN)/pytest -q tests/architecture

bench: $(VENV)/installed ## benchmarks: a table and one JSON line for each
	@$(BIN)/python -m benchmarks $(ARGS)

faults: $(VENV)/installed-dev ## kill -9 under load: the ledger a hundred times, then every part of the suite amid a story
	@$(BIN)/python -m tests.faults.ledger $(ARGS)
	@$(BIN)/python -m tests.faults

openapi: $(VENV)/installed-dev ## write published contracts, clients' shapes and docs/figures.md from the code
	$(BIN)/sifang openapi
	$(BIN)/python -m suite.client_shapes
	$(BIN)/python -m suite.figures_page

# The locks name hashes and no address. A changed lock is installed before anything else is done.
$(VENV)/installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing the locked requirements into $(VENV) (once, about a minute)"
	@$(PIP) install --quiet --require-hashes -r requirements.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing the locked development requirements into $(VENV) (once, about a minute)"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: Python 3.11 or newer is needed, this is %d.%d: make PYTHON=python3.12 … names another" % sys.version_info[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: this Python has no venv module: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
