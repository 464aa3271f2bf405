# `make demo` and `make test` need Python 3.11 or newer, a C++ compiler, make and perl; they install
# everything else into $(VENV).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test bench fuzz lint clean

demo: $(VENV)/demo
	$(BIN)/python -m tests.models.demo

test: $(VENV)/dev
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

# Hours on two cores the first time; syntheses are kept, so that a stopped run goes on where it
# stopped. One part alone: python -m tests.benchmarks.arithmetic (20 minutes), .constants (10),
# .peak (10), .systolic (20), .performance (an hour), .networks (an hour), .formats (15),
# .formats_rtl (an hour), .onboard (an hour), .published (an hour), .real (an hour), each with --help.
bench: $(VENV)/dev
	$(BIN)/python -m tests.benchmarks.arithmetic
	$(BIN)/python -m tests.benchmarks.constants
	$(BIN)/python -m tests.benchmarks.peak
	$(BIN)/python -m tests.benchmarks.systolic
	$(BIN)/python -m tests.benchmarks.performance
	$(BIN)/python -m tests.benchmarks.networks
	$(BIN)/python -m tests.benchmarks.formats
	$(BIN)/python -m tests.benchmarks.formats_rtl
	$(BIN)/python -m tests.benchmarks.onboard
	$(BIN)/python -m tests.benchmarks.explore
	$(BIN)/python -m tests.benchmarks.maximum
	$(BIN)/python -m tests.benchmarks.published --synth
	$(BIN)/python -m tests.benchmarks.real
	$(BIN)/python -m tests.formal
	$(BIN)/python -m tests.mutation
	$(BIN)/python -m pytest -q -m slow
	$(BIN)/python -m generators.characterize --unseen

# As long as one likes: MINUTES of each kind, or until interrupted. Another SEED makes others; failures
# are saved, reduced, in tests/fuzz/found.
MINUTES ?= 60
SEED ?= 1
fuzz: $(VENV)/dev
	$(BIN)/python -m tests.fuzz descriptions networks arrays --keep --seed $(SEED) --minutes $(MINUTES)

lint: $(VENV)/dev
	$(BIN)/ruff check .

clean:
	rm -rf build $(VENV)

$(VENV)/demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .[dev]
	touch $@
