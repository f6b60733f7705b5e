# Aviso. `make help` says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 4566
BIN := .venv/bin
AGENCY_IS = $(if $(AGENCY),--agency $(AGENCY))
export SAM_CLI_TELEMETRY := 0
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help
help: ## Say what there is
	@echo "Aviso: a victim information portal. Start with 'make run'."; echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Fetch the tools into .venv and .tools (all others do this first)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "setup:" \
	  "'$(PYTHON)' is no Python 3.11 or newer. Install one, or name it: make PYTHON=python3.13 ..." >&2; exit 1; }
	@$(PYTHON) -m infra.local.bootstrap $(if $(filter setup test pictures,$(MAKECMDGOALS)),--browser)

# --------------------------------------------------------------------------- on this laptop
.PHONY: run
run: setup ## Run the whole portal on local AWS until Ctrl-C (PORT=4566)
	@exec $(BIN)/python -m infra.local.run --port $(PORT)

.PHONY: demo
demo: setup ## Play the story over HTTP: find, verify, enroll, arrest, text and email
	@exec $(BIN)/python -m infra.local.demo

.PHONY: held
held: setup ## List what waits for a person: held notices with their reason
	@$(BIN)/python -m infra.ops $(AGENCY_IS) held

.PHONY: release
release: setup ## Release a held notice: make release NOTICE=<id> REASON=<as 'make held' shows it> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) release "$(NOTICE)" --reason "$(REASON)" --by "$(or $(BY),$(USER),operator)"

.PHONY: switch
switch: setup ## Show or turn switches: KILL=on|off TRIAL=on|off GUESTS=a,b BRAKE=release
	@$(BIN)/python -m infra.ops $(AGENCY_IS) switch --kill "$(KILL)" --trial "$(TRIAL)" \
	  --guests "$(GUESTS)" --brake "$(BRAKE)" --by "$(or $(BY),$(USER),operator)"

.PHONY: unlock
unlock: setup ## Open a locked account of the desk again: make unlock ACCOUNT=<name> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) unlock "$(ACCOUNT)" --by "$(or $(BY),$(USER),operator)"

.PHONY: trail
trail: setup ## Hold the audit trail against its locked copy; exit 1 if a row differs: DAY=2026-11-01..2026-11-24
	@$(BIN)/python -m infra.ops $(AGENCY_IS) trail "$(DAY)"

.PHONY: maintenance
maintenance: setup ## Close the portal for a page that says so, or open it: ON=on|off BY=<your name> (none: show)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) maintenance --on "$(ON)" \
	  --by "$(or $(BY),$(USER),operator)"

.PHONY: letters
letters: setup ## Print the queued letters into one PDF: OUT=<folder> fetches it, RUN=<id> again; BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) letters --by "$(or $(BY),$(USER),operator)" \
	  --run "$(RUN)" --out "$(OUT)"

.PHONY: card
card: setup ## Print a card with a code for the officer's folder: make card CASE=<number> (VICTIM=<id>) BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) card "$(CASE)" --victim "$(VICTIM)" --by "$(or $(BY),$(USER),operator)"

.PHONY: mailed
mailed: setup ## Say that a run's letters were posted: make mailed RUN=<id> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) mailed --by "$(or $(BY),$(USER),operator)" "$(RUN)"

.PHONY: returned
returned: setup ## Say that the post brought a letter back: make returned NOTICE=<id of its manifest> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) returned --by "$(or $(BY),$(USER),operator)" \
	  "$(NOTICE)"

.PHONY: replay
replay: setup ## Who would be told what under changed settings: SETTINGS=<yaml> FEED=<folder>
	@$(BIN)/python -m infra.replay --settings "$(SETTINGS)" --feed "$(FEED)" $(if $(NAMES),--names)

.PHONY: recount
recount: setup ## Hold every counter against the rows it counts; exit 1 if one differs (REBUILD=1)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) recount $(if $(REBUILD),--rebuild)

.PHONY: redrive
redrive: setup ## Have what functions gave up on go its way, once the cause is mended (DONE=<time>: runbook, DeadLetters)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) redrive $(if $(DONE),--done "$(DONE)")

.PHONY: drill
drill: setup ## Restore every table to its latest point in time beside itself, compare, delete again
	@$(BIN)/python -m infra.ops $(AGENCY_IS) drill

# ----------------------------------------------------------------------------------- checks
.PHONY: check
check: setup ## Check style, types, imports, templates and settings
	@echo "== style";     $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== types";     $(BIN)/mypy layers/aviso/aviso functions infra tests benchmarks
	@echo "== imports";   $(BIN)/lint-imports
	@echo "== AWS";       $(BIN)/cfn-lint -r us-west-2 us-east-1 us-gov-west-1 -- template.yaml infra/stacks/*.yaml
	@$(BIN)/python -m tests.permissions.state_machine
	@.tools/sam/bin/sam validate --region us-west-2
	@.tools/checkov/bin/checkov --config-file infra/local/checkov.yaml $(addprefix --file ,template.yaml $(wildcard infra/stacks/*.yaml))
	@echo "== settings, strings and templates"
	@$(BIN)/python -m infra.compiler --agency infra/agency/sample.yaml --templates templates --out build/checked
	@echo "== messages";  $(BIN)/python -m infra.message_checks

.PHONY: preview
preview: setup ## Show every text, email and letter in build/preview/index.html
	@$(BIN)/python -m infra.message_checks.preview

.PHONY: pages
pages: setup ## Bytes on the wire and calls to AWS of each page, against their budgets
	@$(BIN)/python -m tests.performance.page_budgets

.PHONY: pictures
pictures: setup ## Take the README's pictures of dashboard, desk and survey, with made-up people
	@$(BIN)/python -m tests.simulation.screenshots

.PHONY: refusals
refusals: setup ## Whether the time of a refusal tells its reason: medians and a permutation test
	@$(BIN)/python -m tests.performance.refusal_timing

.PHONY: latency
latency: setup ## From an arrest in S3 to the text's hand-over: each step's median and p99 (CASES=200)
	@$(BIN)/python -m benchmarks.latency $(if $(CASES),--cases $(CASES))

.PHONY: test
test: setup ## Run all tests: unit, integration, contracts, then local AWS and the browser
	@$(BIN)/pytest -n 2 tests/unit tests/integration tests/contracts
	@started=$$(date +%s); $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder \
	  tests/e2e tests/browser; \
	  $(BIN)/python -m tests.permissions.least_privilege --since $$started; \
	  $(BIN)/python -m tests.permissions.recorded_calls --since $$started

.PHONY: bench
bench: setup ## Cold starts, warm requests, calls and throughput, beside what else people use
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

.PHONY: wire
wire: setup ## What each call to AWS sends, beside botocore as it comes: by region, with and without FIPS
	@$(BIN)/python -m tests.wire

.PHONY: instructions
instructions: setup ## Instructions of the hot paths against the baseline (BASELINE=1 agrees to them)
	@PYTHONHASHSEED=0 $(BIN)/python -m benchmarks.instructions $(if $(BASELINE),--baseline)

.PHONY: chaos
chaos: setup ## Faults, crashes and lost records, held against a model (SABOTAGE=lose|twice|suspect fails)
	@$(BIN)/python -m tests.chaos $(if $(SEEDS),--seeds $(SEEDS)) $(if $(CASES),--cases $(CASES)) \
	  $(if $(JOBS),--jobs $(JOBS)) --sabotage "$(SABOTAGE)"

.PHONY: backfill
backfill: setup ## A first load of 100,000 old rows on local AWS: nothing owed, memory flat (ROWS=)
	@$(BIN)/python -m tests.load --rows $(or $(ROWS),100000)

.PHONY: simulate
simulate: setup ## Half a year of a made-up city, the dashboard held against what happened (SCALE=0.1)
	@$(BIN)/python -m tests.simulation $(if $(SCALE),--scale $(SCALE)) $(if $(SEED),--seed $(SEED)) \
	  --sabotage "$(SABOTAGE)"

.PHONY: reads
reads: setup ## What a page of the dashboard reads with 1,000 and with 100,000 cases
	@$(BIN)/python -m tests.performance.dashboard_reads

.PHONY: unit
unit: setup ## Run the tests of rules and values, in a minute
	@$(BIN)/pytest -n 2 -q tests/unit

# ----------------------------------------------------------------------- in an AWS account
.PHONY: cost
cost: setup ## Say what a month costs, from calls and bytes counted in a run
	@$(BIN)/python -m infra.cost

.PHONY: deploy
deploy: setup ## Check an AWS account and deploy to it: AGENCY=<settings> (DRY=1 changes nothing)
	@$(BIN)/python -m infra.deploy $(AGENCY_IS) $(if $(DRY),--dry-run)

.PHONY: checks
checks: setup ## Show what each check of 'make deploy' says when it fails
	@$(BIN)/python -m tests.integration.deploy.test_account_checks

.PHONY: destroy
destroy: setup ## Take the portal down and keep its data: AGENCY=, or STACK= and REGION= (DATA=delete)
	@$(BIN)/python -m infra.deploy.destroy $(AGENCY_IS) --stack "$(STACK)" --region "$(REGION)" \
	  --data "$(or $(DATA),keep)"

.PHONY: adopt
adopt: setup ## Give a new stack what a destroyed one kept: FROM=aviso AGENCY= (STACK= REGION=)
	@$(BIN)/python -m infra.deploy.adopt $(AGENCY_IS) --from "$(FROM)" --stack "$(STACK)" \
	  --region "$(REGION)"

.PHONY: restore
restore: setup ## Bring lost rows back from a point in time: AT=2026-11-24T08:30Z BY=<your name> (TABLES=Notices,Cases)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) restore --at "$(AT)" $(if $(TABLES),--tables "$(TABLES)") \
	  --by "$(or $(BY),$(USER),operator)"

.PHONY: export-victim
export-victim: setup ## Write all that is held about a victim: CASE= VICTIM= BY= OUT=<file>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) export-victim "$(CASE)" "$(VICTIM)" --by "$(BY)" --out "$(OUT)"

.PHONY: erase-victim
erase-victim: setup ## Erase a victim's personal data from a case: CASE= VICTIM= BY=
	@$(BIN)/python -m infra.ops $(AGENCY_IS) erase-victim "$(CASE)" "$(VICTIM)" --by "$(BY)"

.PHONY: hold
hold: setup ## Put a case under a legal hold, or end it: CASE= BY= (END=1)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) $(if $(END),release,hold)-case "$(CASE)" --by "$(BY)"

.PHONY: granted
granted: setup ## What each function may do beside what the system tests did; none in vain
	@$(BIN)/python -m tests.permissions.least_privilege

# ------------------------------------------------------------------------------- upkeep
.PHONY: format
format: setup ## Put the code into the project's style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: pins
pins: setup ## Pin every requirement again, with hashes and no addresses
	@infra/local/pin_requirements.sh

.PHONY: clean
clean: ## Delete what was built (the fetched tools stay)
	@rm -rf build .aws-sam
