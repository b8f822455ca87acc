# What a developer types. Each target does all its own set-up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.PHONY: run test quick check bench lock format clean

run: $(VENV)/.runs ## a running server with a demo salon
	@$(BIN)/regulars serve --demo

test: $(VENV)/.ready ## every test, on every core
	@$(BIN)/python -m pytest -n auto --dist loadfile

quick: $(VENV)/.ready ## the tests that take little, while one works on something
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow"

check: $(VENV)/.ready ## lint, format, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.ready ## figures beside a hand-written floor and a stock server
	@$(BIN)/python bench/run.py

format: $(VENV)/.ready ## what can be mended without thinking
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

# What another Python made, or one that is gone, is made anew.
VERSION = -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
ifneq ($(wildcard $(VENV)),)
ifneq ($(shell $(BIN)/python $(VERSION)),$(shell $(PYTHON) $(VERSION)))
$(info $(VENV) is not of $(PYTHON): making it anew)
$(shell rm -rf $(VENV))
endif
endif

# uv where there is one; else the interpreter's own pip, which needs neither ensurepip nor root; else
# the pip that venv brings along.
ifneq ($(UV),)
INSTALL = $(UV) pip install -q --python $(BIN)/python
else ifeq ($(shell $(PYTHON) -m pip --version >/dev/null 2>&1 && echo yes),yes)
INSTALL = $(PYTHON) -m pip --python $(BIN)/python install -q
else
INSTALL = $(BIN)/python -m pip install -q
WITH_PIP = yes
endif

# Running needs less than testing, and is ready sooner.
$(VENV)/.runs: requirements.txt
	@echo "Installing into $(VENV), which takes a minute the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(if $(WITH_PIP),,--without-pip) $(VENV)
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready: $(VENV)/.runs requirements-dev.txt
	@echo "Installing what tests and checks need"
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

LOCK = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml

lock: ## after changing a pin in pyproject.toml (needs uv)
	@$(LOCK) --group build -o requirements.txt
	@$(LOCK) --group dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
