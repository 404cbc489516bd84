"""Play here: a policy object is scored in this very process, by the same lanes that workers have."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from functools import partial
from itertools import groupby

from ilbench.contract.policy import width_of
from ilbench.contract.task import Task
from ilbench.errors import InvalidPolicyError
from ilbench.guest.lifting import LanePolicy, is_policy, lift, why_not
from ilbench.runner.evaluation import check_width, playing_into, take_in, up_to_date
from ilbench.runner.faults import PolicyFault
from ilbench.runner.global_state import kept_global_state
from ilbench.runner.hosts.inline import InlineHost
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runner.lineup import FewerLanesWarning, Resources
from ilbench.runner.probing import probe_tasks
from ilbench.runner.stage import Stage
from ilbench.runs.folder import Run
from ilbench.runs.identity import Episode
from ilbench.runs.record import EpisodeRecord


def evaluate_here(
    run: Run,
    tasks: Mapping[str, Task],
    policy: object,
    *,
    num_lanes: int | None = None,
    on_record: Callable[[EpisodeRecord], None] = lambda record: None,
) -> Run:
    """Returns the run whole, what was missing of it played in this process; a stop leaves it resumable.

    Records are those that `evaluate` makes of the same policy. An *object* is played as it is: no copy, no
    pickling. One that serves lanes (``reset(lane, seed, task)``) has its `width`, 8 if it names none; one
    for single episodes plays in one lane, since there is only one of it. Of a class or a factory, fresh ones
    are made; a function is called as it is. An interrupt stops the run, wherever it comes from.

    What differs from a worker: nothing limits the time of a call, and a policy that ends the process ends it.
    After a fault, episodes are played again by the same object, so what it carries from one `reset` to the
    next is carried here too. Gradients and the mode of a network (``eval``, ``torch.inference_mode``) are the
    caller's business. Torch computes with one thread meanwhile, as in a worker, since results round by the
    number of threads; that number, and the state of the global random generators of Python, NumPy and torch,
    are afterwards what they were. NumPy's own threads are not touched.

    Args:
        run: From `open_run`.
        tasks: Its tasks, by id.
        policy: An object, class, factory or function, see `ilbench.contract.policy`.
        num_lanes: Environments side by side, up to the width; None for as many as the width, at most 8.
        on_record: Called with each record once it is in the journal.

    Raises:
        InvalidPolicyError: It is no policy, or fails on its very first step; nothing was recorded.
        InvalidEnvironmentError: A task's environment fails on its very first step.
        StorageError: The disk refused a record.
        RunFolderError: The run was begun with another width.
        ResourcesError: More lanes than the policy has rows.

    Warns:
        FewerLanesWarning: Lanes were asked for, or a factory was given, and there is only one object.
    """
    width = width_of(policy)
    check_width(run, width)
    run = up_to_date(run)
    if not run.missing:
        return run
    lanes = Resources(num_lanes=num_lanes).lanes_of(width)
    is_known = num_lanes is None and is_policy(policy)
    records = _records(run, tasks, policy, width, lanes, is_known=is_known)
    with playing_into(run), kept_global_state(), closing(records):
        return take_in(run, records, on_record)


def _records(
    run: Run, tasks: Mapping[str, Task], policy: object, width: int, num_lanes: int, *, is_known: bool
) -> Generator[EpisodeRecord, None, None]:
    def player(task: str) -> LanePlayer:
        def load() -> InlineHost:
            lifted = _lifted(policy, width, num_lanes)
            return InlineHost(lifted, tasks[task], width, interruptible=True)

        return LanePlayer(tasks[task], load, num_lanes, Watch())

    def probe(episode: Episode) -> None:
        try:
            stage.player_of(episode.id.task).probe(episode)
        except PolicyFault as fault:
            raise InvalidPolicyError(f"{episode.id.task}, first step: {fault}") from fault

    with closing(Stage(player)) as stage:
        probe_tasks(run, probe)
        missing = map(run.header.episode, run.missing)
        if (note := stage.player_of(run.missing[0].task).note) and not is_known:
            warnings.warn(note, FewerLanesWarning, stacklevel=2)
        for task, episodes in groupby(missing, key=lambda episode: episode.id.task):
            yield from stage.player_of(task).play(partial(next, episodes, None))


def _lifted(policy: object, width: int, num_lanes: int) -> LanePolicy:
    try:
        return lift(policy, width, num_lanes=num_lanes)
    except Exception as error:
        raise InvalidPolicyError(f"cannot load the policy {policy!r}: {why_not(error)}") from error
