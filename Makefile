# 接诉 Jiesu. Python >= 3.11, make and a package index are all it takes; `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.jiesu-locked
STAMP := $(VENV)/.jiesu-ready
# Exactly what is locked: pip resolves nothing, so a newer release is never looked at; hashes are enforced.
FROM_LOCK := --no-deps --require-hashes --only-binary :all: --requirement requirements.lock
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard phrases/*/LC_MESSAGES/*.po))
WORKERS ?= 2
SEED ?= 1

# The same result whatever the shell of the caller had: no user packages, no settings of another environment.
unexport PYTHONPATH
unexport PYTHONHOME
unexport VIRTUAL_ENV
unexport PYTHONDONTWRITEBYTECODE # without it every process of an installation, and every test run, compiles anew
export PYTHONNOUSERSITE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-each up demo test coverage test-long chaos cluster-test check fmt lock clean

help: ## 列出命令 / list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) $(CATALOGUES) ## 建立 .venv / make .venv with the locked packages and the command .venv/bin/jiesu

# A changed lock makes the environment anew, so that nothing stays that is no longer locked.
$(LOCKED): requirements.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo '需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: make PYTHON=/path/to/python3'; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV) || \
		{ echo '无法建立虚拟环境（Debian: apt install python3-venv）/ cannot make a virtual environment'; exit 1; }
	@echo '安装锁定的软件包，需一两分钟 / installing the locked packages, a minute or two'
	@$(BIN)/python -m pip install --quiet $(FROM_LOCK) || $(BIN)/python deploy/setup/wheels.py $(FROM_LOCK)
	@touch $@

$(STAMP): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check || \
		{ echo '锁定的软件包不完整或互相冲突 / the locked packages are incomplete or in conflict: make lock'; exit 1; }
	@touch $@

setup-each: ## 用每个 Python 试装 / try the set-up with each of PYTHONS, in a temporary folder
	@"$(PYTHON)" deploy/setup/pythons.py $(PYTHONS)

%.mo: %.po $(LOCKED)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(word 2,$(subst /, ,$<))

up: setup ## 启动全部服务 / run everything: API on port 8000, Temporal UI on port 8233
	@exec $(BIN)/jiesu up

demo: setup ## 演示：一小时压成一秒 / the demonstration: one hour is one second, ends by itself
	@exec $(BIN)/jiesu demo

# With ARGS in one process, which begins at once.
test: setup ## 测试（约 13 分钟）；ARGS=tests/domain 只测一处 / the tests, 13 minutes; ARGS=tests/domain: one part
	$(BIN)/python -m pytest -m "not long" $(or $(ARGS),-n $(WORKERS))

# The same tests once more: counting lines nearly doubles the processor time of a workflow test.
coverage: setup ## 测试并要求覆盖率（约 22 分钟）/ the same tests with their coverage, 22 minutes
	$(BIN)/python -m pytest -m "not long" -n $(WORKERS) --cov --cov-report=term
	$(BIN)/coverage report --include='domain/*' --fail-under=100

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

lock: $(LOCKED) ## 锁定依赖 / lock what pyproject.toml asks for; newer releases with ARGS=--upgrade
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-strip-extras --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock $(ARGS)

clean: ## 删除可再生的文件（不含数据）/ remove what can be made again; data under .jiesu stays
	rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
