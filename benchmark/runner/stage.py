"""The stage: one task is played at a time, and the player of the next takes the place of the last."""

from __future__ import annotations

from collections.abc import Callable

from ilbench.runner.lanes import LanePlayer


class Stage:
    """Holds the player of one task, with its policy and its environments.

    Args:
        make_player: Returns a player of a task, given its id.
    """

    def __init__(self, make_player: Callable[[str], LanePlayer]) -> None:
        self._make_player = make_player
        self._player: LanePlayer | None = None
        self.task: str | None = None

    def player_of(self, task: str) -> LanePlayer:
        """Returns the player of a task; that of another task is closed before."""
        if self._player is None or self.task != task:
            self.close()
            self._player = self._make_player(task)
            self.task = task
        return self._player

    def close(self) -> None:
        """Closes the player."""
        if self._player is not None:
            self._player.close()
        self._player = self.task = None
