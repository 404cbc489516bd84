from __future__ import annotations

from ilbench.runner.stage import Stage


class Player:
    def __init__(self, task, log):
        self.task, self.log = task, log
        log.append(f"made {task}")

    def close(self):
        self.log.append(f"closed {self.task}")


def test_the_player_of_one_task_stays_until_another_task_comes():
    log = []
    stage = Stage(lambda task: Player(task, log))
    assert stage.player_of("a") is stage.player_of("a")
    stage.player_of("b")
    assert (log, stage.task) == (["made a", "closed a", "made b"], "b")


def test_a_closed_stage_is_empty_and_can_be_closed_again():
    log = []
    stage = Stage(lambda task: Player(task, log))
    stage.player_of("a")
    stage.close()
    stage.close()
    assert (log, stage.task) == (["made a", "closed a"], None)
