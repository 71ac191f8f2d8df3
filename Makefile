# Everything that a checkout can do. Each target sets up what it needs; Python 3.11 or newer, venv and make are enough.

PYTHON ?= python3
# How many processes share the tests of `make test`.
WORKERS ?= 3
VENV := .venv
PY := $(VENV)/bin/python
# Locked with hashes, and quiet: only errors speak. What is imported is compiled then; compiling all of it takes longer.
INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-compile
ITSELF := $(INSTALL) --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-fast test-full test-slow test-machine simulate simulate-bugs test-desk test-playground bench bench-scale bench-engine count lint format docs image lock pin clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.core ## Start Dibs with sample mentions and no token; options go in ARGS="--feed URL"
	@exec $(PY) -P -m bot demo $(ARGS)

# These start some hundred processes, each of which would compile again all that it imports.
test test-fast test-full test-slow test-machine simulate simulate-bugs test-desk test-playground bench bench-scale bench-engine: export PYTHONPYCACHEPREFIX = $(CURDIR)/$(VENV)/bytecode
test test-fast test-full test-slow test-machine simulate simulate-bugs test-desk test-playground bench bench-scale bench-engine: export PYTHONDONTWRITEBYTECODE =

test: lint ## Run every check and the tests; of rules on PostgreSQL and of kills, today's share
	@echo "Testing…"
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

test-fast: $(VENV)/.dev ## Run what needs no PostgreSQL, no process and no browser, in about a minute
	@$(PY) -m pytest -n 2 --tier fast $(ARGS)

test-full: lint ## Run every check and every test that is not slow, all rules on PostgreSQL too
	@echo "Testing…"
	@$(PY) -m pytest -n $(WORKERS) --tier full $(ARGS)

test-slow: $(VENV)/.dev ## Run the tests that take minutes
	@$(PY) -m pytest -m slow $(ARGS)

test-machine: $(VENV)/.dev ## Play a thousand random days against the model of the rules, on both databases
	@$(PY) -m pytest -m slow tests/handlers/machine/test_machine.py $(ARGS)

simulate: $(VENV)/.dev ## Play days on two replicas, with crashes and lying servers; SEEDS=10000, or one again: SEED=917
	@$(PY) -m tests.simulator $(if $(SEED),--seed $(SEED) $(if $(ONLY),--only $(ONLY)),--seeds $(or $(SEEDS),1000)) $(ARGS)

simulate-bugs: $(VENV)/.dev ## Plant bugs of order, loss and repetition, and say after how many days each is found
	@$(PY) -m tests.simulator --seeds $(or $(SEEDS),1000) --bugs $(ARGS)

test-desk: $(VENV)/.dev ## Run the browser tests; install Chromium first where that is permitted
	@$(PY) -m tests.harness.chromium --install
	@$(PY) -m tests.bot.chat.desk.axe.checker --install
	@DIBS_SCREENSHOTS=docs/screenshots $(PY) -m pytest -m desk $(ARGS)

test-playground: $(VENV)/.dev ## Drive the bot from Microsoft's own simulator of Teams; install it and Chromium first
	@$(PY) -m tests.harness.chromium --install
	@$(PY) -m tests.bot.chat.teams.playground.simulator --install
	@DIBS_SCREENSHOTS=docs/screenshots $(PY) -m pytest tests/bot/chat/teams/test_playground_in_chromium.py $(ARGS)

bench: $(VENV)/.dev ## Measure, beside plain code doing the same on the same machine
	@for file in tests/bench/bench_*.py; do \
	    name=$$(basename "$$file" .py); \
	    echo "== $$name"; \
	    $(PY) -m tests.bench.$$name || exit 1; \
	done

bench-scale: $(VENV)/.dev ## Measure pages, probes and claims among very many mentions; MENTIONS=1000000, a quarter of an hour
	@$(PY) -m tests.bench.bench_scale --mentions $(or $(MENTIONS),1000000) $(ARGS)

# Dibs does not need it: it stands below build/, where nothing else looks.
PROCRASTINATE := procrastinate==3.10.0
ENGINE := build/engine
bench-engine: $(VENV)/.dev $(ENGINE)/.made ## Measure the leases of the outbox beside Procrastinate, on PostgreSQL; half an hour
	@$(PY) -m tests.bench.bench_engine $(ARGS)

$(ENGINE)/.made: Makefile | $(VENV)/.made
	@echo "Installing Procrastinate below build/ (once, about 10 s)…"
	@$(PYTHON) -m venv --clear $(ENGINE)
	@$(ENGINE)/bin/python -m pip install -qq --disable-pip-version-check --no-compile $(PROCRASTINATE)
	@touch $@

count: $(VENV)/.dev ## Count the lines of each kind of source, and say where else it is spoken of
	@$(PY) -m tests.bench.adapters

lint: $(VENV)/.dev ## Check style, floors and types
	@echo "Checking style (ruff)…"
	@$(PY) -m ruff check --quiet . || { echo "Ruff found what stands above; 'make format' mends some of it." >&2; exit 1; }
	@$(PY) -m ruff format --quiet --check . || { echo "Files are not formatted; 'make format' does it." >&2; exit 1; }
	@echo "Checking floors (import-linter)…"
	@out=$$($(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-cache 2>&1) || { echo "$$out"; echo "An import goes the wrong way." >&2; exit 1; }
	@echo "Checking types (mypy)…"
	@$(PY) -m mypy --no-error-summary || { echo "Mypy found what stands above." >&2; exit 1; }

format: $(VENV)/.dev ## Put all files into the one format
	@$(PY) -m ruff check --quiet --fix . ; $(PY) -m ruff format .

docs: $(VENV)/.dev ## Write what the documents take from the code: commands, settings, metrics, scopes, sources
	@$(PY) -m tests.harness.documents.regions

image: $(VENV)/.dev ## Build the image by docker or buildah, start it, ask it, and say its size
	@$(PY) -m tests.harness.image

# The locks hold for every machine: no local package folders or indexes, no addresses, one hash for each published file.
LOCK = env PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= $(PY) -m piptools compile --quiet --no-config \
	--generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options $(if $(UPGRADE),--upgrade)
lock: $(VENV)/.dev ## Work out the locks anew from pyproject.toml; UPGRADE=1 takes newer versions
	@$(LOCK) --only-build-deps --build-deps-for editable --output-file requirements-build.lock pyproject.toml
	@$(LOCK) --output-file requirements.lock pyproject.toml
	@$(LOCK) --extra postgres --extra teams --extra accounts --constraint requirements.lock --output-file requirements-image.lock pyproject.toml
	@$(PY) -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"]))' \
	    | $(LOCK) --extra postgres --extra teams --extra accounts --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml -
	@grep -h -c == requirements*.lock | paste -s -d ' ' - | sed 's/^/Packages locked: /'

pin: ## Write today's digests of the images into Dockerfile and compose.yaml; asks for them by docker
	@for image in $$(sed -nE 's/^FROM ([a-z]+:[^ @]+).*|^ *image: ([a-z]+:[^ @]+).*/\1\2/p' Dockerfile compose.yaml | sort -u); do \
	  digest=$$(docker buildx imagetools inspect "$$image" --format '{{.Manifest.Digest}}') || exit 1; \
	  echo "$$digest" | grep -Eqx 'sha256:[0-9a-f]{64}' || { echo "No digest of $$image: $$digest" >&2; exit 1; }; \
	  sed -i.before -E "s#^((FROM| *image:) $$image)(@sha256:[0-9a-f]+)?#\1@$$digest#" Dockerfile compose.yaml || exit 1; \
	  rm -f Dockerfile.before compose.yaml.before; \
	  echo "$$image@$$digest"; \
	done

clean: ## Remove what was made here, the virtual environment too; databases stay
	rm -rf $(VENV) build dist dibs.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find bot handlers storage tests -name __pycache__ -prune -exec rm -rf {} +

# --- the virtual environment: two fillings, so that the demo does not wait for the tools of the developers -----------

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Dibs needs Python 3.11 or newer, and there is no '$(PYTHON)' here. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Dibs needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.core: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/.made
	@echo "Installing Dibs into $(VENV) (once, about 20 s)…"
	@$(INSTALL) --require-hashes -r requirements-build.lock -r requirements.lock
	@$(ITSELF)
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements-build.lock pyproject.toml | $(VENV)/.made
	@echo "Installing Dibs and its developers' tools into $(VENV) (once, about 40 s)…"
	@$(INSTALL) --require-hashes -r requirements-build.lock -r requirements-dev.lock
	@$(ITSELF)
	@touch $@ $(VENV)/.core
