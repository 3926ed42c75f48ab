# Everything a person needs, by name. `make` alone lists it.

VENV ?= .venv
DATA ?= var
SEEDS ?= seeds
PYTHON ?= python3
TORCH_INDEX_URL ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# What a person asks reaches the program as it was typed: $(value) keeps make's hands off it, the environment the shell's.
override Q := $(value Q)
export Q
export HF_HUB_OFFLINE ?= 1
export VERBATIM_DATA := $(DATA)
export VERBATIM_SEEDS := $(SEEDS)

.DEFAULT_GOAL := help
.PHONY: help ask chat bot install index test test-all test-scale test-under-load check format bench bench-bot transcript lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

ask: $(DATA)/index/CURRENT ## answer one question: make ask Q="What did Blinken ask Russia to do?"
	@test -n "$$Q" || { echo 'make ask needs a question: make ask Q="What did Blinken ask Russia to do?"' >&2; exit 2; }
	@$(BIN)/python -m retrieval ask -- "$$Q"

chat: $(DATA)/index/CURRENT ## ask questions one after another
	@$(BIN)/python -m retrieval

bot: $(DATA)/index/CURRENT ## answer in Telegram; docs/running-the-bot.md says how to get a token
	@$(BIN)/python -m bot

install: $(BIN)/.runtime ## install what asking, building and the bot need

index: $(BIN)/.runtime ## bring the index up to date with the seeds
	@$(BIN)/python -m index build

# A file at a time, so that what its tests share is made once. Bytecode is kept, wherever else it is not: the tests start
# hundreds of processes, and to compile the program takes each of them longer than most of what it does.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q --numprocesses=auto --dist=loadfile --no-loadscope-reorder

test: $(BIN)/.dev ## run the tests, on every core
	@$(PYTEST)

test-all: $(BIN)/.dev ## run every test, those that need minutes too
	@$(PYTEST) -m "" --hypothesis-profile=default

test-scale: $(BIN)/.scale ## run the tests of Milvus, PostgreSQL and Ray, which start servers; SHORT=1 leaves out the long ones
	@$(PYTEST) $(if $(SHORT),,-m "") tests/scale
	@$(PYTEST) -k postgres tests/bot

test-under-load: $(BIN)/.dev ## run them again and again on a busy machine: tests/telegram 20 times, all 3 times
	@$(BIN)/python -m tests.under_load

check: $(BIN)/.dev ## lint, types, and which room imports which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(BIN)/.dev ## put the code into its standard form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(BIN)/.dev ## measure speed and memory; results are kept in benchmarks/results
	@$(BIN)/python -m benchmarks

bench-bot: $(BIN)/.dev ## measure the bot under load
	@$(BIN)/python -m tests.telegram.load

transcript: $(BIN)/.dev ## play the conversation of docs/ anew, and draw its pictures
	@$(BIN)/python -m tests.telegram.transcript
	@$(BIN)/python -m tests.bot.web

lock: $(BIN)/.dev ## pin what runs, as constraints.txt has it, with hashes in requirements/runtime.txt
	@$(PIP) -c constraints.txt uv
	@rm -f requirements/runtime.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" -c constraints.txt -o requirements/runtime.txt pyproject.toml requirements/runtime.in

clean: ## remove the virtual environment, the index and caches
	@rm -rf $(VENV) $(DATA) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Built on the first question only; `make index` brings it up to date.
$(DATA)/index/CURRENT: $(BIN)/.runtime
	@test -e $@ || $(BIN)/python -m index build
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Verbatim needs Python 3.11 or newer: install it (Debian, Ubuntu: apt install python3 python3-venv) or name it with make PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Verbatim needs Python 3.11 or newer, and $(PYTHON) is older: install a newer one and name it with make PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

# The whole of the lock and nothing else: pip resolves nothing, and takes no file whose hash is not there.
$(BIN)/.runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), once: 220 MB to download, 600 MB on disk ..."
	@$(PIP) --require-hashes --no-deps -r requirements/runtime.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# From the package index, torch for Linux on x86-64 comes with gigabytes of CUDA; TORCH_INDEX_URL names another index.
$(BIN)/.dev: $(BIN)/.runtime constraints.txt
	@echo "Installing torch and what else the tests need into $(VENV), once; this takes some minutes ..."
	@test -z "$(TORCH_INDEX_URL)" || $(PIP) -c constraints.txt --index-url "$(TORCH_INDEX_URL)" torch
	@$(PIP) -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@

$(BIN)/.scale: $(BIN)/.dev
	@echo "Installing the clients of Milvus, PostgreSQL and Ray, and a small Milvus, into $(VENV), once ..."
	@$(PIP) -c constraints.txt --no-build-isolation -e '.[scale]'
	@touch $@
