# Slipway: `make` alone lists what can be made. Works with GNU Make 3.81 (Mac) and newer.
#
# How the tests run. `make test` calls pytest twice: on MariaDB what the database matters to (engine, stories, API,
# admin) and what kills and breaks things (faults, chaos), then on SQLite everything but the last two; to run those on
# SQLite: `.venv/bin/python -m pytest tests/faults`. Each call starts its own MariaDB (2 s) and Redis (10 ms) in a
# temporary folder; a runner around both would save those 2 s and be a program to understand. The second call adds its
# coverage to the first's and holds the sum against the floor, so the last line is pytest's own.

SHELL = /bin/sh
PYTHON_BIN = .venv/bin/python
PACKAGES = accounts projects apps provisioning config monitoring console simulators bench demo
CODE = $(wildcard $(PACKAGES))
ON_BOTH = $(wildcard tests/engine tests/flows tests/api tests/admin)
BREAKING = $(wildcard tests/faults tests/chaos)
COVERAGE_FLOOR = 90
CHAOS_SECONDS ?= 60
export CHAOS_SECONDS

# What production must set, with values that are secret nowhere: `check --deploy` wants to see all of it.
PRODUCTION = DEBUG=false DATABASE_URL=sqlite:///build/check.sqlite3 REDIS_URL=redis://redis.example.com:6379/0 \
	SECRET_KEY=check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	SEALING_KEY=Y2hlY2stb25seS1jaGVjay1vbmx5LWNoZWNrLW9ubHk= \
	EXTERNAL_URL=https://slipway.example.com ALLOWED_HOSTS=slipway.example.com BEHIND_PROXY=true \
	GITLAB_URL=https://gitlab.example.com GITLAB_TOKEN=check-only-gitlab \
	JENKINS_URL=https://jenkins.example.com JENKINS_USER=slipway JENKINS_TOKEN=check-only-jenkins \
	ARGOCD_URL=https://argocd.example.com ARGOCD_TOKEN=check.only.argocd IMAGE_REPOSITORY=registry.example.com/apps

.NOTPARALLEL:

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  make \1 - \2/p' Makefile

.PHONY: demo
demo: ## the platform and its surroundings on this machine, nothing else needed (DEMO_EXIT=1: end when all is done)
	@scripts/bootstrap demo
	@$(PYTHON_BIN) -m demo

.PHONY: test
test: test-mariadb test-all ## every test, on MariaDB and on SQLite, with the coverage floor

.PHONY: test-mariadb
test-mariadb: # what the database matters to, and what breaks things, on MariaDB
	@scripts/bootstrap test
	@mkdir -p build/coverage && rm -f build/coverage/data* build/junit-*.xml
	@$(PYTHON_BIN) -m pytest --on mariadb --junitxml=build/junit-mariadb.xml --cov --cov-report= $(ON_BOTH) $(BREAKING)

.PHONY: test-all
test-all: # everything but what breaks things, on SQLite
	@scripts/bootstrap test
	@$(PYTHON_BIN) -m pytest --junitxml=build/junit-sqlite.xml --cov --cov-append --cov-report=term \
		--cov-fail-under=$(COVERAGE_FLOOR) $(BREAKING:%=--ignore=%)

.PHONY: test-fast
test-fast: ## the tests that need no server, on SQLite
	@scripts/bootstrap dev
	@$(PYTHON_BIN) -m pytest -m "not server" $(BREAKING:%=--ignore=%) --ignore=tests/demo

.PHONY: chaos
chaos: ## ten minutes of killed workers, lost messages and restarted servers (CHAOS_SECONDS=600)
	@scripts/bootstrap test
	@CHAOS_SECONDS=600 $(PYTHON_BIN) -m pytest --on mariadb tests/chaos

.PHONY: lint
lint: ## style, types, migrations, settings, architecture
	@scripts/bootstrap dev
	@mkdir -p build
	@$(PYTHON_BIN) -m ruff check
	@$(PYTHON_BIN) -m ruff format --check
	@$(PYTHON_BIN) -m mypy $(CODE) tests/*.py
	@$(PRODUCTION) $(PYTHON_BIN) manage.py makemigrations --check
	@$(PRODUCTION) $(PYTHON_BIN) -W error manage.py check --deploy --fail-level WARNING
	@$(PYTHON_BIN) -m pytest -q -m "not server" tests/test_architecture.py

.PHONY: format
format: ## put the code into the one style
	@scripts/bootstrap dev
	@$(PYTHON_BIN) -m ruff check --fix
	@$(PYTHON_BIN) -m ruff format

.PHONY: bench
bench: ## the figures, each beside what it is compared to
	@scripts/bootstrap test
	@$(PYTHON_BIN) -m bench

.PHONY: clean
clean: ## remove what was made, except .venv
	@rm -rf build var .pytest_cache .mypy_cache .ruff_cache
