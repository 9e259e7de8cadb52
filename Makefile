# Every target runs in .venv, which is set up first and again whenever the lock changes.
#
#   make certify CLIENT=path/to/build      make test ARGS="-k upload"      make rehearse CANDIDATES=200

PYTHON ?= python3.11
CLIENT ?= clients/web
EXAM ?= heshan-2022
CANDIDATES ?= 50
FORECAST ?= 10000
BENCHMARKS ?= $(basename $(notdir $(wildcard benchmarks/*.py)))
ARGS ?=
UV ?= $(firstword $(wildcard .venv/bin/uv) uv)

BIN := .venv/bin
VIVA := $(BIN)/viva
READY := .venv/ready

.DEFAULT_GOAL := venv
.DELETE_ON_ERROR:
.PHONY: venv certify test lint serve rehearse forecast faulty bench lock clean

venv: $(READY)

$(READY): requirements.lock pyproject.toml scripts/setup-venv
	@scripts/setup-venv $(PYTHON) .venv
	@touch $@

certify: $(READY) ## both tracks of the interview, at scaled speed, against CLIENT
	@scripts/setup-browser $(CLIENT)
	$(VIVA) certify $(CLIENT) $(ARGS)

test: $(READY) ## the tests
	$(BIN)/pytest $(ARGS)

lint: $(READY) ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(READY) ## the exam service, to write a client against
	$(VIVA) serve $(ARGS)

rehearse: $(READY) ## the exam day as load, CANDIDATES of them, against the bundled service
	$(VIVA) rehearse $(EXAM) --candidates $(CANDIDATES) $(ARGS)

forecast: $(READY) ## the exam day as a simulation, FORECAST candidates
	$(VIVA) forecast $(EXAM) --candidates $(FORECAST) $(ARGS)

faulty: $(READY) ## every faulty client against the suite: each has to be caught
	$(VIVA) faulty $(ARGS)

bench: $(READY) ## BENCHMARKS, each beside its peer
	set -e; for each in $(BENCHMARKS); do echo "== $$each"; $(BIN)/python -m "benchmarks.$$each"; done

lock: ## pin what pyproject.toml names, with hashes (needs uv)
	$(UV) pip compile pyproject.toml --quiet --extra dev --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 --output-file requirements.lock

clean: ## everything that was made, runs included
	rm -rf .venv *.egg-info build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache reports/runs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
