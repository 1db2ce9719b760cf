# Everything there is to do with this tree. `make help` lists it; CONTRIBUTING.md explains.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The tools of .venv come first, among them the Node.js that tools/node may have put there.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

python := .venv/bin/python
node_directories := tools/pyright $(patsubst %/package-lock.json,%,$(wildcard tests/*/package-lock.json))
node_packages := $(addsuffix /node_modules/.installed,$(node_directories))

##@ Run it

.PHONY: up
up: .venv/.runtime  ## set up what is missing and run the system; ARGS="--port 9000" passes options on
	@exec .venv/bin/opentill up $(ARGS)

##@ Work on it

.PHONY: test
test: .venv/.dev postgresql chromium $(node_packages)  ## run all tests; T=tests/store runs a part, ARGS="-k capture" passes options on
	@$(python) -m pytest $(if $(T),,--numprocesses 3 --dist loadfile) $(T) $(ARGS)

.PHONY: check
check: .venv/.dev tools/pyright/node_modules/.installed tests/terminal_js/node_modules/.installed  ## format, lint, types (strict) and import rules
	@echo "ruff format --check"; $(python) -m ruff format --check .
	@echo "ruff check"; $(python) -m ruff check .
	@echo "pyright"; tools/pyright/node_modules/.bin/pyright
	@echo "tsc"; tests/terminal_js/node_modules/.bin/tsc --project tests/terminal_js/types
	@echo "import rules"; $(python) -m pytest --quiet tests/test_imports.py

.PHONY: format
format: .venv/.dev  ## format the code and mend what the linter can mend
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

.PHONY: images
images: .venv/.dev chromium  ## take the screenshots of docs/reader-screens.md again
	@$(python) -m tests.web.screenshots

.PHONY: lock
lock: .venv/.dev node  ## bring the lock files in line with pyproject.toml; UPGRADE=1 takes the newest versions
	@tools/lock $(if $(UPGRADE),--upgrade)

##@ Slow: not part of the tests

.PHONY: bench
bench: .venv/.dev postgresql  ## measure against the bare server and localstripe, and readers; ARGS="--readers" those alone
	@$(python) -m bench $(ARGS)

.PHONY: fuzz
fuzz: export OPENTILL_TEST_EFFORT ?= 50
fuzz: .venv/.dev postgresql $(node_packages)  ## the tests that throw generated input at the API, 50 times as long
	@$(python) -m pytest -m fuzz $(T) $(ARGS)

.PHONY: soak
soak: export OPENTILL_TEST_EFFORT ?= 50
soak: .venv/.dev postgresql $(node_packages)  ## the tests that kill, flood and cut the system, 50 times as long
	@$(python) -m pytest -m soak $(T) $(ARGS)

##@ Other

.PHONY: clean
clean:  ## remove everything that make has made: .venv, Node packages, caches
	rm -rf .venv dist .pytest_cache .ruff_cache .hypothesis $(addsuffix /node_modules,$(node_directories))
	find src tests -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help
help:  ## this list
	@awk 'BEGIN { FS = ":.*  ## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z]+:.*  ## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

# What the targets above stand on. A stamp file is newer than the lock it was made from, or it is made again.

.venv/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml tools/python-environment
	@tools/python-environment runtime

.venv/.dev: requirements/build.txt requirements/runtime.txt requirements/dev.txt pyproject.toml tools/python-environment
	@tools/python-environment dev

.PHONY: chromium node postgresql
node: .venv/.dev
	@tools/node

postgresql:
	@tools/postgresql

chromium:
	@tools/chromium

%/node_modules/.installed: %/package-lock.json %/package.json | node
	@echo "Installing the Node packages of $*."
	@npm ci --prefix $* --ignore-scripts --no-audit --no-fund --silent
	@touch $@
