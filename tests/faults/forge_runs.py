"""Forges runs, each in another way, and looks at what ``ilbench verify RUN`` says of them.

Two submissions play a task in full: an honest one, nearest neighbors among what an expert did on the
``train`` contexts; and one that knows the public contexts by heart: where the first observation is one of
theirs it plays back what the expert did there, elsewhere it acts at random. Then copies of the honest run are
forged, and both are verified. A line of the table is a fault and what found it out.

Run: ``python tests/faults/forge_runs.py WORK [--task ID] [--fresh 100] [--other-python PYTHON] [--out CSV]``
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

import ilbench
from ilbench.errors import ILBenchError
from ilbench.runs.digested_json import DIGEST, to_digested_json
from ilbench.runs.folder import HEADER, JOURNAL
from ilbench.runs.identity import EpisodeId
from ilbench.runs.journal import to_line
from ilbench.runs.record import EpisodeRecord
from ilbench.trust.sampling import draw_episodes

SPLITS = ("train", "test")
TASKS = ("navigation/pointmaze-medium-v1", "fetch/push-v1")
VERIFIER = "Jane Doe"
SEED = "a secret of the verifier's"
NUM_SEEDS = 2000
REPLAYS = 20
THINNED = 8
"""The honest submission knows one state in so many: to look all through takes longer than to play."""
COMMAND = "from ilbench.cli import main; main()"

HONEST = '''
import numpy as np
from pathlib import Path


class Policy:
    """The mean action of the nearest states of the expert."""

    def __init__(self):
        known = np.load(Path(__file__).with_name("weights.npz"))
        self.states, self.actions = known["states"], known["actions"]
        self.scale = self.states.std(axis=0) + 1e-6

    def act(self, observation):
        far = (((self.states - observation["state"]) / self.scale) ** 2).sum(axis=1)
        return self.actions[np.argpartition(far, 3)[:3]].mean(axis=0)
'''
MEMORIZER = '''
import numpy as np
from pathlib import Path

KNOWN = np.load(Path(__file__).with_name("weights.npz"))
TABLE = {start.tobytes(): number for number, start in enumerate(KNOWN["starts"])}


class Policy:
    """Plays back the expert where it knows the start by heart, and acts at random elsewhere."""

    def reset(self, seed, task):
        self.rng, self.task, self.way = np.random.default_rng(seed), task["action"], None

    def act(self, observation):
        if self.way is None:
            number = TABLE.get(observation["state"].astype(np.float32).tobytes())
            self.way = iter(() if number is None else KNOWN[f"way_{number}"])
        low, high = np.asarray(self.task["low"]), np.asarray(self.task["high"])
        shape = tuple(self.task["shape"])
        return next(self.way, self.rng.uniform(low, high, shape).astype(np.float32))
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What came of one forged run.

    Attributes:
        task: Id of the task.
        fault: What was done to it.
        caught: Whether it was found out; ``told`` where the difference is no fault and is named.
        by: By what.
        chance: Probability that this finds it out.
        rung: Where the run stands after it.
        said: What was said.
    """

    task: str
    fault: str
    caught: str
    by: str
    chance: str
    rung: str
    said: str


def main() -> None:
    """Forges, verifies and writes the table; exits with 1 where a fault was not found out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--task", action="append")
    parser.add_argument("--fresh", type=int, default=100)
    parser.add_argument("--other-python", type=Path, help="Of an environment with another MuJoCo.")
    parser.add_argument("--out", type=Path, default=Path("verification.csv"))
    asked = parser.parse_args()
    os.environ["ILBENCH_NONCE"] = "published"
    lines = [
        line
        for name in asked.task or TASKS
        for line in Forge(ilbench.task(name), asked.work, asked.fresh).lines(asked.other_python)
    ]
    with asked.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Line)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(asdict, lines))
    raise SystemExit(any(line.caught == "no" for line in lines))


class Forge:
    """Two submissions and their runs on one task, and what is forged of them."""

    def __init__(self, task: ilbench.Task, work: Path, num_fresh: int) -> None:
        self.task, self.num_fresh = task, num_fresh
        self.work = work / task.id.replace("/", "-")
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "verifiers.toml").write_text(f'[verifiers."{VERIFIER}"]\n')
        self._make_submissions()
        self.honest = self._played("honest")
        self.memorizer = self._played("memorizer")

    def lines(self, other_python: Path | None) -> Iterator[Line]:
        """Yields a line for each fault."""
        yield self._line("none", self.honest, "honest")
        yield self._line("a success flipped in the text", self._forged("edited", flip_text), "honest")
        if self.task.stops_on_success:
            yield self._line("a success flipped, digest made anew", self._forged("flipped", flip), "honest")
        yield from self._flipped_well()
        yield self._line("an episode dropped", self._forged("dropped", drop), "honest")
        yield self._line("a weight file changed", self.honest, self._other_weights())
        yield self._line(
            "the header says another MuJoCo",
            self._forged("versions", say_other_version),
            "honest",
            no_fault=True,
        )
        if other_python is not None:
            yield self._replayed_by(other_python)
        yield from self._memorized()

    def _flipped_well(self) -> Iterator[Line]:
        run = self._forged("flipped-well", lambda folder: flip_well(folder, self.task))
        few = self._line("a success flipped, all else made to fit", run, "honest")
        loaded = ilbench.load_run(run)
        wrong = changed_index(loaded.records, self.honest)
        hits = sum(
            any(
                one.id == loaded.records[wrong].id
                for one in draw_episodes(loaded.records, REPLAYS, str(k))[0]
            )
            for k in range(NUM_SEEDS)
        )
        chance = f"{hits / NUM_SEEDS:.3f} (of {NUM_SEEDS} seeds)"
        yield Line(**{**asdict(few), "by": f"{REPLAYS} replays", "chance": chance, "caught": "by chance"})
        yield self._line("a success flipped, all else made to fit", run, "honest", replays="all")

    def _memorized(self) -> Iterator[Line]:
        before = self._board()
        yield Line(
            task=self.task.id,
            fault="none: the board as claimed",
            caught="",
            by="",
            chance="",
            rung=before["memorizer"].verification,
            said=f"memorizer rank {before['memorizer'].rank}, honest rank {before['honest'].rank}",
        )
        yield self._line(
            "the test set learned by heart",
            self.memorizer,
            "memorizer",
            by="replays alone",
            no_fault=True,
        )
        found = self._line(
            "the test set learned by heart", self.memorizer, "memorizer", fresh=self.num_fresh, attest=True
        )
        yield found
        yield self._line("none", self.honest, "honest", fresh=self.num_fresh, attest=True)
        after = self._board()
        yield Line(
            task=self.task.id,
            fault="none: the board with attestations",
            caught="",
            by="",
            chance="",
            rung=after["memorizer"].verification,
            said=f"memorizer not ranked: {after['memorizer'].unranked_reason}; honest rank "
            f"{after['honest'].rank}, {after['honest'].verification}",
        )

    def _board(self) -> dict[str, Any]:
        board = ilbench.leaderboard(self.honest, self.memorizer, tasks=[self.task.id])
        return {row.name: row for row in board.rows}

    def _line(
        self,
        fault: str,
        run: Path,
        submission: str,
        *,
        replays: Any = REPLAYS,
        fresh: int = 0,
        by: str = "",
        no_fault: bool = False,
        attest: bool = False,
    ) -> Line:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = ilbench.verify_run(
                    run,
                    policy=self.work / submission,
                    replays=replays,
                    fresh=fresh,
                    seed=SEED,
                    verifier=VERIFIER if attest else "",
                )
        except ILBenchError as error:
            return self._said(fault, "yes", "reading", "1", "none", str(error))
        is_caught = bool(found.differences or found.other_submission)
        means = "records" if found.problems else "submission" if found.other_submission else ""
        means = means or (f"{replays} replays" if found.replays and found.replays.differing else "")
        means = means or (f"{fresh} fresh contexts" if is_caught else "packages" if found.drift else "")
        said = [*found.problems[:1], found.other_submission, *found.drift]
        said += [*found.differences[len(found.problems) :][:1]]
        said += [
            f"{one.verdict}: {one.fresh.value:.2f} on fresh contexts, {one.public.value:.2f} on public ones, "
            f"loss {one.loss:+.2f} [{one.low:+.2f}, {one.high:+.2f}]"
            for one in found.fresh
        ]
        caught = (
            "yes" if is_caught else "told" if found.drift else "" if no_fault or fault == "none" else "no"
        )
        return self._said(fault, caught, by or means, "", found.rung, "; ".join(filter(None, said)))

    def _said(self, fault: str, caught: str, by: str, chance: str, rung: str, said: str) -> Line:
        short = said.replace(str(self.work) + "/", "").replace("\n", " ")[:400]
        return Line(
            task=self.task.id, fault=fault, caught=caught, by=by, chance=chance, rung=rung, said=short
        )

    def _replayed_by(self, python: Path) -> Line:
        """Returns what the same command says under another MuJoCo, of a run that nobody forged."""
        command = [str(python), "-c", COMMAND, "verify", str(self.honest)]
        command += ["--submission", str(self.work / "honest"), "--replays", str(REPLAYS), "--seed", SEED]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        shown = [line for line in done.stdout.splitlines() if "->" in line or "DIFFERS" in line]
        rung = done.stdout.strip().rpartition("this run is ")[2]
        said = " ".join(" ".join(shown[:2]).split())
        return self._said("none: played under another MuJoCo", "told", f"{REPLAYS} replays", "", rung, said)

    def _make_submissions(self) -> None:
        ways = {split: list(expert_ways(self.task, split)) for split in SPLITS}
        known = [way for split in SPLITS for way in ways[split]]
        states, actions = (np.concatenate([way[side] for way in ways["train"]]) for side in (0, 1))
        few = slice(None, None, THINNED)
        write_submission(self.work / "honest", "honest", HONEST, states=states[few], actions=actions[few])
        table = {f"way_{number}": way for number, (_, way) in enumerate(known)}
        starts = np.stack([states[0] for states, _ in known])
        write_submission(self.work / "memorizer", "memorizer", MEMORIZER, starts=starts, **table)

    def _other_weights(self) -> str:
        folder = self.work / "other-weights"
        shutil.copytree(self.work / "honest", folder, dirs_exist_ok=True)
        known = dict(np.load(folder / "weights.npz"))
        known["actions"][: len(known["actions"]) // 2] *= 0.999
        np.savez(folder / "weights.npz", **known)
        return folder.name

    def _played(self, name: str) -> Path:
        out = self.work / "runs" / name
        ilbench.run(self.work / name, task=self.task, split=list(SPLITS), preset="full", out=out)
        return out

    def _forged(self, name: str, forge: Callable[[Path], None]) -> Path:
        folder = self.work / "forged" / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.honest, folder)
        forge(folder)
        return folder


def expert_ways(task: ilbench.Task, split: str) -> Iterator[tuple[Any, Any]]:
    """Yields the states that an expert saw and the actions that it took on each context of a split."""
    env, expert = task.make_env(), task.make_expert()
    for index, context in enumerate(task.contexts(split)):
        seed = EpisodeId(task.id, split, index, 0).seed("environment")
        observation, _ = env.reset(seed=seed, options={"context": context})
        expert.reset(env, index)
        states, actions = [], []
        for _ in range(task.horizon):
            action = np.asarray(expert.act(observation), np.float32)
            states.append(np.asarray(observation["state"], np.float32))
            actions.append(np.clip(action, task.action.low, task.action.high).astype(np.float32))
            observation, _, terminated, truncated, info = env.step(actions[-1])
            if info["success"] or terminated or truncated:
                break
        yield np.array(states), np.array(actions)


def write_submission(folder: Path, name: str, code: str, **weights: Any) -> None:
    """Writes the folder of a submission."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.py").write_text(code)
    (folder / "submission.toml").write_text(
        f'name = "{name}"\nauthors = ["ILBench"]\nlicense = "MIT"\nentry = "policy:Policy"\n'
        'training_data = "an expert on the train contexts"\nobservation = "state"\n'
    )
    np.savez(folder / "weights.npz", **weights)


def first_failure(lines: list[str]) -> int:
    """Returns the line of the first failure on ``test``."""
    return next(
        number
        for number, line in enumerate(lines)
        if (one := json.loads(line))["split"] == "test" and one["success"] is False
    )


def changed_index(records: Any, honest: Path) -> int:
    """Returns the place of the record that is not the honest run's."""
    true = ilbench.load_run(honest).records
    return next(k for k, (one, other) in enumerate(zip(records, true, strict=True)) if one != other)


def edited(folder: Path, change: Callable[[list[str]], None]) -> None:
    """Changes the lines of a journal."""
    journal = folder / JOURNAL
    lines = journal.read_text().splitlines(keepends=True)
    change(lines)
    journal.write_text("".join(lines))


def flip_text(folder: Path) -> None:
    """A success where there was a failure, and the digest left as it was."""

    def change(lines: list[str]) -> None:
        number = first_failure(lines)
        lines[number] = lines[number].replace('"success":false', '"success":true')

    edited(folder, change)


def flip(folder: Path, **more: Any) -> None:
    """The same with a digest that fits."""

    def change(lines: list[str]) -> None:
        number = first_failure(lines)
        content = json.loads(lines[number])
        content.pop("digest")
        lines[number] = to_line(EpisodeRecord.model_validate({**content, "success": True, **more}))

    edited(folder, change)


def flip_well(folder: Path, task: ilbench.Task) -> None:
    """The same, with an end that a success has."""
    if task.stops_on_success:
        flip(folder, terminated=True, truncated=False, length=task.horizon // 2)
    else:
        flip(folder, final_success=True if task.reports_final_success else None)


def drop(folder: Path) -> None:
    """An episode less."""
    edited(folder, lambda lines: lines.pop(first_failure(lines)) and None)


def say_other_version(folder: Path) -> None:
    """A header that says another MuJoCo, with a digest that fits."""
    content = json.loads((folder / HEADER).read_text())
    content.pop(DIGEST)
    content["packages"]["mujoco"] = "3.1.6"
    (folder / HEADER).write_text(to_digested_json(content))


if __name__ == "__main__":
    main()
