"""What a run goes on with; the cases of headers that differ are in ``test_folder``."""

import pytest

from ilbench.errors import RunFolderError
from ilbench.runs.folder import create_run
from ilbench.runs.journal_file import PACKED, packed
from ilbench.runs.resuming import check_resumable
from ilbench.testing.records import make_records, make_run


def test_a_bundle_is_not_gone_on_with(tmp_path):
    run = make_run(make_records((1, 0)), path=tmp_path / "bundle")
    create_run(run.path, run.header)
    (run.path / PACKED).write_bytes(packed(b""))
    with pytest.raises(RunFolderError, match="is a bundle, to which nothing is added"):
        check_resumable(run.path, run.header)
