# Everything one does with Gatepass. `make help` lists it.

PYTHON ?= python3
VENV   := .venv/bin
NODE   := $(VENV)/python -m tools.node

.DEFAULT_GOAL := help
.PHONY: help install run dev test siege check format contract lock migration migrate rehearse bench doctor matrix mutants deactivate reactivate screenshots pack sbom clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

install: ## install both tool chains (every other target does it by itself)
	@$(PYTHON) tools/install.py

run: install ## run the product: installs, migrates, builds, starts both halves
	@$(VENV)/python -m tools.run

dev: install ## the same with reload on both sides
	@$(VENV)/python -m tools.run --dev

test: install ## run every suite; SUITE="python backend" for some
	@$(VENV)/python -m tools.test $(SUITE)

check: install ## format, lint, types in both languages, drift of generated files
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports --no-logo --no-cache
	$(VENV)/hadolint deploy/containers/*.Dockerfile
	$(NODE) biome check
	$(NODE) tsc -p packages/npm
	$(NODE) tsc -p frontend
	$(NODE) tsc -p tools
	$(VENV)/uv lock --check --quiet
	$(VENV)/python -m tools.lock --check
	$(VENV)/python -m tools.contract --check
	$(VENV)/python -m tools.regexes

format: install ## format both languages and apply the linters' safe fixes
	$(VENV)/ruff format --quiet . # first: a long line that it wraps is no fault
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .
	$(NODE) biome check --write

contract: install ## regenerate what is generated: golden vectors, openapi.json, the client's types
	@$(VENV)/python -m tools.contract

lock: install ## complete package-lock.json for every platform after `npm install`
	@$(VENV)/python -m tools.lock

migration: install ## write the next migration of the API from what its tables say: NAME="add priority"
	@$(VENV)/python -m tools.migration $(NAME)

migrate: install ## bring both databases to the current schema
	@$(VENV)/python -m tools.migrate

siege: install ## measure how somebody's requests fare while strangers send everything hostile at once
	@$(VENV)/python -m tools.build
	@$(VENV)/python -m pytest -rP e2e/test_siege.py

rehearse: install ## build the production topology, break it under load, compare with the ledger
	@$(VENV)/python -m tools.rehearse $(if $(BREAK),--break $(BREAK)) $(if $(ONLY),--only $(ONLY))

bench: install ## measure speed as ratios; tables and plots go to bench/results
	@missed=0; for part in verify api browser; do $(VENV)/python -m bench.$$part || missed=1; done; exit $$missed

doctor: install ## say what is wrong with the configuration or the running halves
	@$(VENV)/python -m tools.doctor

matrix: install ## run the packages with the oldest and newest of what they support (long); writes docs/compatibility.md
	@$(VENV)/python -m tools.matrix

mutants: install ## mutation testing of the verifier, ownership and access (long)
	@$(VENV)/python -m tools.mutants

deactivate: install ## end all sessions of EMAIL=… and refuse new ones
	@$(NODE) frontend/scripts/deactivate.ts "$(EMAIL)"

reactivate: install ## let EMAIL=… sign in again
	@$(NODE) frontend/scripts/deactivate.ts "$(EMAIL)" --reactivate

screenshots: install ## take the README's pictures from the real product
	@$(VENV)/python -m tools.screenshots

pack: ## make both packages into dist/, to be installed in an app of your own
	@$(PYTHON) tools/pack.py

sbom: install ## write what is shipped, and in which version, into dist/ (CycloneDX, one file a language)
	@mkdir -p dist
	@$(NODE) npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > dist/sbom-npm.json
	@$(VENV)/uv export --quiet --frozen --no-dev --format=cyclonedx1.5 > dist/sbom-python.json && ls dist/sbom-*

clean: ## remove the tool chains and builds; env files and databases stay
	rm -rf .venv .cache dist node_modules frontend/node_modules frontend/.next .mypy_cache .ruff_cache .pytest_cache
