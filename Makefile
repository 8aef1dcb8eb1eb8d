# make demo and make test are all that a first look needs; make help lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?=
VENV ?= $(if $(PYTHON),.venv-$(notdir $(PYTHON)),.venv)
BIN := $(VENV)/bin
CODE := calibration digitizer webapp tests docs

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types imports lock docs score picture reliability bench clean

help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'
	@echo "With PYTHON=python3.12 any of them runs in an environment of its own."

setup: $(VENV)/.ready ## make .venv with pinned packages, install Tesseract

$(VENV)/.ready: requirements.lock pyproject.toml .ci/setup
	@.ci/setup $(VENV) "$(PYTHON)"
	@touch $@

$(VENV)/.browser: $(VENV)/.ready
	@.ci/setup $(VENV) "$(PYTHON)" --browser
	@touch $@

demo: setup ## start a server, play the sample photos to it, print its address
	@$(BIN)/boardcast demo

test: $(VENV)/.browser ## run the tests, two at a time
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: format lint types imports test ## all that CI asks: format, lint, types, import direction, tests

format: setup
	@$(BIN)/ruff format --check --quiet $(CODE) || { $(BIN)/ruff format --check $(CODE); echo 'Run: ruff format'; exit 1; }

lint: setup
	@$(BIN)/ruff check --quiet $(CODE)

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports --no-cache | tail -n 4

lock: setup ## write requirements.lock anew from what is installed
	@{ echo '# Every package at its version, made by "make lock". Python 3.11 to 3.13.'; \
	   $(BIN)/python -m pip --disable-pip-version-check freeze --all --exclude-editable --exclude pip; } > requirements.lock

docs: setup ## write docs/commands.md anew from the commands' help
	@$(BIN)/python docs/commands.py

score: setup ## hold readings of samples/ against their truth, next to the stock engines
	@$(BIN)/boardcast score samples --versus tesseract,rapidocr

picture: setup ## draw the pictures of the README and the guides
	@$(BIN)/python docs/pictures/readme.py
	@$(BIN)/python docs/pictures/kit.py
	@$(BIN)/python docs/pictures/setup.py
	@$(BIN)/python docs/pictures/topic.py

reliability: setup ## draw docs/pictures/reliability.svg: how far the reader's probabilities can be trusted
	@$(BIN)/python docs/pictures/reliability.py

bench: setup ## time one photo, and the reading of its cards alone, against stock RapidOCR in the same run; boards in pieces
	@$(BIN)/python docs/benchmarks/bench_speed.py
	@$(BIN)/python docs/benchmarks/bench_reading.py
	@$(BIN)/python docs/benchmarks/bench_pieces.py

clean: ## remove environments and caches
	@rm -rf .venv .venv-* .*_cache *.egg-info build
