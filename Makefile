# The targets of expertpool; `make help` lists them.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT

.DEFAULT_GOAL := help

.venv/.runtime: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/.development: .venv/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

.PHONY: help install develop demo serve test test-quick test-postgres long check clauses bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.runtime ## make .venv from the hashed requirements

develop: .venv/.development ## the same, with the tools for development

demo: .venv/.runtime ## migrate, seed, run one complete case, then serve on http://127.0.0.1:$PORT
	$(BIN)/python manage.py demo
	$(BIN)/python manage.py serve

serve: .venv/.runtime ## serve what is there: web, worker and schedule in one command
	$(BIN)/python manage.py serve

test: .venv/.development ## the whole suite, with the browser where Chromium is installed
	EXPERTPOOL_MODE=test $(BIN)/python -m pytest -n 2 --dist loadgroup

test-quick: .venv/.development ## the everyday part of it: without browser, served installation and the tours of every address
	EXPERTPOOL_MODE=test $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser and not process and not wide and not long"

test-postgres: .venv/.development ## the database tests on the PostgreSQL and Redis that DATABASE_URL and REDIS_URL name
	EXPERTPOOL_MODE=test $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser and not process" --servers

long: .venv/.development ## the tests over large counts, all of them: thousands of draws, changes and kills
	EXPERTPOOL_MODE=test $(BIN)/python -m pytest -n 2 -m long --long

check: .venv/.development ## lint, types, import contracts, migrations, deployment checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	EXPERTPOOL_MODE=test $(BIN)/python manage.py makemigrations --check --dry-run
	sh tools/check-deploy

clauses: .venv/.development ## per regulation: clauses in scope, tested, missing
	EXPERTPOOL_MODE=test $(BIN)/python -m pytest --clauses --collect-only -q || [ $$? -eq 5 ]

bench: .venv/.development ## speed, as ratios to a floor measured in the same run
	EXPERTPOOL_MODE=test $(BIN)/python -m tools.bench

clean: ## remove the demonstration's data
	rm -rf var
