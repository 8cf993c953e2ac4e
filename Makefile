# Vicinal's tasks. Every target installs what it needs first and may be run again at any time.

.DEFAULT_GOAL := help
.PHONY: setup build demo test contract-table bench bench-gates bench-peers bench-growth bench-memory wheel lint format clean help
SHELL := /bin/bash

PYTHON := .venv/bin/python
# Apache Arrow, which scripts/setup puts there: parquet files, s3://, gs://, hdfs://. SwiftPM takes
# no rpath from pkg-config.
ARROW := $(CURDIR)/.venv/arrow/lib
export PKG_CONFIG_PATH := $(ARROW)/pkgconfig:$(PKG_CONFIG_PATH)
WITH_ARROW := --traits Arrow -Xlinker -rpath -Xlinker $(ARROW)
# Tests are built with warnings as errors, in a folder of their own: other flags in the same folder
# would rebuild everything each time. Packages we depend on are not held to this by SwiftPM.
STRICT := -c release --scratch-path .build-test $(WITH_ARROW) \
  -Xswiftc -warnings-as-errors -Xcc -Wall -Xcc -Werror=all
SWIFT_SOURCES := $(wildcard Sources Tests Package.swift)
C_FOLDERS := Sources/CVicinalKernels Sources/COpenBLAS Sources/CZlib Sources/CZeroMQ Sources/CVicinalArrow Sources/CArrow \
  Sources/CVicinal python-tests/c bench/gates/program
C_SOURCES = $(shell find $(C_FOLDERS) -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.inc')

setup: ## install what is missing: Python packages in .venv, Debian packages if need be
	@scripts/setup

build: setup ## build everything in release mode
	swift build -c release $(WITH_ARROW)

demo: build ## build a tuned index from real embeddings, show what was chosen, and search it
	scripts/demo

# A test of Python that hangs shows its stacks, then is ended and is a failure. (The stacks that --timeout
# itself writes are lost in a worker of pytest-xdist.)
PYTEST := $(PYTHON) -m pytest -n 2 --timeout 300 --timeout-method thread -o faulthandler_timeout=280

# Only Swift Testing is used (scripts/check-imports says so), so XCTest's empty run is left out.
test: setup ## run every test, Swift and Python, with warnings as errors
	swift test $(STRICT) --disable-xctest
	@if [ -d python-tests ]; then \
	  swift build $(STRICT) --product VicinalC && \
	  bin="$$(swift build $(STRICT) --show-bin-path)" && \
	  echo "pytest -n 2 python-tests" && VICINAL_BIN_DIR="$$bin" $(PYTEST) python-tests; \
	fi

contract-table: setup ## write docs/contract.md: what every kind of index can do
	VICINAL_WRITE_CONTRACT=1 swift test $(STRICT) --disable-xctest --filter ContractTests.TableLaws

bench: setup ## compare speed with faiss on this machine
	bench/run

bench-gates: setup ## fail if a main operation takes more instructions or finds less than it did; needs valgrind
	bench/gates/run $(GATES)

bench-peers: setup ## measure Vicinal beside faiss-cpu, hnswlib, usearch and SVS; hours, unless PEERS="--data …" says less
	bench/peers/run $(PEERS)

bench-growth: setup ## measure how cost grows from 10,000 to 2,000,000 vectors; half an hour and more
	bench/growth/run $(GROWTH)

bench-memory: setup ## measure bytes per vector and memory while building, of Vicinal and its peers
	bench/memory/run $(MEMORY)

wheel: setup ## build the Python wheel in dist/ and try it in a fresh environment
	scripts/check-wheel dist

lint: setup ## check format, layout and imports; changes nothing
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@echo "clang-format --dry-run -Werror $(C_FOLDERS)"
	@.venv/bin/clang-format --dry-run -Werror $(C_SOURCES)
	scripts/check-layout
	scripts/check-imports

format: setup ## format the Swift and C sources in place
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)
	@echo "clang-format -i $(C_FOLDERS)"
	@.venv/bin/clang-format -i $(C_SOURCES)

clean: ## remove everything that was built; .venv stays, so that no network is needed again
	rm -rf .build .build-test .build-library dist demo-output .pytest_cache
	find scripts bench python-tests -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) \
	  | while IFS='|' read -r name text; do printf 'make %-14s %s\n' "$$name" "$$text"; done
