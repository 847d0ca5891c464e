# What people and CI call. Every target makes .venv first and needs only git, make and Python 3.11 or newer.
.DEFAULT_GOAL := help
.PHONY: help demo test check lint format bench diagrams

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo:  ## start the portal with the demo study on 127.0.0.1 (PORT=8000, WORKERS=1, SUBJECTS=all of them)
	@exec bin/demo

test:  ## run every test in parallel on a throw-away PostgreSQL, with a browser where there is one
	@exec bin/test

check:  ## what CI runs: lint, then the tests with the browser mandatory
	@$(MAKE) --no-print-directory lint
	@EDC_BROWSER_TESTS=required $(MAKE) --no-print-directory test

lint:  ## check style, types, layers, migrations and templates
	@exec bin/lint

format:  ## format the code and the templates
	@exec bin/lint --fix

bench:  ## measure the portal under load; a report, never a test
	@exec bin/bench

diagrams:  ## draw the state diagrams in docs/
	@exec bin/edc diagrams
