# make run [MODEL=path-or-hub-id] [PORT=n]   the page
# make test                                  style, types and every test
# make model                                 trains the small Falcon model again
# make languages                             brings the catalogues up to the page's sentences
# make bench                                 measures the start
# make bench-client                          measures the client, and its peers
# make bench-page                            measures the page beside others, in Chromium
# make fuzz [SECONDS=300]                    looks for bytes that break the client's parsers
# make clean                                 removes what these made
# PYTHON=python3.12 chooses the interpreter.

PYTHON ?= python3
VENV := .venv/bin/python

.PHONY: run test model languages bench bench-client bench-page fuzz clean

run:
	@test -x $(VENV) && cmp -s requirements.txt .venv/requirements.txt || \
		$(PYTHON) -I falcon/install.py requirements.txt
	@exec $(VENV) -m falcon run $(if $(MODEL),--model '$(MODEL)') $(if $(PORT),--port $(PORT))

test:
	@$(PYTHON) -I falcon/install.py requirements-dev.txt
	$(VENV) -m ruff format --check
	$(VENV) -m ruff check
	$(VENV) -m mypy
	$(VENV) -m pytest --numprocesses 2 --dist loadfile

model:
	@$(PYTHON) -I falcon/install.py --into .venv-model falcon/local/model/requirements.txt
	.venv-model/bin/python -m falcon.local.model.train
	.venv-model/bin/python -m falcon.local.model.export

languages:
	@$(PYTHON) -I falcon/install.py requirements-dev.txt
	@$(VENV) -m falcon.languages

bench:
	@$(PYTHON) -I falcon/install.py requirements-dev.txt
	$(VENV) -m benchmarks.start

bench-client:
	@$(PYTHON) -I falcon/install.py --into .venv-bench benchmarks/requirements.txt
	@.venv-bench/bin/python -m pip install --quiet --no-deps --no-compile litellm==1.109.1
	@.venv-bench/bin/python -m benchmarks.client

bench-page:
	@$(PYTHON) -I falcon/install.py requirements-dev.txt
	@$(VENV) -m benchmarks.page

fuzz: SECONDS ?= 300
fuzz:
	@$(PYTHON) -I falcon/install.py --into .venv-fuzz tests/fuzz-requirements.txt
	.venv-fuzz/bin/python -m tests.fuzz_containers -max_total_time=$(SECONDS)

clean:
	rm -rf .venv .venv-bench .venv-bench-page-* .venv-fuzz .venv-ministack .venv-model .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
