"""What a submission says of itself, looked at."""

from __future__ import annotations

import pytest

from ilbench.runner.submissions.submission_file import SubmissionFile
from ilbench.vetting.claims import check_claims

WHOLE = {
    "name": "one",
    "entry": "policy:Policy",
    "authors": ["A", "B"],
    "license": "mit",
    "training_data": "d3il",
    "code": "https://example.org/x",
    "observation": "state",
}


def verdicts(**changes):
    content = SubmissionFile.model_validate({**WHOLE, **changes})
    return {finding.check: finding for finding in check_claims(content)}


def test_one_that_says_everything_has_nothing_to_mend():
    found = verdicts()
    assert {one.verdict for one in found.values()} == {"ok"}
    assert found["license"].found == "MIT"
    assert found["authors"].found == "A, B"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"authors": []}, "authors"),
        ({"training_data": ""}, "training data"),
        ({"observation": ""}, "observation"),
        ({"code": "on request"}, "code"),
        ({"license": ""}, "license"),
        ({"license": "free as in beer"}, "license"),
    ],
)
def test_what_is_not_said_is_a_warning_with_a_remedy(changes, check):
    wrong = [one for one in verdicts(**changes).values() if one.verdict != "ok"]
    assert [(one.check, one.verdict) for one in wrong] == [(check, "warning")]
    assert wrong[0].remedy


@pytest.mark.parametrize("said", ["Apache-2.0", "MIT OR Apache-2.0", "LicenseRef-mine", "CC-BY-4.0"])
def test_an_spdx_expression_is_known(said):
    assert verdicts(license=said)["license"].verdict == "ok"
