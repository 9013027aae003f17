# Everything that a checkout needs, from Python 3.11 or newer with venv, and make.
#
#   make demo    a shop API under load, and its live page (DEMO_SECONDS=30 ends it by itself)
#   make test    all checks and tests but the slow ones
#
# All of it lives in .venv, node and npm too. Each rule leaves a stamp, so that a repeated run
# does only what has changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # the checks' output would interleave, and the tests share two cores
.PHONY: help env page demo screenshots system lint test-python test-web test test-slow test-oldest bench bench-advice bench-analysis coverage format lock wheel clean

VENV := .venv
STAMPS := $(VENV)/.stamps
PY := $(VENV)/bin/python

# The first interpreter that is new enough. Only asked for while .venv is made.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

# Recipes find ruff, npm, node and their kin here, never another version on the machine.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# An activated environment elsewhere must not receive our packages.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONHOME

# The folders that hold Python; those that a partial checkout lacks are passed over.
PYTHON_SOURCES := $(wildcard src tests demo examples benchmarks scripts/*.py hatch_build.py)
PYTEST := $(PY) -m pytest
# Three files at a time: most tests wait for servers that they started.
AT_ONCE := -n 3 --dist loadfile

help:
	@sed -n '3,4s/^# *//p' Makefile
	@echo 'Also: test-slow, test-oldest, bench, bench-advice, bench-analysis, coverage, lint, format, page, screenshots, wheel, lock, clean'

# ---- the environment: three steps, each locked with hashes ----

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed; say where it is: make PYTHON=/path/to/python3'; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	mkdir -p $(STAMPS) && touch $@

# pip installs only uv, which installs all else in seconds rather than minutes.
$(STAMPS)/uv: requirements/uv.txt $(STAMPS)/venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(STAMPS)/packages: requirements/dev.txt $(STAMPS)/uv
	uv pip install --quiet --python $(PY) --require-hashes -r $<
	touch $@

# The checkout itself has no hash, so it comes by itself: without dependencies, and with the
# build backend that was just installed instead of a fresh one.
$(STAMPS)/editable: pyproject.toml hatch_build.py $(STAMPS)/packages
	uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	touch $@

env: $(STAMPS)/editable

# ---- the page ----

# `npm ci` begins by deleting node_modules, and the stamp with it. No package's install script
# is run: none is needed, and a stranger's script has no business here.
web/node_modules/.stamp: web/package.json web/package-lock.json $(STAMPS)/packages
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# Asks for the digest of web/, not for times: a checkout of another commit changes only the first.
page: env web/node_modules/.stamp
	@$(PY) hatch_build.py --is-fresh || { (cd web && npm run build) && $(PY) hatch_build.py; }

demo: page
	@exec $(PY) -m demo

# The README's pictures, of the demo under load (five minutes), and every screen of the page's
# own demo mode, in screenshots/.
screenshots: page system
	$(PY) -m scripts.readme_pictures
	$(PY) scripts/screenshots.py screenshots

# ---- checks and tests ----

# Installs what is missing where it may. Where it may not, it says so and tests are left out.
system:
	@scripts/install-system

lint: env
	ruff check .
	ruff format --check .
	mypy $(PYTHON_SOURCES)
	lint-imports --no-logo

test-python: env page system
	$(PYTEST) $(AT_ONCE) -m 'not slow' || $(PY) -m scripts.run_failed_alone $$? -m 'not slow'

test-web: page
	cd web && npm run check
	cd web && npm test

test: system lint test-web test-python

test-slow: env page system test-oldest
	$(PYTEST) -m slow || $(PY) -m scripts.run_failed_alone $$? -m slow

# The same contracts on the oldest releases that pyproject.toml allows. They warn of each other's
# deprecations, which is no fault of ours. Only files that name a marker are collected, for the
# others import what this environment does not have.
$(STAMPS)/oldest: requirements/oldest.txt pyproject.toml hatch_build.py $(STAMPS)/uv
	uv venv --quiet --clear --python $(PY) $(VENV)/oldest
	uv pip install --quiet --python $(VENV)/oldest --require-hashes -r $<
	uv pip install --quiet --python $(VENV)/oldest --no-deps --no-build-isolation --editable .
	touch $@

test-oldest: $(STAMPS)/oldest system
	$(VENV)/oldest/bin/python -m pytest -m 'route_contract or client_contract' \
		-W ignore::DeprecationWarning \
		$$(grep -rlE --include='test_*.py' 'mark\.(route|client)_contract' tests)

bench: env page system
	$(PY) -m benchmarks.gates

# Five minutes of load on planted faults: `make bench-advice ADVICE="FOLDER --runs 10"`.
bench-advice: env system
	$(PY) -m benchmarks.advice.gate $(ADVICE)

# An hour or more: the full campaign of regressions found, with rivals.
bench-analysis: env
	$(PY) -m benchmarks.analysis.campaign --rivals

coverage: env page system
	$(PYTEST) $(AT_ONCE) -m 'not slow' --cov --cov-report=term

format: env
	ruff check --fix .
	ruff format .

# ---- making things ----

# sdist and wheel in dist/; refused where the page is not fresh (hatch_build.py).
wheel: page
	$(PY) -m hatchling build

# Pins everything anew. `--universal` makes one lock serve every platform and Python from 3.11 on.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --upgrade pyproject.toml

lock: $(STAMPS)/uv
	$(COMPILE) --group dev --output-file requirements/dev.txt
	$(COMPILE) --group build --group test --resolution lowest-direct --output-file requirements/oldest.txt
	awk '/^[^ ]/ { keep = /^uv==/ } keep' requirements/dev.txt > requirements/uv.txt

clean:
	rm -rf $(VENV) web/node_modules src/api_performance/server/static dist \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
