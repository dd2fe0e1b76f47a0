# Layer Lab: `make help` lists what you can ask for.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-requirements
TEST_STAMP := $(VENV)/.test-requirements
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUN_STAMP) ## Serve the site on http://127.0.0.1:8000 (PORT= and HOST= change it)
	@$(BIN)/python manage.py serve --host "$(HOST)" --port "$(PORT)"

.PHONY: shell
shell: $(RUN_STAMP) ## A prompt on a simulated machine, in this terminal
	@$(BIN)/python -m engine shell

.PHONY: test
test: $(TEST_STAMP) browser ## Lint, types, import contracts, and every test
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n auto --dist loadgroup engine/tests labsite/tests

.PHONY: test-engine
test-engine: $(TEST_STAMP) ## The engine's tests alone
	@$(BIN)/python -m pytest -n auto engine/tests

.PHONY: test-web
test-web: $(TEST_STAMP) browser ## The site's tests alone
	@$(BIN)/python -m pytest -n auto --dist loadgroup labsite/tests

.PHONY: lint
lint: $(TEST_STAMP) ## Ruff, mypy --strict on engine/, import contracts, lock files, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict engine
	@$(BIN)/lint-imports
	@sh .ci/check-locks
	@$(BIN)/python manage.py makemigrations --check --dry-run

.PHONY: bench
bench: $(RUN_STAMP) ## Measure the engine; compares with a real docker when one answers
	@$(BIN)/python -m engine.tests.bench

.PHONY: bench-web
bench-web: $(TEST_STAMP) ## Measure the site over HTTP: answers, and the weight of a first load
	@$(BIN)/python -m labsite.tests.bench

.PHONY: conformance
conformance: $(TEST_STAMP) ## Replay every recorded case and list what differs from real Docker
	@$(BIN)/python -m engine.tests.conformance

.PHONY: catalogue-check
catalogue-check: $(RUN_STAMP) ## Check the simulated world's data against its lock
	@$(BIN)/python -m engine.catalogue check

.PHONY: lock
lock: $(TEST_STAMP) ## Renew the requirement files from pyproject.toml
	@command -v uv >/dev/null || { echo "uv is missing: $(BIN)/python -m pip install uv" >&2; exit 1; }
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --extra test pyproject.toml -o requirements-test.txt
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --extra postgresql pyproject.toml -o requirements-postgresql.txt

.PHONY: messages
messages: $(RUN_STAMP) ## Collect the texts to translate and compile the translations (needs gettext)
	@command -v xgettext >/dev/null || { echo "gettext is missing: apt-get install gettext" >&2; exit 1; }
	@$(BIN)/python manage.py makemessages --locale fr --no-location --no-wrap --ignore '.venv' --ignore 'engine' --ignore '*/tests/*' --ignore staticfiles --ignore var
	@$(BIN)/python manage.py compilemessages --locale fr --ignore '.venv'

.PHONY: codemirror
codemirror: ## Build the vendored editor bundle from its recipe (needs npm)
	@static/vendor/codemirror/build.sh

.PHONY: codemirror-check
codemirror-check: ## Check that the recipe still builds the committed editor bundle (needs npm)
	@static/vendor/codemirror/build.sh check

.PHONY: clean
clean: ## Remove the environment, caches and collected files (labs in var/ stay)
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@sh .ci/make-venv "$(PYTHON)" "$(VENV)"

$(RUN_STAMP): requirements.txt | $(BIN)/python
	@[ -f $(TEST_STAMP) ] || echo "Installing what the site needs (once) ..."
	@[ -f $(TEST_STAMP) ] || $(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(TEST_STAMP): requirements-test.txt | $(BIN)/python
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@ $(RUN_STAMP)

.PHONY: browser
browser:
	@sh .ci/get-browser
