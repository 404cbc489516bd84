"""Episodes as a data frame: types, missing values, files."""

import pandas as pd
from made_up import REACH, make_run, record

from ilbench.runs.folder import Run
from ilbench.runs.frame import COLUMNS, episodes_frame
from ilbench.scores import success_rate


def test_every_column_has_its_documented_type_also_without_a_run():
    for frame in (make_run("x", {REACH: 5}).frame(), episodes_frame([])):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS


def test_a_line_is_an_episode_with_its_run():
    frame = episodes_frame([make_run("x", {REACH: 5}, seed=3), make_run("y", {REACH: 20})])
    assert len(frame) == 80
    assert frame.groupby("submission", observed=True).training_seed.max().isna().tolist() == [False, True]
    assert frame.query("submission == 'x' and split == 'test'").success.sum() == 5


def test_the_success_rate_is_the_mean_of_the_scored():
    run = make_run("x", {REACH: 5})
    broken = Run(
        path=run.path, header=run.header, records=(*run.records[:-1], record(19, status="env_error"))
    )
    test = broken.frame().query("split == 'test' and status != 'env_error'")
    assert test.success.mean() == success_rate([r for r in broken.records if r.split == "test"]).value


def test_what_is_not_known_is_missing():
    run = make_run("x", {REACH: 5})
    frame = Run(path=run.path, header=run.header, records=(record(0, status="env_error"),)).frame()
    assert frame[["success", "final_success", "mode", "training_seed"]].isna().all().all()
    assert frame.reason[0] == "why"


def test_a_parquet_file_gives_the_same_frame(tmp_path):
    frame = make_run("x", {REACH: 5}, seed=1).frame()
    frame.to_parquet(tmp_path / "episodes.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "episodes.parquet"), frame)
