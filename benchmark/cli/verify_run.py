"""What ``ilbench verify RUN`` prints: what was looked at, what was found, and how far that takes the run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ilbench.cli.console import say, wide_console
from ilbench.cli.progress import ProgressBar
from ilbench.runs.attestation import Attestation, FreshFinding, Replays

SHARES = (0.01, 0.05, 0.1, 0.25)
"""Of changed episodes, for which it is said how likely they pass."""


def verify_run(run: Path, *, seed: str | None, **how: Any) -> None:
    """Examines a run, prints what was found, and exits with 1 where anything differs, else 0.

    Args:
        run: The run folder.
        seed: See `ilbench.front.examining.verify_run`.
        **how: So for all others.
    """
    import ilbench
    from ilbench.trust.examination import draw_secret

    loaded, secret = ilbench.load_run(run), seed or draw_secret()
    with ProgressBar(loaded.header.submission.name, 0, "episodes") as bar:
        found = ilbench.verify_run(
            loaded,
            seed=secret,
            command=command_line(sys.argv[1:]),
            on_progress=bar.show_of,
            **how,
        )
    show(found)
    if seed is None:
        say(f"seed: {secret} (keep it to yourself while others may be verified by it)", is_aside=True)
    raise SystemExit(1 if found.differences or found.other_submission else 0)


def command_line(arguments: Sequence[str]) -> str:
    """Returns a command as it is kept: the seed is a secret, and not in it."""
    shown = [
        "SECRET" if before == "--seed" else "--seed=SECRET" if one.startswith("--seed=") else one
        for before, one in zip(["", *arguments], arguments, strict=False)
    ]
    return " ".join(["ilbench", *shown])


def show(found: Attestation) -> None:
    """Prints an attestation: a line for each thing that was looked at, then what it comes to."""
    from ilbench.plain_console import styled, whole_table

    table = whole_table("looked at", "found", "", prose={"found": 40})
    for looked_at, said, is_well in _lines(found):
        mark = {True: styled("agrees", "green"), False: styled("DIFFERS", "red"), None: styled("", "")}
        table.add_row(looked_at, said, mark[is_well])
    console = wide_console()
    console.print(table)
    style = {"refuted": "red", "recomputed": "yellow"}.get(found.rung, "green")
    console.print("this run is", styled(found.rung, style))


def _lines(found: Attestation) -> Iterator[tuple[str, str, bool | None]]:
    """Yields what was looked at, what was found, and whether that is well."""
    if not found.problems:
        yield "records", "every planned episode, once, with its seeds, as it can have ended", True
    yield from (("records", problem, False) for problem in found.problems)
    yield from (("drift", change, None) for change in found.drift)
    if found.submission:
        said = found.other_submission or f"digest {found.submission[:8]}, the run's; sandbox: {found.sandbox}"
        yield "submission", said, not found.other_submission
    if found.replays is not None:
        yield "replays", _replays(found.replays), not found.replays.differing
        yield from (("", one, False) for one in found.replays.differing)
    for one in found.fresh:
        is_well = {"agrees": True, "differs": False, "undecided": None}[one.verdict]
        yield f"fresh, {one.task}", _fresh(one), is_well
    yield from ((f"fresh, {task}", f"none: {why}", None) for task, why in found.without_fresh.items())


def _replays(replays: Replays) -> str:
    from ilbench.trust.sampling import miss_probability

    said = f"{replays.num_replayed} of {replays.num_recorded} episodes"
    if replays.are_all:
        return said
    misses = ", ".join(
        f"{miss_probability(replays.num_recorded, replays.num_replayed, number):.2g} at {share:.0%}"
        for share in SHARES
        if (number := round(share * replays.num_recorded))
    )
    said += f"; a run with a share of changed episodes passes with probability {misses}"
    if replays.found_out_from is None:
        return said
    return said + f"; wherever they are, {replays.found_out_from:.1%} are found out with 95 %"


def _fresh(one: FreshFinding) -> str:
    public, fresh = one.public, one.fresh
    said = (
        f"success {fresh.value:.3f} [{fresh.low:.3f}, {fresh.high:.3f}] on {fresh.num_contexts} contexts "
        f"that nobody has seen, {public.value:.3f} [{public.low:.3f}, {public.high:.3f}] on the "
        f"{public.num_contexts} published ones: a loss of {one.loss:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
    )
    if one.verdict == "undecided":
        said += "; that tells neither a loss nor that there is none: ask for more contexts"
    return said
