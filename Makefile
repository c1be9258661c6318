# Everything lives in .venv, made from the lock of the newest Airflow.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

FLOW ?= all
ONLY ?=
SCHEDULES ?= 20
SEED ?= 1
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
    "$$name" -c 'import sys; (3, 11) <= sys.version_info[:2] < (3, 14) or sys.exit(1); print(sys.executable)' \
    2>/dev/null && break; done)

LOCK := requirements/airflow-3.3.txt
READY := .venv/.made-from-lock
LINT_READY := .venv/.made-from-lint-lock
BENCH_READY := .venv-bench/.made-from-lock
EDI_READY := .venv-edi/.made-from-lock
RUN := .venv/bin/python
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .venv-uv/bin/uv)
COMPILE := $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --custom-compile-command 'make locks'

# Interpreters come with the machine: uv must not fetch one.
export UV_PYTHON_DOWNLOADS := never

.PHONY: help demo up test chaos lint bench locks clean servers

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-6s %s\n", $$1, $$2}'

demo: $(READY) ## run the flows against the sandbox, into demo-run/ (FLOW=syspro_to_sftp runs one)
	@$(RUN) -m airflow_provider_mlconnector.sandbox.demo --flow $(FLOW) --into demo-run

up: $(READY) ## start Airflow's UI with the sandbox connected, to look around
	@$(RUN) -m airflow_provider_mlconnector.sandbox.up

test: $(READY) $(EDI_READY) servers ## run all tests
	@$(RUN) -m pytest -n auto

chaos: $(READY) servers ## disturb the flows at random (FLOW=, SCHEDULES=, SEED=), and count what is lost, doubled or stuck
	@$(RUN) -m tests.chaos --flow $(FLOW) --schedules $(SCHEDULES) --seed $(SEED)

lint: $(LINT_READY) ## check style, types, and who imports whom
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: $(READY) $(BENCH_READY) $(EDI_READY) servers ## measure speed and memory (ONLY= narrows it)
	@$(RUN) -m benchmarks $(ONLY)

locks: | $(filter .venv-uv/%,$(UV)) ## pin the newest versions that pyproject.toml and requirements/*.in allow
	@for minor in 3.1 3.2 3.3; do \
	    $(COMPILE) --extra postgres --extra sandbox pyproject.toml \
	        requirements/airflow-$$minor.in requirements/test.in --output-file requirements/airflow-$$minor.txt; \
	done
	@for set in lint bench edi-oracle; do $(COMPILE) requirements/$$set.in --output-file requirements/$$set.txt; done

clean: ## remove whatever was built, measured or cached, .venv too
	rm -rf .venv .venv-* build dist demo-run bench-run up-run .*_cache .hypothesis

servers:
	@missing=; \
	[ -x /usr/sbin/sshd ] || command -v sshd >/dev/null || missing="$$missing openssh-server"; \
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null \
	    || missing="$$missing postgresql"; \
	[ -z "$$missing" ] || .ci/install 'the servers of tests and benchmarks' $$missing

$(READY): $(LOCK) pyproject.toml | $(filter .venv-uv/%,$(UV))
	@[ -n '$(PYTHON)' ] || { echo 'Python 3.11, 3.12 or 3.13 is needed, and none is on the PATH.' >&2; exit 1; }
	@[ -x $(RUN) ] || $(UV) venv --quiet --python '$(PYTHON)' .venv
	@echo 'Installing Airflow and what this provider needs into .venv'
	@$(UV) pip install --quiet --python $(RUN) --require-hashes -r $(LOCK)
	@$(UV) pip install --quiet --python $(RUN) --no-deps --editable .
	@touch $@

$(LINT_READY): requirements/lint.txt $(READY)
	@$(UV) pip install --quiet --python $(RUN) --require-hashes -r requirements/lint.txt
	@touch $@

$(BENCH_READY): requirements/bench.txt | $(filter .venv-uv/%,$(UV))
	@$(UV) venv --quiet --clear --python '$(PYTHON)' .venv-bench
	@$(UV) pip install --quiet --python .venv-bench/bin/python --require-hashes -r $<
	@touch $@

$(EDI_READY): requirements/edi-oracle.txt | $(filter .venv-uv/%,$(UV))
	@echo 'Installing what judges EDI files into .venv-edi'
	@$(UV) venv --quiet --clear --python '$(PYTHON)' .venv-edi
	@$(UV) pip install --quiet --python .venv-edi/bin/python --require-hashes -r $<
	@touch $@

.venv-uv/bin/uv:
	@'$(PYTHON)' -c 'import ensurepip' 2>/dev/null || .ci/install 'virtual environments' python3-venv
	@'$(PYTHON)' -m venv .venv-uv
	@.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv
