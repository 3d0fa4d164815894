# Every target does its own set-up; nothing is installed outside this folder.
PYTHON ?= python3
VENV   := .venv/bin
UV     := build/uv/bin/uv
export UV_NO_PROGRESS := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format unit test-interop bench lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: build/.dev build/.cloud build/.node  ## install everything that the other targets need

$(UV): requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit("Slipway needs Python 3.11 or newer; %s is %s. Name another: make PYTHON=python3.12 …" % (sys.executable, sys.version.split()[0]) if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

build/.dev: $(UV) requirements-dev.txt requirements-engine.txt pyproject.toml
	@test -x $(VENV)/python || $(UV) venv -q --python $(PYTHON) .venv
	@$(UV) pip sync -q --python $(VENV)/python --require-hashes requirements-dev.txt
	@$(UV) pip install -q --python $(VENV)/python --no-deps --no-build-isolation -e .
	@# Its metadata asks for Python 3.14, which nothing in it needs: docs/decisions/kustomize-in-workers.md
	@$(UV) pip install -q --target $$($(VENV)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
		--python-version 3.14 --no-deps --require-hashes -r requirements-engine.txt
	@touch $@

build/.cloud: $(UV) requirements-cloud.txt
	@test -x .venv-cloud/bin/python || $(UV) venv -q --python $(PYTHON) .venv-cloud
	@$(UV) pip sync -q --python .venv-cloud/bin/python --require-hashes requirements-cloud.txt
	@touch $@

build/.node: build/.dev package.json package-lock.json
	@PATH="$(CURDIR)/$(VENV):$$PATH" npm ci --silent
	@touch $@

demo: setup  ## a new cluster from issue form to merge, and pull requests from push to verdict, on a local AWS
	@$(VENV)/python -m local.demo $(if $(KEEP),--keep)

test: setup lint  ## the gates and the whole test suite
	@$(VENV)/python -m pytest -n 2 --dist loadgroup tests/unit tests/templates tests/mutations tests/contract tests/infra
	@$(VENV)/python -m pytest tests/cloud

lint: build/.dev  ## formatting, style, types, the rules of the house
	@$(VENV)/ruff format --check -q .
	@$(VENV)/ruff check -q .
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-logo 2>&1 | tail -n 20

format: build/.dev  ## format the code
	@$(VENV)/ruff format -q . && $(VENV)/ruff check -q --fix .

unit: build/.dev  ## the fast tests only
	@$(VENV)/python -m pytest -n 2 tests/unit tests/templates tests/mutations

INTEROP := tests/interop/go
build/interop/fluxbuild: $(wildcard $(INTEROP)/*/*.go $(INTEROP)/cmd/*/*.go) $(INTEROP)/go.mod $(INTEROP)/go.sum
	@command -v go > /dev/null || { echo "the comparison with Flux's own code needs Go 1.26 or newer"; exit 1; }
	@cd $(INTEROP) && go build -p 2 -trimpath -o $(CURDIR)/build/interop/ ./cmd/...
	@touch $@

OPERATOR := tests/interop/operator
# A tool apart, never linked with code of ours: its licence is another one. The first build takes some minutes.
build/interop/flux-operator: $(OPERATOR)/go.mod $(OPERATOR)/go.sum
	@command -v go > /dev/null || { echo "the comparison with flux-operator needs Go 1.26 or newer"; exit 1; }
	@cd $(OPERATOR) && go build -p 2 -trimpath -o $(CURDIR)/$@ github.com/controlplaneio-fluxcd/flux-operator/cmd/cli
	@touch $@

KUBECONFORM := tests/interop/kubeconform
build/interop/kubeconform: $(KUBECONFORM)/go.mod $(KUBECONFORM)/go.sum
	@command -v go > /dev/null || { echo "the comparison with kubeconform needs Go 1.26 or newer"; exit 1; }
	@cd $(KUBECONFORM) && go build -p 2 -trimpath -o $(CURDIR)/$@ github.com/yannh/kubeconform/cmd/kubeconform
	@touch $@

KUBESEAL := tests/interop/kubeseal
build/interop/kubeseal: $(KUBESEAL)/go.mod $(KUBESEAL)/go.sum
	@command -v go > /dev/null || { echo "the comparison with kubeseal needs Go 1.26 or newer"; exit 1; }
	@cd $(KUBESEAL) && go build -p 2 -trimpath -o $(CURDIR)/$@ github.com/bitnami/sealed-secrets/cmd/kubeseal
	@touch $@

CROSSPLANE := tests/interop/crossplane
build/interop/crank build/interop/function-auto-ready: $(wildcard $(CROSSPLANE)/*/go.mod $(CROSSPLANE)/*/go.sum)
	@command -v go > /dev/null || { echo "the comparison with Crossplane needs Go 1.26 or newer"; exit 1; }
	@cd $(CROSSPLANE)/crank && go build -p 2 -trimpath -o $(CURDIR)/build/interop/ github.com/crossplane/crossplane/v2/cmd/crank
	@cd $(CROSSPLANE)/auto-ready && go build -p 2 -trimpath -o $(CURDIR)/build/interop/ github.com/crossplane/function-auto-ready
	@touch build/interop/crank build/interop/function-auto-ready

# Some module proxies refuse this module; then FUNCTION_SOURCE=<a checkout of its v0.9.3> stands for it.
FUNCTION := github.com/crossplane-contrib/function-patch-and-transform
FUNCTION_SOURCE ?=
build/interop/function-patch-and-transform:
	@if test -n "$(FUNCTION_SOURCE)"; then cd $(FUNCTION_SOURCE) && go build -p 2 -trimpath -o $(CURDIR)/$@ .; \
		else GOBIN=$(CURDIR)/build/interop go install -p 2 -trimpath $(FUNCTION)@v0.9.3 || \
		echo "what the Compositions of the templates compose is not compared: $(FUNCTION) is not to be had; name a checkout: make test-interop FUNCTION_SOURCE=…"; fi

INTEROP_PROGRAMS := $(addprefix build/interop/,fluxbuild flux-operator kubeconform kubeseal crank function-auto-ready function-patch-and-transform)
test-interop: build/.dev $(INTEROP_PROGRAMS)  ## compare what we render, compose and seal with what Flux's, Crossplane's and kubeseal's own code makes of it
	@$(VENV)/python -m pytest tests/interop

bench: setup  ## measure, with ratios against a named alternative
	@$(VENV)/python -m pytest tests/bench -s

lock: $(UV)  ## resolve the dependencies anew and lock them with hashes
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade pyproject.toml -o requirements.txt
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade --group cloud -o requirements-cloud.txt
	@echo uv | $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade -c requirements-dev.txt - -o requirements-uv.txt

clean:  ## remove what the targets made
	@rm -rf build .venv .venv-cloud node_modules cdk.out
