"""A value in a notebook may stand for a run."""

from types import SimpleNamespace

from made_up import REACH, REGISTRY, make_run

from ilbench.runs.frame import episodes_frame
from ilbench.scores import score_run


def test_whatever_has_header_and_records_is_scored_and_made_a_frame():
    run = make_run("x", {REACH: 5})
    header = SimpleNamespace(submission=run.header.submission, preset="full", protocol="1", tasks={})
    alike = SimpleNamespace(path=run.path, header=header, records=run.records, complete=True)
    assert episodes_frame([alike]).equals(run.frame())
    assert score_run(alike, REGISTRY)[0].splits["test"].success.value == 0.25
