from ilbench.leaderboard.checking.problem import SHOWN, problem, shortened, shown


def test_a_problem_says_file_field_found_expected_and_remedy():
    one = problem("run.json", "preset", "smoke", "full", "play it again")
    assert str(one) == "run.json: field 'preset': found smoke, expected full; play it again"


def test_what_others_wrote_is_plain_and_short():
    one = problem("a\x1b[2J", "b\nc", "\u202e" * 9 + "x" * 10**6, "y", "z")
    assert str(one).isprintable()
    assert len(str(one)) < 300


def test_nothing_is_said_to_be_nothing():
    assert (shown(""), shown(None), shown(3)) == ("nothing", "None", "3")


def test_many_problems_of_a_field_are_a_few_and_their_number():
    many = [problem(f"journal:{i}", "length", i, "less", "no") for i in range(100)]
    found = list(shortened(many))
    assert len(found) == SHOWN + 1
    assert "95 more of these" in str(found[-1])
