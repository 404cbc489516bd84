"""What a submission says of itself: whether it says it, and in words that others know."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from ilbench.runner.submissions.submission_file import SubmissionFile
from ilbench.vetting.finding import Finding, doubtful, fine

WANTED = {
    "authors": 'say who made it: authors = ["Ada Lovelace"]',
    "training_data": "say what it was trained on, or 'none': boards show it",
    "code": "say where its code is published: an address that begins with https://",
    "observation": "say what it looks at, such as 'state' or 'image'",
}
"""Fields that a board shows, and what to do where one is empty."""
SPDX = "give an SPDX expression, such as MIT or Apache-2.0 (spdx.org/licenses), or LicenseRef-… for another"


def check_claims(content: SubmissionFile) -> Iterator[Finding]:
    """Yields a finding for each field that a board shows."""
    for name, remedy in WANTED.items():
        said = getattr(content, name)
        if not said:
            yield doubtful(name.replace("_", " "), "not said", remedy)
        elif name == "code" and not said.startswith(("https://", "http://")):
            yield doubtful(name, f"{said!r} is no address", remedy)
        else:
            yield fine(name.replace("_", " "), ", ".join(said) if isinstance(said, list) else said)
    yield _check_license(content.license)


def _check_license(said: str) -> Finding:
    if not said:
        return doubtful("license", "not said", f"without one nobody may use it; {SPDX}")
    try:
        return fine("license", canonicalize_license_expression(said))
    except InvalidLicenseExpression as error:
        return doubtful("license", str(error), SPDX)
