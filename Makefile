# Two commands: `make serve` and `make test`. Both create .venv and install what they need. Test files run JOBS at a time.
PYTHON ?= python3
EXTRAS ?=
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.kb

.PHONY: serve test test-full lint eval lock clean

serve: $(STAMP)
	$(BIN)/kb serve

test: $(STAMP)-test $(if $(EXTRAS),$(STAMP)-$(EXTRAS))
	$(BIN)/pytest -n $(JOBS) --dist loadfile

# The default suite and the same checks at full size.
test-full: $(STAMP)-test $(if $(EXTRAS),$(STAMP)-$(EXTRAS))
	$(BIN)/pytest -m "full or not full"

lint: $(STAMP)-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pip check

# The quality gate: every suite of bench/floors.toml. SUITES="golden xquad-r" for these; GATE=--update raises floors.
eval: $(STAMP)
	$(BIN)/python bench/gate.py --index index/eval $(GATE) $(SUITES)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kb needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …")'
	test -x $(BIN)/pip || sh tests/venv.sh "$(PYTHON)" $(VENV)
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

$(STAMP)-test: $(STAMP) requirements-test.lock
	$(BIN)/pip install -q --require-hashes -r requirements-test.lock
	sh tests/debian.sh
	touch $@

# The locked packages stay as they are: what sentence-transformers adds must fit them.
$(STAMP)-st: $(STAMP)-test
	$(BIN)/pip freeze --exclude-editable > $(VENV)/constraints.txt
	$(BIN)/pip install -q torch==2.13.0
	$(BIN)/pip install -q --no-build-isolation -c $(VENV)/constraints.txt -e '.[st]'
	touch $@

# Renew both lock files from pyproject.toml (needs uv).
lock:
	uv pip compile -q --generate-hashes --no-annotate --no-header --universal \
	  --python-version 3.11 pyproject.toml --extra build -o requirements.lock
	uv pip compile -q --generate-hashes --no-annotate --no-header --universal \
	  --python-version 3.11 -c requirements.lock --group test -o requirements-test.lock

clean:
	rm -rf $(VENV) index
