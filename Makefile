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
	@echo "Aviso: a victim information portal. Start with 'make run'."; echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Download the tools into .venv and .tools (every other command does this first)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "setup:" \
	  "'$(PYTHON)' is not Python 3.11 or newer. Install one, or name it: make PYTHON=python3.13 ..." >&2; exit 1; }
	@$(PYTHON) -m infra.local.bootstrap $(if $(filter setup test pictures,$(MAKECMDGOALS)),--browser)

# --------------------------------------------------------------------------- on this laptop
.PHONY: run
run: setup ## Run the whole portal on local AWS until Ctrl-C (PORT=4566; AGENCY=<yaml> FEED=<folder>: yours, in trial mode; GUESTS=a,b get messages)
	@exec $(BIN)/python -m infra.local.run --port $(PORT) $(AGENCY_IS) $(if $(FEED),--feed "$(FEED)") \
	  $(if $(GUESTS),--guests "$(GUESTS)")

.PHONY: demo
demo: setup ## Play the whole story over HTTP: find, verify, enroll, arrest, text and email
	@exec $(BIN)/python -m infra.local.demo

.PHONY: held
held: setup ## List the held notices that wait for a person, with their reasons
	@$(BIN)/python -m infra.ops $(AGENCY_IS) held

.PHONY: release
release: setup ## Release a held notice (for a version of Aviso: make new-version): NOTICE=<id> REASON=<as shown by 'make held'> [LETTER=safe] BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) release "$(NOTICE)" --reason "$(REASON)" --letter "$(LETTER)" --by "$(or $(BY),$(USER),operator)"

.PHONY: switch
switch: setup ## Show or set the switches: KILL=on|off TRIAL=on|off GUESTS=a,b BRAKE=release
	@$(BIN)/python -m infra.ops $(AGENCY_IS) switch --kill "$(KILL)" --trial "$(TRIAL)" \
	  --guests "$(GUESTS)" --brake "$(BRAKE)" --by "$(or $(BY),$(USER),operator)"

.PHONY: unlock
unlock: setup ## Unlock an account of the desk: make unlock ACCOUNT=<name> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) unlock "$(ACCOUNT)" --by "$(or $(BY),$(USER),operator)"

.PHONY: lock
lock: setup ## Lock an account of the desk and end its sessions: make lock ACCOUNT=<name> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) lock "$(ACCOUNT)" --by "$(or $(BY),$(USER),operator)"

.PHONY: seen
seen: setup ## Print what an account of the desk saw and did: ACCOUNT=<name> SINCE=2026-11-20T08:00Z BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) seen "$(ACCOUNT)" --since "$(SINCE)" --by "$(or $(BY),$(USER),operator)"

.PHONY: sign-in-again
sign-in-again: setup ## Give an account a new password and authenticator: ACCOUNT=<name> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) sign-in-again "$(ACCOUNT)" --by "$(or $(BY),$(USER),operator)"

.PHONY: new-key
new-key: setup ## Replace a signing key that leaked; old links stop working, visits and sessions end: BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) new-key --by "$(or $(BY),$(USER),operator)"

.PHONY: trail
trail: setup ## Compare the audit trail with its locked copy; exit 1 if a row differs: DAY=2026-11-01..2026-11-24
	@$(BIN)/python -m infra.ops $(AGENCY_IS) trail "$(DAY)"

.PHONY: maintenance
maintenance: setup ## Show, turn on or turn off the portal's maintenance page: ON=on|off BY=<your name> (without ON: show)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) maintenance --on "$(ON)" \
	  --by "$(or $(BY),$(USER),operator)"

.PHONY: letters
letters: setup ## Print the queued letters into one PDF: OUT=<folder> downloads it, RUN=<id> again; BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) letters --by "$(or $(BY),$(USER),operator)" \
	  --run "$(RUN)" --out "$(OUT)"

.PHONY: card
card: setup ## Print a card with a code for the officer's folder: make card CASE=<number> (VICTIM=<id>) BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) card "$(CASE)" --victim "$(VICTIM)" --by "$(or $(BY),$(USER),operator)"

.PHONY: accept-file
accept-file: setup ## Import a feed file with an unusual number of rows: FILE=<as the inbox names it> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) accept-file --by "$(or $(BY),$(USER),operator)" "$(FILE)"

.PHONY: mailed
mailed: setup ## Mark the letters of a run as mailed: make mailed RUN=<id> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) mailed --by "$(or $(BY),$(USER),operator)" "$(RUN)"

.PHONY: returned
returned: setup ## Mark a letter as returned by the post office: make returned NOTICE=<id in its manifest> BY=<your name>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) returned --by "$(or $(BY),$(USER),operator)" \
	  "$(NOTICE)"

.PHONY: replay
replay: setup ## Show who would be told what under changed settings: SETTINGS=<yaml> FEED=<folder> (NAMES=1, DAYS=30)
	@$(BIN)/python -m infra.replay --settings "$(SETTINGS)" --feed "$(FEED)" $(if $(NAMES),--names) \
	  $(if $(DAYS),--days "$(DAYS)")

.PHONY: map
map: setup ## Propose settings for a records system: FROM=<folder of its CSVs> (OUT=build/mapped.yaml)
	@$(BIN)/python -m infra.mapping --from "$(FROM)" --out "$(or $(OUT),build/mapped.yaml)"

.PHONY: feed-check
feed-check: setup ## Say what one feed file would do before it is dropped: FILE=<file> SETTINGS=<yaml> (BASE=<folder of earlier files>)
	@$(BIN)/python -m infra.replay.feed_check --file "$(FILE)" --settings "$(SETTINGS)" \
	  $(if $(BASE),--base "$(BASE)") $(if $(NAMES),--names)

.PHONY: recount
recount: setup ## Compare every counter with the rows it counts; exit 1 if one differs (REBUILD=1 counts again)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) recount $(if $(REBUILD),--rebuild)

.PHONY: redrive
redrive: setup ## Process the dead-letter queue once the cause is fixed (DONE=<time>: runbook, DeadLetters)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) redrive $(if $(DONE),--done "$(DONE)")

.PHONY: drill
drill: setup ## Restore every table to a new table at its latest point in time, compare, delete the new tables
	@$(BIN)/python -m infra.ops $(AGENCY_IS) drill

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

.PHONY: preview
preview: setup ## Write every text, email and letter to build/preview/index.html
	@$(BIN)/python -m infra.message_checks.preview

.PHONY: docs
docs: setup ## Build the documentation site and show it on this machine until Ctrl-C (DOCS_PORT=8000)
	@$(SITE)
	@echo "docs: http://127.0.0.1:$(DOCS_PORT)/"
	@exec $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site $(DOCS_PORT)

.PHONY: pages
pages: setup ## Compare each page's bytes on the wire and calls to AWS with its budget
	@$(BIN)/python -m tests.performance.page_budgets

.PHONY: clicks
clicks: setup ## Count clicks, page loads and pixels scrolled to tell ten people by phone (build/clicks.json)
	@$(BIN)/python -m tests.performance.desk_clicks

.PHONY: pictures
pictures: setup ## Take the pictures of README and desk handbook, with made-up people
	@$(BIN)/python -m tests.simulation.screenshots

.PHONY: lighthouse
lighthouse: setup ## Score the pages with Lighthouse and pa11y (build/lighthouse.json); fails below the targets
	@$(BIN)/python -m tests.performance.lighthouse

.PHONY: refusals
refusals: setup ## Test whether the time of a refusal reveals its reason: medians and a permutation test
	@$(BIN)/python -m tests.performance.refusal_timing

.PHONY: latency
latency: setup ## Measure each step from an arrest in S3 to the hand-over of the text: median and p99 (CASES=200)
	@$(BIN)/python -m benchmarks.latency $(if $(CASES),--cases $(CASES))

.PHONY: test
test: setup ## Run all tests: unit, integration, contracts, local AWS and the browser; then judge permissions
	@exec $(BIN)/python -m tests

.PHONY: bench
bench: setup ## Measure cold starts, warm requests, calls and throughput, and compare with other frameworks
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

.PHONY: wire
wire: setup ## Show what each call to AWS sends, compared with plain botocore: by region, with and without FIPS
	@$(BIN)/python -m tests.wire

.PHONY: second-engine
second-engine: setup ## Play push API, state machines and nested stacks on LocalStack and moto, without Docker (build/second-engine.json)
	@$(BIN)/python -m tests.second_engine

.PHONY: instructions
instructions: setup ## Compare the instructions of the hot paths with the baseline (BASELINE=1 accepts the new count)
	@PYTHONHASHSEED=0 $(BIN)/python -m benchmarks.instructions $(if $(BASELINE),--baseline)

.PHONY: chaos
chaos: setup ## Inject faults, crashes and lost records and compare with a model (SABOTAGE=lose|twice|keep|unsaid|name|alone|suspect fails)
	@$(BIN)/python -m tests.chaos $(if $(SEEDS),--seeds $(SEEDS)) $(if $(CASES),--cases $(CASES)) \
	  $(if $(JOBS),--jobs $(JOBS)) --sabotage "$(SABOTAGE)"

.PHONY: storm
storm: setup ## Live through bad days in memory, by seed (SEEDS=1-50, SEEDS=found, DUTIES=100000 or MINUTES=60; CASES= of a seed; JOBS=2; SABOTAGE=all must be noticed)
	@$(BIN)/python -m tests.storm $(if $(SEEDS),--seeds $(SEEDS)) $(if $(DUTIES),--duties $(DUTIES)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(CASES),--cases $(CASES)) $(if $(JOBS),--jobs $(JOBS)) \
	  --sabotage "$(SABOTAGE)"

.PHONY: bad-day
bad-day: setup ## Play thousands of arrests and visitors in memory while AWS refuses calls (ARRESTS=5000 VISITORS=500 MINUTES=; SABOTAGE=forget|tell fails)
	@$(BIN)/python -m tests.bad_day $(if $(ARRESTS),--arrests $(ARRESTS)) $(if $(VISITORS),--visitors $(VISITORS)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) --sabotage "$(SABOTAGE)"

.PHONY: backfill
backfill: setup ## Load 100,000 old rows on local AWS; check that nothing is owed and memory stays flat (ROWS=)
	@$(BIN)/python -m tests.load --rows $(or $(ROWS),100000)

.PHONY: fuzz
fuzz: setup ## Import broken files and pushes: no exception, no row lost, no personal data in a log (FILES=10000; SEED=16 goes on after 4,000)
	@$(BIN)/python -m tests.fuzz --files $(or $(FILES),10000) $(if $(SEED),--seed $(SEED)) $(if $(JOBS),--jobs $(JOBS)) \
	  $(if $(SABOTAGE),--sabotage $(SABOTAGE))

.PHONY: layouts
layouts: setup ## Let `make map` read made-up records systems; print the share of columns right and safety columns lost
	@$(BIN)/python -m tests.layouts

.PHONY: nibrs
nibrs: setup ## Feed made-up NIBRS cases by CSV, NDJSON, push and pull; compare all rows and messages (INCIDENTS=300)
	@$(BIN)/python -m tests.nibrs --incidents $(or $(INCIDENTS),300) $(if $(SEED),--seed $(SEED)) \
	  $(if $(SABOTAGE),--sabotage $(SABOTAGE))

.PHONY: mutants
mutants: setup ## Put 300 faults into the product, one at a time; write which test notices each (JOBS=2; hours)
	@$(BIN)/python -m tests.mutants $(if $(JOBS),--jobs $(JOBS))

.PHONY: simulate
simulate: setup ## Simulate half a year of a made-up city and compare the dashboard with it (SCALE=0.1)
	@$(BIN)/python -m tests.simulation $(if $(SCALE),--scale $(SCALE)) $(if $(SEED),--seed $(SEED)) \
	  --sabotage "$(SABOTAGE)"

.PHONY: reads
reads: setup ## Count what a page of the dashboard reads with 1,000 and with 100,000 cases
	@$(BIN)/python -m tests.performance.dashboard_reads

.PHONY: growth
growth: setup ## Count what scheduled work reads with 10,000 to 1,000,000 kept cases, for docs/scaling.md (CASES="1000 5000")
	@$(BIN)/python -m tests.performance.growth $(if $(CASES),--cases $(CASES))

.PHONY: unit
unit: setup ## Run the tests of rules and values, in about half a minute
	@$(BIN)/pytest -n 2 -q tests/unit

# ----------------------------------------------------------------------- in an AWS account
.PHONY: cost
cost: setup ## Estimate the cost of a month from calls and bytes counted in a run
	@$(BIN)/python -m infra.cost

.PHONY: deploy
deploy: setup ## Check an AWS account and deploy to it: AGENCY=<settings> (DRY=1 changes nothing)
	@$(BIN)/python -m infra.deploy $(AGENCY_IS) $(if $(DRY),--dry-run)

.PHONY: checks
checks: setup ## Show the message of each check of 'make deploy' when it fails
	@$(BIN)/python -m tests.support.deploy_checks

.PHONY: destroy
destroy: setup ## Delete the portal and keep its data: AGENCY=, or STACK= and REGION= (DATA=delete deletes the data)
	@$(BIN)/python -m infra.deploy.destroy $(AGENCY_IS) --stack "$(STACK)" --region "$(REGION)" \
	  --data "$(or $(DATA),keep)"

.PHONY: adopt
adopt: setup ## Copy the data that a destroyed stack kept into a new stack: FROM=aviso AGENCY= (STACK= REGION=)
	@$(BIN)/python -m infra.deploy.adopt $(AGENCY_IS) --from "$(FROM)" --stack "$(STACK)" \
	  --region "$(REGION)"

.PHONY: restore
restore: setup ## Restore lost rows from a point in time: AT=2026-11-24T08:30Z BY=<your name> (TABLES=Notices,Cases)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) restore --at "$(AT)" $(if $(TABLES),--tables "$(TABLES)") \
	  --by "$(or $(BY),$(USER),operator)"

.PHONY: export-victim
export-victim: setup ## Write all data about a victim to a file: CASE= VICTIM= BY= OUT=<file>
	@$(BIN)/python -m infra.ops $(AGENCY_IS) export-victim "$(CASE)" "$(VICTIM)" --by "$(BY)" --out "$(OUT)"

.PHONY: erase-victim
erase-victim: setup ## Erase a victim's personal data from a case: CASE= VICTIM= BY=
	@$(BIN)/python -m infra.ops $(AGENCY_IS) erase-victim "$(CASE)" "$(VICTIM)" --by "$(BY)"

.PHONY: hold
hold: setup ## Put a case under a legal hold, or end the hold: CASE= BY= (END=1)
	@$(BIN)/python -m infra.ops $(AGENCY_IS) $(if $(END),release,hold)-case "$(CASE)" --by "$(BY)"

.PHONY: granted
granted: setup ## Compare each function's permissions with the calls of the system tests; no permission may be unused
	@$(BIN)/python -m tests.permissions.least_privilege

# ------------------------------------------------------------------------------- upkeep
.PHONY: format
format: setup ## Format the code in the project's style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: pins
pins: setup ## Pin every requirement again, with hashes and without index addresses
	@infra/local/pin_requirements.sh

.PHONY: new-version
new-version: setup ## Write a version and its date, and print the next steps: VERSION=1.2.0
	@$(BIN)/python -m infra.documents.new_version "$(VERSION)" --dry-run
	@$(MAKE) check
	@$(BIN)/python -m infra.documents.new_version "$(VERSION)"

.PHONY: clean
clean: ## Delete what was built (the downloaded tools stay)
	@rm -rf build .aws-sam
