.DEFAULT_GOAL := help
.PHONY: help build test check fuzz demo man format clean

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the slipway program for debugging
	@scripts/setup --quiet
	swift build --product slipway

test: ## Build and run all tests
	@scripts/test

check: ## Check formatting, warnings, manifests and the contract
	@scripts/check

fuzz: ## Fuzz the parsers, a quarter of a minute each
	@scripts/fuzz

demo: ## Deploy examples/mirai on this machine, until Ctrl-C
	@scripts/demo

man: ## Write the manual page, slipway.1, into .build
	@scripts/setup --quiet
	swift package generate-manual

format: ## Format the Swift sources in place
	swift format --in-place --parallel --recursive Package.swift Plugins Sources Tests Fuzzing

clean: ## Remove everything that was built
	swift package clean
	rm -rf .build-tools .demo
