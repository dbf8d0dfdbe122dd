# make demo and make test do all the set-up on a fresh machine.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The toolchain that deploy/install-dependencies.sh may have put beside the system's own.
export PATH := $(PATH):/opt/swift/usr/bin:$(HOME)/.local/share/swift/usr/bin

SOURCES := Package.swift Sources Tests

# Every target is a command.
.PHONY: help dependencies build release test sanitize demo bench lint format clean

help: ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1 \t/' | expand -t 24

dependencies: ## install what building needs (Debian and Ubuntu)
	@deploy/install-dependencies.sh

build: dependencies ## a debug build
	swift build --build-tests

release: dependencies ## the binaries that are run: .build/release/dure
	swift build -c release

demo: release ## everything on this machine: an embedded broker, two workers, 200 messages
	.build/release/dure demo

test: ## all tests; those against a real Kafka run where one is found
	@deploy/install-dependencies.sh --tests
	deploy/ci/test.sh

sanitize: dependencies ## kernels, parsers and state machines under the address and thread sanitizers
	deploy/ci/sanitize.sh

lint: dependencies ## the formatter's rules, as errors
	swift format lint --strict --parallel --recursive $(SOURCES)

format:
	swift format --in-place --parallel --recursive $(SOURCES)

bench: release ## kernels and engine on this machine, as CSV
	.build/release/dure-bench kernels

clean: ## remove everything that was built
	rm -rf .build out
