# make help lists what there is. Everything runs in .venv, which make fills by itself.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/ready
INSTALLED := $(VENV)/ready-for-tests
HW := hw3
export OPENBLAS_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The pins hold for what builds the package too.
export PIP_CONSTRAINT := constraints.txt

.PHONY: help demo test bank unit-tests test-slow lint notebooks parity otter-grade cgroup2 bench clean

help:
	@echo 'make demo        grade a made-up class of 60 and write its gradebook to build/demo/'
	@echo 'make test        lint, types, the bank, the tests'
	@echo 'make test-slow   the tests that take long: more attacks, clusters, parity (minutes)'
	@echo 'make notebooks   build the two student notebooks anew in assignments/$(HW)/'
	@echo 'make parity      compare homework grade with otter run on the whole demo class (minutes)'
	@echo 'make otter-grade the same with otter grade in containers (minutes; Linux, root, apt)'
	@echo 'make cgroup2     the tests of memory control groups, on a kernel with version 2 (Debian)'
	@echo 'make bench       what grading and the gradebook cost, as ratios (minutes)'
	@echo 'make lint        ruff and mypy only'
	@echo 'make clean       remove build/'

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@echo 'Installing pinned versions into $(VENV); this takes a minute or two.'
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(INSTALLED): $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

demo: $(READY)
	@$(BIN)/python -m autograder.demo build/demo

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/mypy

# The bank is measured beside the tests: together they keep two processors busy.
test: lint
	@$(MAKE) --no-print-directory --jobs=2 bank unit-tests

bank: $(INSTALLED)
	$(BIN)/homework check

# loadfile: what the tests of a file share, such as a graded class, is made only once.
unit-tests: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile

test-slow: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile -m slow

notebooks: $(INSTALLED)
	$(BIN)/homework build $(HW)
	cp build/$(HW)/student/*.ipynb assignments/$(HW)/

parity: $(INSTALLED)
	$(BIN)/python -m tests.parity

# 77: it cannot be shown on this machine, for a reason that it has printed.
otter-grade: $(INSTALLED)
	@$(BIN)/python -m tests.otter_grade || [ $$? -eq 77 ]

cgroup2: $(INSTALLED)
	@$(BIN)/python -m tests.cgroup2 || [ $$? -eq 77 ]

bench: $(INSTALLED)
	$(BIN)/homework build $(HW)
	$(BIN)/python -m tests.bench_grading build/$(HW)
	$(BIN)/python -m tests.bench_gradebook

clean:
	rm -rf build
