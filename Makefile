# Two commands do everything on a fresh machine: `make train` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
CORPUS ?= germeval2014
STUDY ?= transfer
TEST_PROCESSES ?= 2
OUTPUTS ?= outputs
# not from the environment, where others use these names
LANGUAGE := en
SOURCE := records
PROJECT := eigennamen

.DEFAULT_GOAL := help
.PHONY: help setup train test test-fast check format data study studies tables thesis sync benchmarks lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

setup: .venv/installed ## make .venv with the pinned dependencies

train: setup ## the main job: weak labels train a classifier on the embedded corpus
	$(BIN)/python train.py +experiment=weak_labels

test: setup ## all tests; those on real corpora need EIGENNAMEN_DATA and skip without it
	$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) --dist loadfile

test-fast: setup ## the tests that take less than half a second each
	$(BIN)/python -m pytest -q -m 'not slow'

check: setup ## what CI checks besides the tests: format, lint, types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

format: setup ## format and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

data: setup ## fetch a public corpus: make data CORPUS=germeval2014
	$(BIN)/python -m eigennamen.corpora.download $(CORPUS)

study: setup ## do the missing runs of a study (STALE=1: and outdated ones; LOGGER=wandb tracks them), then its tables and figures
	$(BIN)/python -m eigennamen.studies experiments/$(STUDY) $(if $(LIST),--list) $(if $(STALE),--stale) $(if $(LOGGER),logger=$(LOGGER))

studies: setup ## how far every study is; the commands of what is left: make study STUDY=transfer LIST=1
	$(BIN)/python -m eigennamen.studies $(if $(LIST),--list) $(if $(STALE),--stale)

tables: setup ## write tables and figures of all studies anew (LANGUAGE=de); tables from W&B: SOURCE=wandb PROJECT=NAME
	$(BIN)/python -m eigennamen.studies --tables --language $(LANGUAGE) --source $(SOURCE) --project $(PROJECT)

sync: setup ## upload the runs that W&B tracked offline: make sync OUTPUTS=outputs
	$(BIN)/python -m eigennamen.wandb_sync $(OUTPUTS)

thesis: setup ## the thesis as PDF, filled from all records: make thesis LANGUAGE=de
	$(BIN)/python -m eigennamen.thesis --language $(LANGUAGE)

benchmarks: .venv-benchmarks/installed ## speed against the peers; they have an environment of their own
	.venv-benchmarks/bin/python -m benchmarks

.venv-benchmarks/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-benchmarks
	.venv-benchmarks/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[benchmarks]'
	touch $@

lock: ## write constraints.txt anew from the newest versions that pyproject.toml allows
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check $(shell sed -n 's/^torch==/torch==/p' constraints.txt)
	.venv-lock/bin/pip install --quiet --disable-pip-version-check --editable '.[dev,benchmarks]'
	( sed -n '/^#/p' constraints.txt; .venv-lock/bin/pip freeze --exclude-editable | sed 's/+cpu$$//' ) > constraints.new
	mv constraints.new constraints.txt && rm -rf .venv-lock

clean: ## remove environments and caches; outputs/ and data/ stay
	rm -rf .venv .venv-benchmarks .venv-lock .pytest_cache .mypy_cache .ruff_cache .hypothesis
