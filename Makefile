# Each target sets itself up: all it needs is Python 3.11 or newer (with venv and pip) and make.
# PYTHON=python3.12 make test chooses another Python.

SHELL := /bin/sh
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
.DEFAULT_GOAL := help
.PHONY: help demo test bench transcripts clean

help:
	@echo "make demo         a workspace in ./demo: import, score, route, reports"
	@echo "make test         lint, types, layers and tests"
	@echo "make bench        speed and memory with a million leads, beside other tools"
	@echo "make transcripts  real output into README.md and docs/"
	@echo "make clean        remove what these made"

# The stamps are newer than pyproject.toml when what it names is installed.
.venv/made:
	@test -n "$(PYTHON)" || { echo "leadctl needs Python 3.11 or newer: PYTHON=/path/to/python3 make ..."; exit 1; }
	@echo "making .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made pyproject.toml
	@echo "installing leadctl"
	@$(PIP) install -e .
	@touch $@

.venv/dev: .venv/installed
	@echo "installing what the tests need"
	@$(PIP) install -e '.[dev]'
	@touch $@

.venv/bench: .venv/installed
	@echo "installing what the benchmarks need"
	@$(PIP) install -e '.[dev,bench]'
	@touch $@

demo: .venv/installed
	@rm -rf demo
	@$(BIN)/leadctl demo demo

test: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2

bench: .venv/bench
	$(BIN)/python benchmarks/run.py

transcripts: .venv/dev
	$(BIN)/python tests/docs/test_transcripts.py

clean:
	rm -rf .venv demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
