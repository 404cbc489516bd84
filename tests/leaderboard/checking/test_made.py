import json

import pytest
from bundles import problems_of


def test_a_score_that_does_not_follow_from_the_records_is_named_with_its_place(bundle):
    scores = json.loads((bundle / "scores.json").read_text())
    scores["d3il/avoiding-v3"]["splits"]["test"]["success"]["value"] = 0.99
    (bundle / "scores.json").write_text(json.dumps(scores))
    found = [line for line in problems_of(bundle) if "splits.test.success.value" in line]
    assert found
    assert "found 0.99, expected 0.5, recomputed from the records" in found[0]


def test_the_last_bits_of_another_machine_are_no_problem(bundle):
    scores = json.loads((bundle / "scores.json").read_text())
    scores["d3il/avoiding-v3"]["splits"]["test"]["success"]["value"] += 1e-9
    (bundle / "scores.json").write_text(json.dumps(scores))
    assert not any("recomputed" in line for line in problems_of(bundle))


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1}', ""])
def test_scores_that_are_none_are_named(bundle, text):
    (bundle / "scores.json").write_text(text)
    assert any(line.startswith("scores.json: ") and "sha256" not in line for line in problems_of(bundle))


def test_a_card_that_says_something_else_is_named(bundle):
    (bundle / "README.md").write_text("# The best policy\n")
    assert any("the card that follows from the run" in line for line in problems_of(bundle))
