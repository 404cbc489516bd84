import pytest

from ilbench.cli.split_families import first_sentence, merged, split_families
from ilbench.contract.task import Split


def wind(severity):
    return Split(
        name=f"shift/wind-{severity}",
        num_contexts=50,
        description=f"A wind of {10 * severity} N. Else as test.",
        severity=severity,
    )


def test_graded_shifts_of_a_kind_are_one_family_with_what_differs_in_turn():
    (family,) = split_families([wind(1), wind(2), wind(3)])
    assert family.name == "shift/wind-1 to 3"
    assert family.num_contexts == "50"
    assert family.description == "A wind of 10, 20, 30 N. Else as test."


def test_a_split_without_severity_is_a_family_of_its_own():
    train = Split(name="train", num_contexts=5, description="Any.")
    assert [family.name for family in split_families([train, wind(1)])] == ["train", "shift/wind-1"]


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        (["Same.", "Same."], "Same."),
        (["At 1 cm, here.", "At 2 cm, here."], "At 1, 2 cm, here."),
        (["Up by 1.", "Up by 2."], "Up by 1, 2."),
        (["One.", "Two words."], "One. Two words."),
    ],
)
def test_texts_that_differ_in_a_word_are_said_once(texts, one):
    assert merged(texts) == one


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two.", "One."),
        ("Of 1.5 m, see arXiv 2402.14606. Two.", "Of 1.5 m, see arXiv 2402.14606."),
        ("Jia et al. 2024. Two.", "Jia et al. 2024."),
        ("No end", "No end"),
        ("", ""),
    ],
)
def test_a_first_sentence_ends_where_another_begins(text, first):
    assert first_sentence(text) == first


def test_a_split_called_as_a_family_is_none_of_it():
    bare = Split(name="shift/wind", num_contexts=5, description="Any.")
    assert [family.name for family in split_families([bare, wind(1), wind(2)])] == [
        "shift/wind",
        "shift/wind-1 to 2",
    ]
