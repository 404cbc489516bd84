"""Every row of docs/policies.md means what it says: inline and in a process, alone and beside other lanes."""

from __future__ import annotations

from pathlib import Path

import forms
import numpy as np
import pytest
import returns

from ilbench.contract.policy import PLACES
from ilbench.contract.registry import find_task
from ilbench.digest import array_digest
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.answers import MAX_CHUNK
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.guest import GuestHost
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.hosts.host import MAX_OBSERVED
from ilbench.runner.hosts.places import make_host

DOCS = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")


def table(title):
    """Returns the rows of a section's table: the first cell, and the others."""
    section = DOCS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in rows}


FORMS = {
    "a class": ["Seeded", "Counts", "TaskAlone"],
    "a class without reset": ["NeverReset"],
    "a class that inherits": ["Inherited"],
    "a class with arguments": [("Seeded", {"gain": 2.0})],
    "a class whose methods are decorated, static, or of the class": [
        "Decorated",
        "WithStatic",
        "WithClassMethod",
        "WithProperty",
    ],
    "a factory": ["make", "partly_class", "WithClassMethod.load", "Called"],
    "a factory of functions": ["make_closure", "make_function"],
    "a function of one observation": ["function", "decorated"],
    "a function with more parameters": [
        "with_default",
        "with_keyword",
        "any_keywords",
        "positional",
        "partly",
    ],
    "a function with arguments": [("with_gain", {"gain": 0.01}), ("with_default", {"gain": 0.02})],
    "a class for all lanes": ["Batched", "BatchedDefaults", "BatchedKeywords", "BatchedList"],
    "an object for all lanes": ["batched"],
    "an object for one episode": ["instance", "called", "unreset", "with_reset", "method"],
    "a factory that returns the same object again": ["make_cached", "make_method", "Singleton"],
    "asynchronous, or a generator": [
        "asynchronous",
        "generator",
        "AsyncAct",
        "GeneratorAct",
        "AsyncReset",
        "GeneratorReset",
    ],
    "a function whose decorator hides its parameters": ["opaquely_decorated"],
    "anything else": ["NUMBER", "Formless", "make_class", "all_default"],
}
RESETS = {
    "`seed, task` or one of them, or none": ["Seeded", "SeedAlone"],
    "`seed=None, task=None`, `*, seed=None, options=None`": ["Defaults", "KeywordOnly", "OtherDefault"],
    "`**kwargs`": ["AnyKeywords"],
    "`*args` and nothing else": ["AnyArguments"],
    "`seed, task, /`": ["PositionalOnly", "PositionalAfterOther"],
    "`_seed, _task`": ["Underscored"],
    "`lane, seed, task`, with or without defaults, in any order": ["Batched", "BatchedDefaults"],
    "anything else without a default": ["OtherNeeded"],
}
SEEDS = (5, 6, 7)
UNSEEDED = {"Counts", "TaskAlone", "WithStatic", "WithClassMethod", "NeverReset", "make_function", "unreset"}


def cases(rows):
    """Returns a parameter for each policy of each row: the row's name, the policy's, its arguments."""
    for row, policies in rows.items():
        for policy in policies:
            name, arguments = policy if isinstance(policy, tuple) else (policy, {})
            yield pytest.param(row, name, arguments, id=f"{row}: {name}")


class Houses:
    """Hosts in both places; what lives in a process shares one with its like as long as it goes well."""

    def __init__(self):
        self._guest, self._like = None, None

    def host(self, spec, task, num_lanes):
        if spec.place == "inline":
            return make_host(spec, task, num_lanes, 60.0, 60.0)
        like = (task.id, spec.width)  # a guest's memory has the size of what it first played
        if like != self._like:
            self.close()
        guest, self._guest, self._like = self._guest or start_process(spec), None, like
        host = GuestHost(guest, spec, task, num_lanes, 60.0, 60.0)  # closes the guest if it fails
        self._guest = guest
        return host

    def close(self):
        if self._guest is not None:
            self._guest.close()
        self._guest = None


@pytest.fixture(scope="module")
def houses():
    houses = Houses()
    yield houses
    houses.close()


def episode(host, lane, seed):
    """Returns the first actions of an episode."""
    host.reset(lane, seed)
    for values in host.observations.values():
        values[lane] = seed
    return [host.act([lane]).chunk(lane) for _ in range(4)]


def played(houses, spec, task, num_lanes):
    """Returns how many lanes a policy plays, and its actions by seed; or why it is refused."""
    try:
        host = houses.host(spec, task, num_lanes)
    except InvalidSubmissionError as error:
        return str(error)
    lanes = {seed: index % host.num_lanes for index, seed in enumerate(SEEDS)}
    actions = {seed: array_digest(*episode(host, lane, seed)) for seed, lane in lanes.items()}
    return host.num_lanes, host.note, actions


def everywhere(houses, spec, task, name, arguments):
    """Returns how a form is played in several lanes, after a look at whether places and lanes agree."""
    found = {
        (place, lanes): played(houses, spec(name, "forms", arguments=arguments, place=place), task, lanes)
        for place in PLACES
        for lanes in (1, len(SEEDS))
    }
    assert found["inline", 1] == found["process", 1]
    assert found["inline", 3] == found["process", 3]
    alone, beside = found["inline", 1], found["inline", 3]
    assert alone == beside if isinstance(alone, str) else alone[-1] == beside[-1]
    return found["inline", 3]


def expected_actions(name, arguments):
    """Returns the actions that the seeds alone decide."""
    actions = {}
    for seed in SEEDS:
        policy = forms.Seeded(**arguments)
        policy.begin(seed)
        steps = [policy.act(None)[None].astype(np.float32) for _ in range(4)]
        actions[seed] = array_digest(*steps)
    return actions


@pytest.mark.parametrize(("row", "name", "arguments"), list(cases(FORMS)))
def test_a_form_is_played_as_documented(houses, spec, task, row, name, arguments):
    documented = table("Forms")[row][-1]
    found = everywhere(houses, spec, task, name, arguments)
    if documented == "refused":
        assert found.startswith(f"cannot load the policy 'forms:{name}': ")
        return
    num_lanes, note, actions = found
    assert (num_lanes, "same object" in note) == ((1, True) if "in one lane" in documented else (3, False))
    if documented != "one function for all lanes" and name not in UNSEEDED:
        assert actions == expected_actions(name, arguments)


@pytest.mark.parametrize(("row", "name", "arguments"), list(cases(RESETS)))
def test_a_reset_is_given_what_is_documented(houses, spec, task, row, name, arguments):
    found = everywhere(houses, spec, task, name, arguments)
    if table("`reset`")[row][-1].startswith("refused"):
        assert "parameter 'mood'" in found
    else:
        assert found[-1] == expected_actions(name, arguments)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["LateReset", "OpaquelyDecorated"])
def test_a_reset_that_hides_what_it_takes_is_a_fault_and_no_silence(houses, spec, task, place, name):
    host = houses.host(spec(name, "forms", place=place), task, 1)
    with pytest.raises(PolicyFault, match=r"TypeError: (reset returned a coroutine|.* argument 'task')"):
        host.reset(0, 5)


def variants_of(policy):
    return returns.variants(getattr(returns, policy).rows)


def verdict(answer, lane):
    """Returns what an answer means for a lane."""
    if lane in answer.faults:
        return answer.faults[lane][:2]
    return len(answer.chunk(lane)), array_digest(answer.chunk(lane))


def single_verdicts(houses, spec, task, place, policy, *, together):
    """Returns what each variant means: all asked in one call, each in a lane of its own, or one by one."""
    lanes = list(range(len(variants_of(policy))))
    host = houses.host(spec(policy, "returns", width=len(lanes), place=place), task, len(lanes))
    for lane in lanes:
        host.reset(lane, lane)
        for values in host.observations.values():
            values[lane] = 1 / 128
    answer = host.act(lanes)
    return [verdict(answer if together else host.act([lane]), lane) for lane in lanes]


def batched_verdicts(houses, spec, task, place, policy, *, together):
    """Returns what each variant means for a lane in the middle, beside the others or alone."""
    host, found = houses.host(spec(policy, "returns", place=place), task, 8), []
    for variant in range(len(variants_of(policy))):
        host.reset(3, variant)
        try:
            found.append(verdict(host.act(list(range(8)) if together else [3]), 3))
        except PolicyFault as fault:
            found.append((fault.status, fault.reason))
    return found


def check_verdicts(names, found, documented):
    """Checks that every variant means what its row says."""
    for name, (kind, *told) in zip(names, found, strict=True):
        cell = documented[name]
        if cell.startswith("invalid"):
            assert kind == "invalid_action", name
            assert "expected" in told[0]
        elif cell == "error":
            assert kind == "policy_error", (name, told)
        else:
            assert kind in ((1, 3) if "each" in cell else (3,) if "chunk" in cell else (1,)), (name, told)


RETURNS = {
    "Returns": ("What `act` returns for one episode", 0, "d3il/avoiding-v3", single_verdicts),
    "ReturnsChoices": ("What `act` returns for one episode", 1, "minigrid/goto-local-v1", single_verdicts),
    "BatchedReturns": ("What `act` returns for all lanes", 0, "d3il/avoiding-v3", batched_verdicts),
    "BatchedReturnsChoices": (
        "What `act` returns for all lanes",
        1,
        "minigrid/goto-local-v1",
        batched_verdicts,
    ),
}


@pytest.mark.parametrize("policy", RETURNS)
def test_what_is_returned_means_what_is_documented_wherever_and_beside_whomever(houses, spec, policy):
    title, column, task, verdicts = RETURNS[policy]
    found = [
        verdicts(houses, spec, find_task(task), place, policy, together=together)
        for place in PLACES
        for together in (False, True)
    ]
    assert found[0] == found[1]
    assert found[0] == found[2]
    assert found[0] == found[3]
    documented = {row: cells[column] for row, cells in table(title).items() if cells[column]}
    check_verdicts([name for name, _ in variants_of(policy)], found[0], documented)


def test_every_row_that_is_documented_is_looked_at():
    assert table("Forms").keys() == FORMS.keys()
    assert table("`reset`").keys() == RESETS.keys()
    for policy, (title, column, *_) in RETURNS.items():
        named = {row for row, cells in table(title).items() if cells[column]}
        assert named == getattr(returns, policy).rows.keys()


@pytest.mark.parametrize(
    ("task", "policy", "row", "length"),
    [
        ("d3il/avoiding-v3", "ReturnsDeclared", "an array (K, *shape)", 3),
        ("d3il/avoiding-v3", "ReturnsDeclared", "a list of K actions", 3),
        ("d3il/avoiding-v3", "ReturnsDeclared", "the action, as an array or a tensor", 1),
        ("d3il/avoiding-v3", "ReturnsDeclared", "a tuple of mean and deviation", "invalid_action"),
        ("minigrid/goto-local-v1", "ReturnsDeclaredChoices", "an array (K, *shape)", 3),
        ("minigrid/goto-local-v1", "ReturnsDeclaredChoices", "a list of K actions", 3),
        ("minigrid/goto-local-v1", "ReturnsDeclaredChoices", "one number", 1),
        (
            "minigrid/goto-local-v1",
            "ReturnsDeclaredChoices",
            "a tuple of mean and deviation",
            "invalid_action",
        ),
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_a_declared_chunk_needs_no_unmistakable_shape(houses, spec, place, task, policy, row, length):
    found = single_verdicts(houses, spec, find_task(task), place, policy, together=True)
    kinds = {kind for (name, _), (kind, _) in zip(variants_of(policy), found, strict=True) if name == row}
    assert kinds == {length}


@pytest.mark.parametrize("place", PLACES)
def test_chunks_of_different_lengths_stand_beside_each_other(houses, spec, task, place):
    host = houses.host(spec("Lengths", "returns", place=place), task, 8)
    for lane in range(8):
        host.reset(lane, lane)
    answers = [host.act(list(range(8))), host.act([1, 6])]
    assert [len(answers[0].chunk(lane)) for lane in range(8)] == [1, 2, 3, 4, 5, 1, 2, 3]
    assert [len(answers[1].chunk(lane)) for lane in (1, 6)] == [3, 3]
    assert (answers[1].chunk(6) == np.float32([0.0, 0.006])).all()


def test_the_limits_are_those_of_the_code():
    assert f"more than {MAX_CHUNK} actions" in table("What `act` returns for one episode")
    assert (f"up to {MAX_CHUNK:,}" in DOCS, "may take 1 GiB" in DOCS, MAX_OBSERVED) == (True, True, 2**30)
