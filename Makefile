# For GNU make, 3.81 or newer (where `make` is another one: gmake).
# Two commands on a fresh machine with Python 3.11+ and pip:
#   make demo   set up and run the main job on the embedded simulated province
#   make test   set up and pass the tests
# Every path is relative and quoted, so a checkout under a name with spaces or Vietnamese letters works.

PYTHON ?= python3
OUT ?= demo-out
DEMO_FLAGS ?=
PYTEST_FLAGS ?=

# Compiled kernels are cached here and not in site-packages, so that a reinstall never meets a stale one.
export NUMBA_CACHE_DIR ?= .venv/numba-cache
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DELETE_ON_ERROR:
.PHONY: setup demo test lint lock clean

# A .venv without a working pip (its making was cut short, or its Python is gone) counts as no .venv at all.
ifeq ($(shell .venv/bin/python -m pip --version 2>/dev/null),)
.PHONY: .venv/bin/python .venv/.phusong-run .venv/.phusong-test
endif

setup: .venv/.phusong-run

.venv/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "phusong needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	@rm -rf .venv
	@echo "making .venv with $(PYTHON)"
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; \
	    echo "no .venv could be made, the reason is above; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }

# The stamp is written last: an interrupted set-up is simply begun again.
.venv/.phusong-run: requirements.lock pyproject.toml | .venv/bin/python
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch .venv/.phusong-run

.venv/.phusong-test: requirements-test.lock .venv/.phusong-run
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch .venv/.phusong-test

demo: setup
	.venv/bin/python -m phusong demo "$(OUT)" $(DEMO_FLAGS)

test: .venv/.phusong-test lint
	.venv/bin/python -m pytest $(PYTEST_FLAGS)

lint: .venv/.phusong-test
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/python -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'

# Renew the pinned locks (needs uv); one lock serves every Python from 3.11 on and every platform.
lock:
	echo "setuptools==80.9.0" | uv pip compile - pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock
	echo "setuptools==80.9.0" | uv pip compile - pyproject.toml --extra test -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements-test.lock

clean:
	rm -rf .venv demo-out build *.egg-info
