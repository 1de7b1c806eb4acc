# 接诉 Jiesu. Python >= 3.11, make and a package index are all it takes; `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.jiesu-ready
WORKERS ?= 2
SEED ?= 1

# The same result whatever the shell of the caller had: no user packages, no settings of another environment.
unexport PYTHONPATH
unexport PYTHONHOME
unexport VIRTUAL_ENV
export PYTHONNOUSERSITE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup up demo test test-long chaos cluster-test check fmt lock clean

help: ## 列出命令 / list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## 建立 .venv / make .venv with the locked packages and the command .venv/bin/jiesu

$(STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo '需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: make PYTHON=/path/to/python3'; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) || \
		{ echo '无法建立虚拟环境（Debian: apt install python3-venv）/ cannot make a virtual environment'; exit 1; }
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

up: setup ## 启动全部服务 / run everything: API on port 8000, Temporal UI on port 8233
	@exec $(BIN)/jiesu up

demo: setup ## 演示：一小时压成一秒 / the demonstration: one hour is one second, ends by itself
	@exec $(BIN)/jiesu demo

# With ARGS one process and no coverage, which nearly doubled the processor time of a workflow test.
test: setup ## 测试（10 分钟内）；ARGS=tests/domain 只测一处 / the tests, under 10 minutes; ARGS=tests/domain: one part
	$(BIN)/python -m pytest -m "not long" $(or $(ARGS),-n $(WORKERS) --cov --cov-report=term)

test-long: setup ## 长测试（30 分钟内）/ the long tests, under 30 minutes
	$(BIN)/python -m pytest -m long $(ARGS)

cluster-test: setup ## 集群测试（需 Temporal 服务端程序或 Go）/ the suites on a cluster; needs temporal-server or Go
	$(BIN)/python -m deploy.cluster test $(ARGS)

chaos: setup ## 混沌测试（15 分钟内）/ a city under faults, then the proof: make chaos SEED=1
	$(BIN)/python -m chaos --seed $(SEED) $(ARGS)

check: setup ## 检查 / linter, formatter, types, import contracts, rule packs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/jiesu rules check

fmt: setup ## 整理代码 / let the formatter and the linter's safe fixes write
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: setup ## 重新锁定依赖 / resolve the dependencies anew into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock

clean: ## 删除可再生的文件（不含数据）/ remove what can be made again; data under .jiesu stays
	rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
