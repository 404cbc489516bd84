"""The card of a bundle, and its scores for reading: both follow from the run, and are never read as truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ilbench.contract.task import Task
from ilbench.leaderboard.escape import escape_markdown, escape_paragraph
from ilbench.leaderboard.sayings import SAYINGS, sayings_of
from ilbench.leaderboard.tables import number
from ilbench.leaderboard.to_json import rounded
from ilbench.runs.bundle import CODE, Manifest
from ilbench.runs.run_like import RunLike
from ilbench.scores import Estimate, TaskScores, score_run
from ilbench.scores.content import to_content

LEFT_OUT_SHOWN = 20


def scores_text(run: RunLike, tasks: Mapping[str, Task]) -> str:
    """Returns the scores of a run as JSON, by task, numbers with six digits."""
    found = {scores.task: to_content(scores) for scores in score_run(run, tasks)}
    return json.dumps(rounded(found), indent=1, sort_keys=True, allow_nan=False) + "\n"


def make_card(run: RunLike, tasks: Mapping[str, Task], manifest: Manifest) -> str:
    """Returns the card of a run as Markdown: who, what, how often it succeeds, how to check it."""
    header, sub = run.header, run.header.submission
    said = sayings_of(sub.details)
    facts = {
        **{SAYINGS[name]: text for name, text in said.items()},
        "training seed": "–" if sub.training_seed is None else str(sub.training_seed),
        "preset": header.preset,
        "protocol": header.protocol,
        **({"sandbox": header.sandbox} if header.sandbox != "none" else {}),
        **({"policy server": header.served.in_words()} if header.served else {}),
        "digest of the submission": sub.digest,
        "digest of the records": f"{manifest.records}, {manifest.num_records} records",
    }
    lines = [f"# {escape_markdown(sub.name)}", ""]
    lines += [f"- {escape_markdown(name)}: {escape_markdown(text)}" for name, text in facts.items()]
    lines += ["", "## Scores", "", *_scores(score_run(run, tasks)), "", "## Check", ""]
    lines += ["    ilbench leaderboard check .", f"    ilbench verify . --submission {CODE}", ""]
    lines += _left_out(manifest)
    return "\n".join(lines).rstrip() + "\n"


def _scores(found: tuple[TaskScores, ...]) -> Iterator[str]:
    yield "| task | split | success | episodes | policy faults | behavior entropy |"
    yield "| :-- | :-- | --: | --: | --: | --: |"
    for scores in found:
        for name, split in scores.splits.items():
            entropy = "–" if split.diversity is None else _estimate(split.diversity.entropy)
            cells = (
                escape_markdown(scores.task),
                escape_markdown(name),
                _estimate(split.success),
                split.num_episodes,
                split.num_policy_faults,
                entropy,
            )
            yield f"| {' | '.join(map(str, cells))} |"


def _estimate(value: Estimate | None) -> str:
    if value is None:
        return "–"
    return f"{number(value.value)} \\[{number(value.low)}, {number(value.high)}\\]"


def _left_out(manifest: Manifest) -> Iterator[str]:
    names = sorted(manifest.left_out)
    if not names:
        return
    yield "## Not in this bundle"
    yield ""
    yield escape_paragraph("Files of the submission that were played and are no text, such as weights:")
    yield ""
    for name in names[:LEFT_OUT_SHOWN]:
        yield f"- {escape_markdown(name)}: {escape_markdown(manifest.left_out[name])}"
    if len(names) > LEFT_OUT_SHOWN:
        yield f"- and {len(names) - LEFT_OUT_SHOWN} more"
