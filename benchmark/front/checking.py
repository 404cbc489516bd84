"""Look at a submission before a long run: every mistake that can be found, in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from ilbench.front.finding import names, wanted
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.runner.submissions.placement import Placing
    from ilbench.vetting.finding import Finding


def check_submission(
    folder: str | Path,
    *,
    tasks: Iterable[Task | str] = (),
    suite: str | Sequence[str] = (),
    workers: int | None = None,
    timeout: float = 60.0,
    load_timeout: float = 300.0,
    on_progress: Callable[[str], object] | None = None,
    **placing: Unpack[Placing],
) -> Iterator[Finding]:
    """Yields what is found in a submission's folder: its file, files, environment, and a moment of playing.

    On each task it is loaded three times and plays the first steps of eight episodes, or fewer where it takes
    long to build a simulator: twice alike, and one of them alone. Nothing is recorded. What is wrong with the
    submission is a finding, and raises nothing.

    Args:
        folder: With a ``submission.toml``.
        tasks: On which it is tried, by id; those that its file names if none are given.
        suite: Every task of a suite, or of several.
        workers: Of the run whose length is estimated; one a core if not given.
        timeout: Seconds that one call of the policy may take.
        load_timeout: Seconds that it may take to load.
        on_progress: Called with what goes on, between findings.
        **placing: See `ilbench.run`: above all `sandbox`, ``auto`` for a stranger's.

    Raises:
        UnknownNameError: A task or suite that there is not.

    Example::

        for finding in ilbench.check_submission("./mine", tasks=["d3il/avoiding-v3"]):
            print(finding.verdict, finding.check, finding.found)
    """
    from ilbench.contract.selection import select_tasks
    from ilbench.runner.submissions.placement import placement_of
    from ilbench.vetting.rehearsal import Patience
    from ilbench.vetting.vet import Wish, vet

    asked, suites = wanted(None, tasks), names(suite)
    wish = Wish(
        tasks=select_tasks(asked, suites, ()) if asked or suites else (),
        num_workers=workers or usable_cores(),
        patience=Patience(timeout_s=timeout, load_timeout_s=load_timeout),
        placement=placement_of(**placing),
        tell=on_progress or (lambda text: None),
    )
    return vet(Path(folder), wish)
