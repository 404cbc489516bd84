"""The worker: plays the episodes it is sent, and sends back their records, wherever it lives."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from ilbench.contract.convention import ConventionMismatchError
from ilbench.errors import ILBenchError
from ilbench.guest.faults import describe
from ilbench.runner.faults import PolicyFault, ServerUnreachableError
from ilbench.runner.fleets.fleet import Mailbox, Message, WorkerConfig
from ilbench.runner.heartbeat import Heartbeat
from ilbench.runner.hosts.host import Host
from ilbench.runner.hosts.places import make_host
from ilbench.runner.keepers.keeper import Keeper, make_keeper
from ilbench.runner.lane import EnvFaultError
from ilbench.runner.lanes import LanePlayer
from ilbench.runner.stage import Stage
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import EpisodeRecord


def serve(config: WorkerConfig, mail: Mailbox, heartbeat: Heartbeat) -> None:
    """Plays until nobody listens any more; what ends a worker against its will is told before.

    Args:
        config: The tasks, the policies and how they are played.
        mail: Brings episodes, takes records.
        heartbeat: Shows what is being done.
    """
    # Behind what is installed: no file of theirs must take the place of a module that the scorer loads.
    own = (path for spec in config.policies.values() for path in spec.search_path)
    sys.path += [path for path in dict.fromkeys((*own, *config.search_path)) if path not in sys.path]
    try:
        Worker(config, mail, heartbeat).serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except ServerUnreachableError as error:
        mail.send(Message({"unreachable": str(error)}))
    except Exception as error:  # the scheduler must hear of it, or it would wait for a silent worker
        text = str(error) if isinstance(error, ILBenchError) else describe(error)
        mail.send(Message(_failure("fatal", text, error)))


class Worker:
    """One worker at work; see `serve`."""

    def __init__(self, config: WorkerConfig, mail: Mailbox, heartbeat: Heartbeat) -> None:
        self._config = config
        self._mail = mail
        self._heartbeat = heartbeat
        self._queue: deque[tuple[int, Episode]] = deque()
        self._alone = False
        self._stage = Stage(self._make_player)
        self._keeper: Keeper | None = None

    def serve(self) -> None:
        """Plays what comes, until the mailbox is closed from the other side."""
        self._heartbeat.on_retry = self._tell_attempt
        self._heartbeat.on_loss = lambda reason: self._mail.send(Message({"lost": reason}))
        self._heartbeat.clear()
        try:
            while True:
                if self._queue:
                    self._play(self._stage.player_of(self._queue[0][1].id.task))
                else:
                    self._receive()
        finally:
            self._stage.close()

    def _play(self, player: LanePlayer) -> None:
        if self._alone:
            number, episode = self._queue.popleft()
            self._heartbeat.numbers[episode.id] = number
            for record in player.play_alone(episode):
                self._send(record)
        else:
            for record in player.play(lambda: self._take(player)):
                self._send(record)
        self._hand_back(player)
        self._heartbeat.clear()

    def _send(self, record: EpisodeRecord) -> None:
        kept = None if self._keeper is None else self._keeper.save(record)
        number = self._heartbeat.numbers.pop(record.id)
        self._mail.send(Message({"number": number, "record": record.model_dump()}, kept))

    def _tell_attempt(self, episode: EpisodeId, status: str, reason: str) -> None:
        self._mail.send(Message({"attempt": [list(episode), status, reason]}))

    def _hand_back(self, player: LanePlayer) -> None:
        """Gives suspects back: who plays them alone must know nothing of them."""
        if player.suspects:
            numbers = [self._heartbeat.numbers.pop(episode.id) for episode in player.suspects]
            player.suspects.clear()
            self._mail.send(Message({"suspects": numbers}))

    def _take(self, player: LanePlayer) -> Episode | None:
        """Returns the next episode of the present task, looking for mail only when none is at hand."""
        self._hand_back(player)
        if not self._queue and self._mail.waiting():
            self._receive()
        if self._alone or not self._queue or self._queue[0][1].id.task != self._stage.task:
            return None
        number, episode = self._queue.popleft()
        self._heartbeat.numbers[episode.id] = number
        return episode

    def _receive(self) -> None:
        content = self._mail.receive().content
        if "probe" in content:
            self._probe(_episode(*content["probe"]))
        self._alone = content.get("alone", False)
        self._queue.extend((number, _episode(*episode)) for number, *episode in content.get("play", ()))

    def _probe(self, episode: Episode) -> None:
        player = self._stage.player_of(episode.id.task)
        self._heartbeat.numbers[episode.id] = -1  # it is not one of those to be recorded
        try:
            player.probe(episode)
        except PolicyFault as fault:
            answer = _failure("fatal", f"{episode.id.task}, first step: {fault}", fault)
        except EnvFaultError as fault:
            answer = _failure("env_fault", str(fault), fault)
        else:
            answer = {"probed": episode.id.task, "note": player.note}
        self._heartbeat.numbers.clear()
        self._heartbeat.clear()
        self._mail.send(Message(answer))

    def _make_player(self, task_id: str) -> LanePlayer:
        config = self._config
        task, spec = config.tasks[task_id], config.policies[task_id]

        def load(num_lanes: int) -> Host:
            return make_host(spec, task, num_lanes, config.timeout_s, config.load_timeout_s)

        player = partial(LanePlayer, task, load, config.num_lanes, episode_timeout_s=config.episode_timeout_s)
        if config.keeper is None:
            return player(self._heartbeat)
        self._keeper = make_keeper(config.keeper, self._heartbeat, task)
        return player(self._keeper, self._keeper.make_env)


def _episode(identity: Sequence[Any], policy_seed: int) -> Episode:
    return Episode(EpisodeId(*identity), policy_seed)


def _failure(kind: Literal["fatal", "env_fault"], text: str, error: BaseException) -> dict[str, Any]:
    told: dict[str, Any] = {kind: text, "traceback": "".join(traceback.format_exception(error))}
    if isinstance(
        error, ConventionMismatchError
    ):  # found where the policy was loaded, told where it was asked for
        told["mismatch"] = [error.task_id, error.differences]
    return told
