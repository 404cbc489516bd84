import pytest
from bundles import TOML, made_bundle, problems_of

from ilbench.leaderboard.checking.header import read_header
from ilbench.runs.folder import load_header
from ilbench.runs.plan import Block

TASK = "d3il/avoiding-v3"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"nonce": "lucky-7"}, "field 'nonce': found lucky-7"),
        ({"preset": "standard"}, "field 'preset': found standard, expected smoke"),
        ({"packages": {}}, "field 'packages.mujoco': found nothing"),
        ({"packages": {"mujoco": "9.9"}}, "field 'packages.mujoco': found 9.9"),
        ({"tasks": {TASK: "f" * 32}}, f"field 'tasks.{TASK}': found the spec ffff"),
    ],
)
def test_what_keeps_a_run_from_the_board_is_named(tmp_path, change, part):
    assert any(part in line for line in problems_of(made_bundle(tmp_path, **change)))


@pytest.mark.parametrize(
    ("plan", "part"),
    [
        ([("test", 1, 7)], "found 1 contexts × 7 repeats, expected 1 contexts × 8 repeats, the preset's"),
        ([("train", 1, 8)], f"field 'plan': found no test episodes of {TASK}"),
        ([("test", 1, 9)], "found 1 contexts × 9 repeats"),
    ],
)
def test_a_plan_that_is_not_the_presets_is_named(tmp_path, plan, part):
    blocks = tuple(Block(task=TASK, split=s, num_contexts=c, num_repeats=r) for s, c, r in plan)
    assert any(part in line for line in problems_of(made_bundle(tmp_path, plan=blocks)))


@pytest.mark.parametrize("lacking", ["authors", "license"])
def test_who_made_it_and_on_what_terms_has_to_be_said(tmp_path, lacking):
    toml = "".join(line for line in TOML.splitlines(keepends=True) if not line.startswith(lacking))
    assert any(
        f"details.{lacking}': found nothing" in line for line in problems_of(made_bundle(tmp_path, toml))
    )


def test_every_field_that_is_not_one_is_named(bundle):
    text = (bundle / "run.json").read_text()
    (bundle / "run.json").write_text(text.replace('"width": 8', '"width": 0').replace('"smoke"', '"tiny"'))
    header, problems = read_header(bundle)
    assert header is None
    assert {problem.field for problem in problems} == {"digest", "width", "preset"}


def test_a_sound_header_is_what_everybody_reads(sound):
    assert read_header(sound) == (load_header(sound), [])
