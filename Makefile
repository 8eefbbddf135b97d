# `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup quickstart serve schedule pull test test-slow browser docs check clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## make the environment in .venv

.venv/.ready: pyproject.toml constraints.txt sparring/checker/_reader.c
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

quickstart: setup ## prepare data and weights, play the baseline and every round of params.yaml, cut to 20 minutes where they take longer; MINUTES=30: to a time, MINUTES=whole: never
	$(if $(filter whole,$(MINUTES)),,$(BIN)/sparring profile quickstart $(if $(MINUTES),--minutes $(MINUTES),--at-most 20))
	$(BIN)/python -m flows.training

serve: setup ## start Prefect's server, a worker and MLflow's server on loopback; Ctrl-C ends all
	$(BIN)/python -m flows.serve

schedule: setup ## register the deployments of prefect.yaml with the servers of `make serve`
	$(BIN)/python -m flows.serve --schedule

pull: setup ## on another machine: data sets by dvc pull, adapters from MLflow, so that nothing is stale
	$(BIN)/python -m flows.pull

test: setup ## run the tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m "not slow and not network and not gpu"

test-slow: setup ## run the slow tests, or those of one file: SLOW=tests/flows/test_workers.py
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m "slow and not network and not gpu" $(SLOW)

browser: setup ## install what the report's browser tests need: playwright and a headless Chromium
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'playwright>=1.50'
	command -v chromium || $(BIN)/python -m playwright install --with-deps chromium

docs: setup ## build the documentation's site into site/; the first warning fails
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

check: setup ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove half-done work (finished rounds stay)
	rm -rf .work
