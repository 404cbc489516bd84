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
from ilbench.runs.attempts import AttemptLog
from ilbench.runs.folder import Run
from ilbench.runs.identity import Episode, EpisodeId
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

    What differs from a worker: nothing limits the time of a call or of an episode, and a policy that
    ends the process ends it.
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

    with playing_into(run) as log, kept_global_state():

        def player(task: str) -> LanePlayer:
            def load(count: int) -> InlineHost:
                return InlineHost(_lifted(policy, width, count), tasks[task], width, interruptible=True)

            return LanePlayer(tasks[task], load, lanes, _Told(log))

        with closing(_records(run, player, is_known=is_known)) as records:
            return take_in(run, records, on_record)


class _Told(Watch):
    """Writes down what was played in vain."""

    def __init__(self, log: AttemptLog) -> None:
        self._log = log

    def retry(self, episode: EpisodeId, status: str, reason: str) -> None:
        self._log.attempt(episode, status, reason)


def _records(
    run: Run, player: Callable[[str], LanePlayer], *, is_known: bool
) -> Generator[EpisodeRecord, None, None]:
    def probe(episode: Episode) -> None:
        try:
            stage.player_of(episode.id.task).probe(episode)
        except PolicyFault as fault:
            raise InvalidPolicyError(f"{episode.id.task}, first step: {fault}") from fault

    with closing(Stage(player)) as stage:
        probe_tasks(run, probe)
        missing = [run.header.episode(episode) for episode in run.missing]
        if (note := stage.player_of(missing[0].id.task).note) and not is_known:
            warnings.warn(note, FewerLanesWarning, stacklevel=2)
        for task, episodes in groupby(missing, key=lambda episode: episode.id.task):
            playing = stage.player_of(task)
            yield from playing.play(partial(next, episodes, None))
            while playing.suspects:
                yield from playing.play_alone(playing.suspects.popleft())


def _lifted(policy: object, width: int, num_lanes: int) -> LanePolicy:
    try:
        return lift(policy, width, num_lanes=num_lanes)
    except Exception as error:
        raise InvalidPolicyError(f"cannot load the policy {policy!r}: {why_not(error)}") from error
