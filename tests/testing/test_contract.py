"""A check turns what it finds, or what is raised under it, into problems."""

from ilbench.testing.contract import Check, Finding, Problem, differing


def breaks(subject):
    raise KeyError(subject)


def check(look, **fields):
    return Check(name="it holds", look=look, remedy="mend it", **fields)


def test_a_finding_becomes_a_problem_with_the_checks_name_and_remedy():
    (problem,) = check(lambda subject: [Finding("a leak", "none")]).problems("boat")
    assert problem == Problem(check="it holds", found="a leak", expected="none", remedy="mend it")
    assert str(problem) == "it holds: found a leak, expected none; mend it"


def test_what_is_raised_is_a_finding():
    (problem,) = check(breaks).problems("boat")
    assert (problem.found, problem.expected) == ("KeyError: 'boat'", "no exception")


def test_a_pardoned_subject_is_not_looked_at():
    assert check(breaks, pardon=lambda subject: "no boat").problems("car") == []


def test_equal_values_differ_in_nothing():
    assert list(differing(1, 1)) == []
    assert list(differing(1, 2)) == [Finding("1", "2")]
