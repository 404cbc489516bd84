"""Made-up runs are whole, and cost what the process that scored them cost."""

from ilbench.bench.scoring_speed import NUM_SEEDS, NUM_TASKS, measure_leaderboard, write_runs
from ilbench.contract.registry import load_registry
from ilbench.runs.folder import load_run


def test_made_up_runs_are_complete_and_scored(tmp_path):
    shown = []
    written = write_runs(tmp_path, load_registry(), 500, shown.append)
    runs = [load_run(path) for path in sorted(tmp_path.iterdir())]
    assert len(runs) == NUM_SEEDS
    assert all(run.complete and len(run.header.plan) == NUM_TASKS for run in runs)
    assert sum(len(run.records) for run in runs) == written == shown[-1] >= 500
    pace = measure_leaderboard(tmp_path, written)
    assert pace.num_records == written
    assert 0 < pace.memory_gib < 2
    assert 0 < pace.cpu_s < 60
    assert (tmp_path / "board.json").exists()
