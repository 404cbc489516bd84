"""``ilbench trajectories``: the diversity of a run's trajectories, which its records do not hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.progress import ProgressBar
from ilbench.cli.training import CHECKPOINTS, obtain
from ilbench.contract.policy import Place
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ilbench.runner.lineup import Lineup
    from ilbench.runs.record import EpisodeRecord


def trajectories(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    episodes: Annotated[int, typer.Option(min=2, help="Successes played again, at most.")] = 50,
    split: Annotated[str, typer.Option(help="Of this split.")] = "test",
    task: Annotated[str | None, typer.Option(help="Of this task, in a run of several.")] = None,
    submission: Annotated[
        str | None, typer.Option(help="Where the policy is now, as for 'ilbench replay'.")
    ] = None,
    checkpoints: Annotated[Path, typer.Option(help="Where 'ilbench train' left a baseline.")] = CHECKPOINTS,
    place: Annotated[Place | None, typer.Option(help="Where the policy runs, as for 'ilbench run'.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="As for 'ilbench run'.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="All numbers, as JSON.")] = False,
) -> None:
    """Score how various a run's successes are as paths through the observed state, beside demonstrations.

    For tasks whose behavior has no enumerated modes. The records hold no trajectories, so episodes are played
    once more with the run's policy; one that does not end as recorded is left out and counted.

    Example:  ilbench trajectories runs/bc-mlp-robosuite-lift-v2-full-seed-0
    """
    from ilbench.cli.replaying import find_played_task, resolved_for
    from ilbench.demonstrations.paths import path_of
    from ilbench.runner.lineup import Lineup
    from ilbench.runner.replay import check_replayable
    from ilbench.runs.folder import load_run
    from ilbench.scores.diversity.trajectory_diversity import score_trajectories

    loaded = load_run(run)
    check_replayable(loaded.header)
    names = list(loaded.header.tasks)
    if task is None and len(names) > 1:
        raise ILBenchError(f"the run has {len(names)} tasks; say which: --task {names[0]}")
    found = find_played_task(task or names[0], None)
    demonstrated = [path_of(found, t.observations) for t in obtain(found).trajectories]
    records = [r for r in loaded.records if (r.task, r.split, r.success) == (found.id, split, True)]
    chosen = records[:: max(1, len(records) // episodes)][:episodes]
    resolved, notes = resolved_for(loaded, found, submission, checkpoints, place)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    lineup = Lineup(tasks={found.id: found}, policies=resolved.policies).of_width(loaded.header.width)
    paths, differing = _paths(chosen, lineup, timeout)
    scores = score_trajectories(paths, demonstrated)
    if as_json:
        import json
        from dataclasses import asdict

        print(json.dumps({"task": found.id, "split": split, "num_differing": differing, **asdict(scores)}))
        return
    size = scores.num_trajectories
    print(f"task          {found.id} {split}, {size} successes beside {size} demonstrations")
    if differing:
        print(f"left out      {differing} that did not end as recorded")
    print(f"Vendi score   {scores.vendi:.2f}, the demonstrations' {scores.vendi_demonstrations:.2f}")
    print(f"coverage      {100 * scores.coverage:.1f}% of the demonstrations' states are come near to")


def _paths(
    records: list[EpisodeRecord], lineup: Lineup, timeout: float
) -> tuple[list[NDArray[np.float64]], int]:
    """Returns the paths of the records that end as recorded when played again, and how many do not."""
    import tempfile

    import numpy as np

    from ilbench.demonstrations.paths import path_of
    from ilbench.runner.lineup import Resources
    from ilbench.runner.replay import replay

    paths, differing = {}, 0
    with (
        tempfile.TemporaryDirectory() as folder,
        ProgressBar("replays", len(records), "episodes") as bar,
    ):
        for one in replay(records, lineup, Resources(timeout_s=timeout), states_to=Path(folder)):
            if one.differences or one.kept is None:
                differing += 1
            else:
                with np.load(one.kept, allow_pickle=False) as states:
                    paths[one.recorded.id] = path_of(lineup.tasks[one.recorded.task], states)
            bar.advance()
    return [paths[record.id] for record in records if record.id in paths], differing
