.DEFAULT_GOAL := help
.PHONY: help build test test-integration lint fmt up down bench acceptance contract fuzz-api oidc demo-loop demo-rollout demo-streams live live-ray check-deploy test-containers scale

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

demo-loop: ## a team's history on public data: trainings, rollouts and the learning curve, on a system of its own
	python3 Tests/Acceptance/history.py

demo-rollout: ## a worse version is stopped by the checks, the gate and the canary, on a system of its own
	python3 Tests/Acceptance/rollout.py

demo-streams: ## 5,000 idle event streams, their memory, and kill -9 of the replica that holds them
	python3 Tests/Acceptance/streams.py

contract: ## what `make up` runs against what it says of itself: OpenAPI, AsyncAPI, schemas, streams, random requests
	@if [ -f .local/env ]; then . .local/env; fi; "$$(deploy/local/api-tools install)" Tests/Acceptance/contract.py

fuzz-api: ## the same with a thousand random requests for each operation
	@if [ -f .local/env ]; then . .local/env; fi; "$$(deploy/local/api-tools install)" Tests/Acceptance/contract.py --long

oidc: ## tokens of a real OpenID Connect provider, on a system of its own
	"$$(deploy/local/api-tools install)" Tests/Acceptance/oidc.py

live: ## remote providers with a real model server (built the first time, which takes minutes)
	deploy/local/live

live-ray: ## trainings on a real Ray (installed the first time, which takes a minute)
	deploy/local/live-ray

check-deploy: ## images, compose file, manifests, rules and dashboards, without an engine or a cluster
	deploy/kubernetes/check

test-containers: ## the compose file built and run with Docker: curl lines, kills, restarts, scaling (Tests/Containers)
	python3 Tests/Containers/containers.py --fresh

scale: ## plays the autoscaling rules on bursty load and writes docs/scale.md's tables and plots anew
	Tests/Benchmarks/scale
