# make demo   score the example rollouts; sets up a virtual environment with the core only
# make test   run the tests; sets up all that they need
# make check  lint, format, types, tests and doctests

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check -qq
# A strict editable install links file by file, so type checkers see it; new files need a new install.
EDITABLE := --config-settings editable_mode=strict

TESTED := $(shell find rewardkit verifiers cli tests examples docs benchmarks README.md -type f -not -name '*.pyc')

# The repository root must not be on sys.path: the folders verifiers/ and cli/ are rewardkit.verifiers and rewardkit.cli.
export PYTHONSAFEPATH = 1

.PHONY: demo test check lint format types doctest browser clean FORCE

demo: $(VENV)/.core
	@mkdir -p out
	$(BIN)/rewardkit score examples/rollouts.jsonl --reward examples/recipe.yaml -o out/scored.jsonl --overwrite

test: $(VENV)/.dev browser
	$(BIN)/python -m pytest tests
	@touch $(VENV)/.tested

check: lint types $(VENV)/.tested doctest

# The tests passed since anything that they read was changed.
$(VENV)/.tested: $(VENV)/.dev $(TESTED)
	$(MAKE) test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# From a folder without the sources: mypy looks in the current one first, and sees two of the three rooms there.
types: $(VENV)/.dev
	cd $(VENV) && $(abspath $(BIN))/mypy --strict --config-file $(abspath pyproject.toml) -p rewardkit

doctest: $(VENV)/.dev browser
	$(BIN)/python -m pytest --doctest-modules --pyargs rewardkit

# The report of `rewardkit bench` is tested in a real browser.
browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  echo "installing chromium and chromium-driver for the tests of the report"; \
	  root=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  $$root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends \
	    chromium chromium-driver >/dev/null; } \
	|| { echo "the tests need chromium and chromedriver on the PATH; install them (Debian: chromium, chromium-driver)"; exit 1; }

clean:
	rm -rf $(VENV) build dist out *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"rewardkit needs Python 3.11 or later, and $(PYTHON) is {v.major}.{v.minor}; say which to use: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip "setuptools>=77" wheel

# The names of all files of the package: when one comes or goes, the package is installed anew.
$(VENV)/.files: $(VENV)/bin/python FORCE
	@find rewardkit verifiers cli -type f -not -name '*.pyc' | sort > $@.now
	@cmp -s $@ $@.now && rm $@.now || mv $@.now $@

$(VENV)/.core: $(VENV)/.files pyproject.toml
	@rm -rf build/__editable__*
	$(PIP) install $(EDITABLE) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.files pyproject.toml constraints.txt
	@rm -rf build/__editable__*
	$(PIP) install $(EDITABLE) -c constraints.txt -e '.[all,dev]'
	@touch $@ $(VENV)/.core
