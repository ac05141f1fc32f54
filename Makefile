# Two commands: `make demo` sets up and runs the main job, `make test` sets up and checks everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
AS_OF := 2026-06-25
export AIRFLOW_HOME := $(CURDIR)/$(DEMO)/airflow
export AIRFLOW__CORE__LOAD_EXAMPLES := False
export AIRFLOW__CORE__DAGS_FOLDER := $(CURDIR)/dags
# the demo registers the DAGs, and a paused one leaves its back-fill queued
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION := False
export PYTHONDONTWRITEBYTECODE :=
.PHONY: demo test lint unit airflow-home standalone bench bench-forecasting lock clean

# the environment is made again whenever the lock or the metadata changes
$(VENV)/.ready: requirements.lock setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

airflow-home: $(VENV)/.ready
	@$(BIN)/airflow db migrate > $(DEMO)-airflow.log 2>&1 || { cat $(DEMO)-airflow.log; exit 1; }
	@rm -f $(DEMO)-airflow.log

$(DEMO)/c2b.yaml: | $(VENV)/.ready
	$(BIN)/c2b init $(DEMO) --sample market

demo: $(VENV)/.ready $(DEMO)/c2b.yaml airflow-home
	C2B_CONFIG=$(CURDIR)/$(DEMO)/c2b.yaml AIRFLOW__LOGGING__LOGGING_LEVEL=WARNING PYTHONWARNINGS=ignore \
		$(BIN)/airflow dags test c2b_nightly --conf '{"as_of": "$(AS_OF)"}'
	@echo
	@echo "demand briefs: $(CURDIR)/$(DEMO)/out/briefs/$(AS_OF)/index.html"
	@echo "batch specs:   $(CURDIR)/$(DEMO)/out/plans/$(AS_OF)/batch_specs.csv"
	@echo "batch orders:  $(CURDIR)/$(DEMO)/out/outbox (after approval: $(BIN)/c2b approve --config $(DEMO)/c2b.yaml --as-of $(AS_OF) --by NAME --reason TEXT)"

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 sql
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

unit: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test: lint unit

# Airflow with its scheduler and pages on http://127.0.0.1:8080, on the demo's data
standalone: $(VENV)/.ready $(DEMO)/c2b.yaml
	C2B_CONFIG=$(CURDIR)/$(DEMO)/c2b.yaml AIRFLOW__CORE__PARALLELISM=4 AIRFLOW__API__HOST=127.0.0.1 \
		AIRFLOW__API__WORKERS=1 AIRFLOW__API_AUTH__JWT_SECRET=$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(32))') \
		PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/airflow standalone

# the peers' environment is apart: they need an older pandas
DATA := ../shared/data
SERIES := bench-series
$(VENV)-peers/.ready: bench/forecasting/peers_requirements.txt $(VENV)/.ready
	$(BIN)/uv venv --quiet --clear $(VENV)-peers
	$(BIN)/uv pip install --quiet --python $(VENV)-peers/bin/python -r $<
	touch $@

bench-forecasting: $(VENV)-peers/.ready
	for seed in 31 32 33; do $(BIN)/python -m bench.forecasting.markets --seed $$seed --out $(SERIES); done
	$(VENV)-peers/bin/python -m bench.forecasting.datasets --data $(DATA) --out $(SERIES)
	$(VENV)-peers/bin/python -m bench.forecasting.peers --series $(SERIES)
	$(BIN)/python -m bench.forecasting --series $(SERIES)
	$(BIN)/python -m bench.forecasting.many
	$(BIN)/python -m bench.forecasting.leads --series $(SERIES)
	$(BIN)/python -m bench.forecasting.launches --data $(DATA)
	$(BIN)/python -m bench.forecasting.processes
	$(BIN)/python -m bench.forecasting.regions --data $(DATA) --series $(SERIES)
	$(BIN)/python -m bench.forecasting.totals --data $(DATA) --series $(SERIES)

bench: demo
	$(BIN)/python -m bench.plan_size --config $(DEMO)/c2b.yaml --as-of $(AS_OF)
	$(BIN)/python -m bench.run_speed
	$(BIN)/python -m bench.extraction --data $(DATA)
	$(BIN)/python -m bench.candidates --seeds 1 2 3 4 5
	$(BIN)/python -m bench.market_test --seeds 1 2 3 4 5
	$(BIN)/python -m bench.second_market --seeds 1 2 3 --out $(DEMO)/second_market.md
	$(BIN)/python -m bench.choice_reference --data $(DATA)

# pins everything, extras included
lock:
	$(BIN)/uv pip compile --quiet --upgrade --extra dev --extra completejourney --no-annotate --no-header \
		--output-file requirements.lock setup.cfg

clean:
	rm -rf $(VENV) $(VENV)-peers $(DEMO) $(SERIES) build *.egg-info
