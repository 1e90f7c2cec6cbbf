.DEFAULT_GOAL := help
.PHONY: help build test test-integration lint fmt up down bench acceptance live

SOURCES := Services Shared Tests Package.swift

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

build: ## the programs, release
	swift build -c release

test: ## all tests, against a PostgreSQL and a RabbitMQ of their own
	deploy/local/test

test-integration: ## only the tests that run whole services
	deploy/local/test --filter 'IntegrationTests|EndToEndTests'

lint: ## formatting and the direction of imports
	swift format lint --strict --recursive $(SOURCES)
	.ci/lint-imports

fmt: ## formats the sources in place
	swift format format --in-place --recursive $(SOURCES)

up: ## everything on this machine: servers, schema, build, services
	deploy/local/up

down: ## stops it; the data stays
	deploy/local/down

bench: ## highest sustained create rate and CPU per task, beside a peer
	Tests/Benchmarks/bench

acceptance: ## the whole loop on public data, over HTTP, against what `make up` runs
	@if [ -f .local/env ]; then . .local/env; fi; python3 Tests/Acceptance/loop.py

live: ## remote providers with a real model server (built the first time, which takes minutes)
	deploy/local/live
