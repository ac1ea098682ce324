# make demo [SOURCE=kafka or kinesis] | test | test-long | test-peers | test-systemd | test-browser | check | bench | replay | chaos | screens | run | clean. Each makes the virtual environment first if it is not there.
# make test-lowest | lock: the lowest and the exact versions of what is depended on. make install-check | deb [DEB_PYTHON=/usr/bin/python3]: packages.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What the demo drains: sqs, kafka or kinesis.
SOURCE := sqs
DEMO_STAMP := $(VENV)/.installed-demo
KAFKA_STAMP := $(VENV)/.installed-demo-kafka
KINESIS_STAMP := $(VENV)/.installed-demo-kinesis
STAMP_kafka := $(KAFKA_STAMP)
STAMP_kinesis := $(KINESIS_STAMP)
# Only what a demo needs is installed for it, unless more is there already.
ANY_STAMP := $(or $(wildcard $(STAMP)),$(STAMP_$(SOURCE)),$(firstword $(wildcard $(KAFKA_STAMP) $(KINESIS_STAMP))),$(DEMO_STAMP))
LOCK := .requirements/dev.lock
LOCK_OPTIONS ?=
CONFIG ?= config.toml
DEMO_OPTIONS ?=
BENCH_OPTIONS ?=
REPLAY_OPTIONS ?=
CHAOS_OPTIONS ?=

# Hundreds of tests start the daemon: without bytecode each of them would compile it first.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := demo
.PHONY: screens demo test test-processes test-deaths test-units test-laws test-long test-long-places test-long-lives test-commands test-peers test-systemd test-browser check bench replay chaos run clean

demo: $(ANY_STAMP)
	$(BIN)/punctuald demo --source $(SOURCE) $(DEMO_OPTIONS)

# Units that start what is for people (the simulator, each command, servers to try things out with, what benchmarks stand on),
# and those that start servers, or wait for connections and processes to end.
LONG_UNITS := $(addprefix tests/unit/,simulate cli demo queue_tools benchmarks app/test_stream_check.py app/test_topic_check.py \
  process/ending process/observer/questions/test_dump.py process/supervisor/preload process/supervisor/test_supervisor.py source/aws/test_connections.py \
  source/sqs/test_odd_answers.py source/sqs/transport)
LONG_LAWS := tests/contract/test_leases_on_servers.py

# Side by side: some compute, the others mostly wait for real processes.
test: $(STAMP)
	@$(MAKE) --no-print-directory --jobs=5 --output-sync=target check test-units test-laws test-processes test-deaths

test-processes: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/process $(addprefix --ignore=,tests/process/deaths tests/process/source $(LONG))

test-deaths: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/process/deaths tests/process/source $(addprefix --ignore=,$(LONG))

test-units: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/unit $(addprefix --ignore=,$(LONG_UNITS))

test-laws: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/properties tests/chaos tests/contract tests/systemd $(addprefix --ignore=,$(LONG_LAWS) tests/systemd/boots tests/systemd/packages)

# What takes longer, within ten minutes: those units, the laws with more stories, and the real daemon in the demo, as
# documents print it, on a terminal, on streams, with messages that wait for their time, at brokers and servers that say
# nothing, on queues in several regions, with broken log streams, with all that a handler can quote, asked by its commands,
# and to the ends of its workers.
LONG_PLACES := $(addprefix tests/process/,documents limits queues regions terminal test_demo.py \
  $(addprefix source/,test_streams.py test_due_times.py test_produce_to_topics.py test_silent_endpoint.py))
LONG_LIVES := $(addprefix tests/process/,output test_canaries.py handlers/test_coroutines.py handlers/test_global_state.py \
  $(addprefix control/,test_faults.py test_pause.py test_scale.py test_status.py) \
  $(addprefix lifecycle/,test_ends_of_workers.py test_cloudwatch.py test_disturbed_observer.py test_http.py test_observer.py test_preload.py))
LONG := $(LONG_PLACES) $(LONG_LIVES)

test-long: $(STAMP)
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target test-long-places test-long-lives test-commands

test-long-places: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider $(LONG_PLACES)

test-long-lives: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider $(LONG_LIVES)

test-commands: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider $(LONG_UNITS) $(LONG_LAWS)
	LAW_EXAMPLES=100 DELIVERY_STORIES=180 LEASE_STORIES=100 $(BIN)/python -m pytest -q -p no:cacheprovider tests/properties

# Against what is not ours, within eighteen minutes: servers of SQS and Kinesis, a real Kafka, workers of Java's KCL. What can't
# be had here (no Java, no network) is skipped, and the output says why.
test-peers: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/peers

# The unit under a real systemd, booted in namespaces: within five minutes. Where none can be (no root, no systemd, version 2
# of the control groups) all is skipped, and the output says why.
test-systemd: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/systemd --ignore=tests/systemd/packages

# The daemon's page and a report in a real Chromium, within six minutes. What can't be had here, the browser or axe-core (by
# npm), is skipped, and the output says why.
AXE := build/axe/package/axe.min.js
test-browser: $(STAMP)
	@[ -e $(AXE) ] || { mkdir -p build/axe && cd build/axe && npm pack --silent axe-core@4 && tar -xzf axe-core-*.tgz; } || true
	$(BIN)/python -m pytest -q -rs -p no:cacheprovider tests/browser

# The screens in docs/screens: of `punctuald top` and `punctuald status` (needs tmux) and of the page (needs chromium), from a
# real daemon, and those of a report (needs chromium).
screens: $(STAMP)
	WRITE_SCREENS=1 $(BIN)/python -m pytest -q -p no:cacheprovider tests/process/terminal/test_screens.py tests/browser/test_screens.py tests/unit/view/log_report/test_screens.py

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m benchmarks.run $(BENCH_OPTIONS)

replay: $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m benchmarks.replay $(REPLAY_OPTIONS)

# How many answers that no SQS gives. All take eight minutes.
FUZZ_EXAMPLES ?= 20000

# All five, whatever the first one finds: within 35 minutes.
chaos: $(STAMP)
	@status=0; \
	PYTHONPATH=tests $(BIN)/python -m chaos.run $(CHAOS_OPTIONS) || status=1; \
	PYTHONPATH=tests timeout 115 $(BIN)/python -m chaos.kill_nine || status=1; \
	PYTHONPATH=tests timeout 420 $(BIN)/python -m chaos.what_if.run || status=1; \
	REGION_AWAY_SECONDS=60 $(BIN)/python -m pytest -q -rP -k 'away_makes and (refused or silent)' -p no:cacheprovider tests/process/regions || status=1; \
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest -q -p no:cacheprovider tests/properties/test_answers.py || status=1; \
	exit $$status

run: $(ANY_STAMP)
	$(BIN)/punctuald run -c $(CONFIG)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The ranges that users install by, from below: the rooms where versions can matter, with the lowest versions that they admit, in
# under four minutes on an idle machine. LOWEST_TESTS=tests/unit runs all the others too, which call our own code alone.
LOWEST := build/lowest
LOWEST_PYTHON ?= python3.11
LOWEST_TESTS ?= $(addprefix tests/unit/,app cli config handler logs process/http source testing view test_recipes.py test_printed_commands.py process/web) \
  $(addprefix --ignore=,$(filter-out %/cli,$(LONG_UNITS)) $(addprefix tests/unit/cli/,simulate test_demo.py test_needs.py))
.PHONY: test-lowest
test-lowest: $(or $(wildcard $(BIN)/uv),$(STAMP))
	$(BIN)/uv venv --quiet --clear --python $(LOWEST_PYTHON) $(LOWEST)
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct -e '.[test]'
	PYTHONPATH=daemon $(LOWEST)/bin/python -m pytest -q -p no:cacheprovider $(LOWEST_TESTS)

# A Debian package in dist/, for this machine's architecture and the Python that Debian has: DEB_REVISION counts what is built of
# one version. install-check installs it under a real systemd, and a wheel of this checkout in an empty environment, with what the
# package index has today: within four minutes on an idle machine. Where no systemd can be booted, that part is skipped with a word.
DEB_PYTHON ?= /usr/bin/python3
DEB_REVISION ?= 1
.PHONY: deb install-check
deb: $(or $(wildcard $(BIN)/uv),$(STAMP))
	$(BIN)/python systemd/debian/build.py --python $(DEB_PYTHON) --revision $(DEB_REVISION)

install-check: $(STAMP)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/systemd/packages

.PHONY: lock
# The exact versions that developers and CI install, for every Python that is supported. What is in it stays as it is as far
# as pyproject.toml allows; LOCK_OPTIONS=--upgrade takes the newest of all.
lock: $(or $(wildcard $(BIN)/uv),$(STAMP))
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev --no-annotate \
	  --custom-compile-command 'make lock' --output-file $(LOCK) $(LOCK_OPTIONS) pyproject.toml

# The stamp is written last, so an installation that was broken off is done again. All are in the same environment. What is
# developed with comes from the lock, the package that builds ours among it; what a demo needs goes by the ranges, as users' does.
$(STAMP): WHAT := --no-deps --no-build-isolation -e .
$(STAMP): LOCKED := --require-hashes -r $(LOCK)
$(STAMP): $(LOCK)
$(DEMO_STAMP): WHAT := -e '.[demo]'
$(KAFKA_STAMP): WHAT := -e '.[demo,kafka]'
$(KINESIS_STAMP): WHAT := -e '.[demo-kinesis]'
$(STAMP) $(DEMO_STAMP) $(KAFKA_STAMP) $(KINESIS_STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "punctuald needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python '$(PYTHON)' $(VENV); install="uv pip install --quiet --python $(BIN)/python"; \
	else \
	  $(PYTHON) -m venv $(VENV); install="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; \
	fi && $(if $(LOCKED),$$install $(LOCKED) &&) $$install $(WHAT)
	@touch $@
