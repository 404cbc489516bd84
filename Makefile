# Two commands do everything:  make quickstart   and   make test
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
QUICK := quickstart
TASKS := d3il/avoiding-v3 navigation/pointmaze-medium-v1
NAMED := $(addprefix --task ,$(TASKS))
SEEDS := 0 1 2
PLAY := $(BIN)/ilbench run $(NAMED) --preset full --nonce published --checkpoints $(QUICK)/checkpoints
TYPED := build/typing
INPUTS ?= 20000

# Each command would compile every module anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: quickstart test slow faults check house bench ledger install clean

quickstart: $(VENV)/installed ## demonstrations, three seeds of one baseline, one of another, a leaderboard, a page, two figures
	$(foreach task,$(TASKS),$(BIN)/ilbench demos $(task) &&) true
	$(foreach task,$(TASKS),$(foreach seed,$(SEEDS),$(BIN)/ilbench train bc-mlp $(task) --seed $(seed) \
	    --out $(QUICK)/checkpoints/bc-mlp/$(task)/seed-$(seed) &&)) true
	$(foreach task,$(TASKS),$(BIN)/ilbench train diffusion $(task) --out $(QUICK)/checkpoints/diffusion/$(task)/seed-0 &&) true
	$(foreach policy,random expert diffusion,$(PLAY) $(policy) --out $(QUICK)/runs/$(policy) &&) true
	$(foreach seed,$(SEEDS),$(PLAY) bc-mlp --training-seed $(seed) --out $(QUICK)/runs/bc-mlp-seed-$(seed) &&) true
	$(BIN)/ilbench leaderboard $(QUICK)/runs --format html --out $(QUICK)/leaderboard.html --figures $(QUICK)/figures
	$(BIN)/ilbench leaderboard $(QUICK)/runs

test: $(VENV)/installed ## every test but the slow ones
	$(BIN)/python -m pytest -n 2

slow: $(VENV)/installed ## trains two baselines anew and compares the episodes with the published ones
	$(BIN)/python -m pytest -m slow

faults: $(VENV)/installed ## what goes wrong on purpose: mutated files for every reader, hostile policies, killed runs
	$(BIN)/python tests/faults/fuzz_readers.py --inputs $(INPUTS) --out build/fuzz.csv --failed build/fuzz-failed
	$(BIN)/python tests/faults/run_zoo.py
	$(BIN)/python tests/faults/run_attacks.py --out build/attacks.csv
	$(BIN)/python tests/faults/storm.py
	$(BIN)/python -W ignore tests/faults/kill_at_every_write.py

check: $(VENV)/installed ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf $(TYPED) && mkdir -p $(TYPED)/ilbench
	ln -s $(CURDIR)/benchmark/* $(CURDIR)/tasks $(CURDIR)/baselines $(CURDIR)/leaderboard $(TYPED)/ilbench/
	cd $(TYPED) && $(abspath $(BIN))/mypy --config-file $(CURDIR)/pyproject.toml -p ilbench

house: $(VENV)/installed ## modules, arrows, cycles, the longest body and file, what has no test file
	$(BIN)/python tests/tools/house.py

bench: $(VENV)/installed ## the runner's overhead on every task, beside a bare loop
	$(BIN)/ilbench bench harness

ledger: $(VENV)/installed ## the published runs of baselines that are missing, the cheapest first; goes on where it was stopped
	$(BIN)/ilbench ledger results

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[all,dev]"
# The tests let robomimic's own reader open what we write. Without its dependencies, for the reader needs none of
# those that are missing here: torchvision, egl_probe (built from C++), tensorboard. So with OGBench, whose mazes
# ours are compared with: they need no dm_control.
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-deps robomimic ogbench
	touch $@

clean:
	rm -rf $(VENV) build $(QUICK) *.egg-info
