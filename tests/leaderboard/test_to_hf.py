"""Results for the Hugging Face Hub; the keys are those of ``docs/hub/eval-results.md``, read 2026-11."""

import json

import pytest
from made_up import A, row_of

from ilbench.errors import UsageError
from ilbench.leaderboard.to_hf import to_hf


@pytest.fixture(scope="module")
def files(board):
    return to_hf(board, dataset="lab/imitation")


def test_there_is_a_folder_a_submission_and_the_benchmarks_own_file(board, files):
    assert len(files) == 1 + len(board.rows)
    assert f"  - id: {A.replace('/', '-')}\n    config: default\n    split: test\n" in files["eval.yaml"]


def test_a_result_says_dataset_task_value_and_how_it_was_made(board, files):
    name = next(name for name in files if name.startswith("good-"))
    first = files[name].split("- dataset:\n")[1]
    value = row_of(board, "good").split(A).success.value
    assert f'    id: "lab/imitation"\n    task_id: {A.replace("/", "-")}\n  value: {value:.6g}\n' in first
    notes = next(line for line in first.splitlines() if line.startswith("  notes: "))
    assert "preset full, protocol 2" in json.loads(notes.partition(": ")[2])


@pytest.mark.parametrize("dataset", ["", "lab", "lab/a b", "https://huggingface.co/lab/x", "a/b\nc"])
def test_the_dataset_has_to_be_named(board, dataset):
    with pytest.raises(UsageError, match="--dataset ORG/NAME"):
        to_hf(board, dataset=dataset)


def test_it_is_yaml(files):
    yaml = pytest.importorskip("yaml")
    for text in files.values():
        assert yaml.safe_load(text)
