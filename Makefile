# Aviso. `make help` lists the commands.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 4566
DOCS_PORT ?= 8000
BIN := .venv/bin
SITE := .tools/docs/bin/sphinx-build -q -E -b html -c docs -n -W --keep-going . build/site
AGENCY_IS = $(if $(AGENCY),--agency $(AGENCY))
export SAM_CLI_TELEMETRY := 0
# Python keeps its bytecode, even where an image says otherwise: a test run starts hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help
help: ## List all commands
	@echo "Aviso: a victim information portal. Start with 'make run'. Operate one with ./aviso --help."; echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Download the tools (every other command does this first)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "setup:" \
	  "'$(PYTHON)' is not Python 3.11 or newer. Install one, or name it: make PYTHON=python3.13 ..." >&2; exit 1; }
	@$(PYTHON) -m infra.local.bootstrap $(if $(filter setup test pictures,$(MAKECMDGOALS)),--browser)

# --------------------------------------------------------------------------- on this laptop
# PORT=4566; AGENCY=<yaml> FEED=<folder>: yours, in trial mode; GUESTS=a,b get messages.
.PHONY: run
run: setup ## Run the whole portal on local AWS until Ctrl-C (PORT= AGENCY= FEED= GUESTS=)
	@exec $(BIN)/python -m infra.local.run --port $(PORT) $(AGENCY_IS) $(if $(FEED),--feed "$(FEED)") \
	  $(if $(GUESTS),--guests "$(GUESTS)")

.PHONY: demo
demo: setup ## Play the whole story: find, verify, enroll, arrest, text and email
	@exec $(BIN)/python -m infra.local.demo

# ----------------------------------------------------------------------------------- checks
.PHONY: check
check: setup ## Check style, types, imports, templates, settings, English and documents
	@$(MAKE) -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(CHECKS)

# Two at a time, and after the style, which most often fails, the longest first.
CHECKS := $(addprefix check-,style types aws documents english messages settings imports)
.PHONY: $(CHECKS)
check-style:
	@echo "== style"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
check-types:
	@echo "== types"; $(BIN)/mypy layers/aviso/aviso functions infra tests benchmarks
check-aws:
	@echo "== AWS"; $(BIN)/cfn-lint -r us-west-2 us-east-1 us-gov-west-1 -- template.yaml infra/stacks/*.yaml
	@$(BIN)/python -m tests.permissions.state_machine
	@.tools/sam/bin/sam validate --region us-west-2
	@.tools/checkov/bin/checkov --config-file infra/local/checkov.yaml $(addprefix --file ,template.yaml $(wildcard infra/stacks/*.yaml))
check-documents:
	@echo "== documents"; $(SITE)
check-english:
	@echo "== English"; $(BIN)/python -m infra.documents.english
check-messages:
	@echo "== messages"; $(BIN)/python -m infra.message_checks
check-settings:
	@echo "== settings, strings and templates"
	@$(BIN)/python -m infra.compiler --agency infra/agency/sample.yaml --templates templates --out build/checked
check-imports:
	@echo "== imports"; $(BIN)/lint-imports

.PHONY: docs
docs: setup ## Build the documentation site and show it until Ctrl-C (DOCS_PORT=8000)
	@$(SITE)
	@echo "docs: http://127.0.0.1:$(DOCS_PORT)/"
	@exec $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site $(DOCS_PORT)

.PHONY: pages
pages: setup ## Compare each page with its budget, and validate its HTML
	@$(BIN)/python -m tests.performance.page_budgets

.PHONY: pictures
pictures: setup ## Take the pictures of README and desk handbook, with made-up people
	@$(BIN)/python -m tests.pictures

.PHONY: lighthouse
lighthouse: setup ## Score the pages with Lighthouse and pa11y, validate HTML
	@$(BIN)/python -m tests.performance.lighthouse

.PHONY: test
test: setup ## Run all tests, then judge permissions
	@exec $(BIN)/python -m tests

# benchmarks/__main__.py lists what ONLY= may name.
.PHONY: bench
bench: setup ## Measure cold starts, warm requests, calls and throughput (ONLY=)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

.PHONY: second-engine
second-engine: setup ## Play parts of the template on LocalStack and moto, without Docker
	@$(BIN)/python -m tests.second_engine

# SABOTAGE=lose|twice|keep|unsaid|name|alone|suspect fails.
.PHONY: chaos
chaos: setup ## Inject faults, compare with a model (SEEDS= CASES= JOBS= SABOTAGE=)
	@$(BIN)/python -m tests.chaos $(if $(SEEDS),--seeds $(SEEDS)) $(if $(CASES),--cases $(CASES)) \
	  $(if $(JOBS),--jobs $(JOBS)) --sabotage "$(SABOTAGE)"

# SEEDS=1-50, DUTIES=100000 or MINUTES=60; CASES= of a seed; JOBS=2; SABOTAGE=all must be noticed.
.PHONY: storm
storm: setup ## Live through bad days in memory (SEEDS= DUTIES= MINUTES= SABOTAGE=)
	@$(BIN)/python -m tests.storm $(if $(SEEDS),--seeds $(SEEDS)) $(if $(DUTIES),--duties $(DUTIES)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(CASES),--cases $(CASES)) $(if $(JOBS),--jobs $(JOBS)) \
	  --sabotage "$(SABOTAGE)"

# ARRESTS=5000 VISITORS=500; SABOTAGE=forget|tell fails.
.PHONY: bad-day
bad-day: setup ## Play a morning on which AWS refuses calls (ARRESTS= VISITORS= MINUTES=)
	@$(BIN)/python -m tests.bad_day $(if $(ARRESTS),--arrests $(ARRESTS)) $(if $(VISITORS),--visitors $(VISITORS)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) --sabotage "$(SABOTAGE)"

.PHONY: mutants
mutants: setup ## Put 300 faults into the product; write which test notices (hours)
	@$(BIN)/python -m tests.mutants $(if $(JOBS),--jobs $(JOBS))

.PHONY: simulate
simulate: setup ## Simulate half a year of a city, compare the dashboard (TOLD=1 PLANS=1 ON_PAGE=yes)
	@$(BIN)/python -m tests.simulation $(if $(SCALE),--scale $(SCALE)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(TOLD),--told $(TOLD)) $(if $(PLANS),--plans $(PLANS)) $(if $(ON_PAGE),--on-page) --sabotage "$(SABOTAGE)"

.PHONY: unit
unit: setup ## Run the tests of rules and values, in about half a minute
	@$(BIN)/pytest -n 2 -q tests/unit

# ----------------------------------------------------------------------- in an AWS account
.PHONY: cost
cost: setup ## Estimate the cost of a month from calls and bytes counted in a run
	@$(BIN)/python -m infra.cost

# DRY=1 changes nothing.
.PHONY: deploy
deploy: setup ## Check an AWS account, deploy to it (AGENCY=police.yaml DRY=1)
	@./aviso deploy $(AGENCY_IS) $(if $(DRY),--dry-run)

# ------------------------------------------------------------------------------- upkeep
.PHONY: format
format: setup ## Format the code in the project's style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: pins
pins: setup ## Pin every requirement again, with hashes and without index addresses
	@infra/local/pin_requirements.sh

.PHONY: new-version
new-version: setup ## Write a version and its date, print the next steps (VERSION=1.2.0)
	@$(BIN)/python -m infra.documents.new_version "$(VERSION)" --dry-run
	@$(MAKE) check
	@$(BIN)/python -m infra.documents.new_version "$(VERSION)"

.PHONY: clean
clean: ## Delete what was built (the downloaded tools stay)
	@rm -rf build .aws-sam
