import pytest

from ilbench.checks.entropy_bias import mode_distributions, simulate_entropy_errors, summarize_entropy_errors


def test_simulated_errors_of_the_plug_in_estimator_agree_with_the_exact_expectation():
    errors = list(simulate_entropy_errors([4], [2], 20_000, 0))
    uniform = next(e for e in errors if e.distribution == "uniform" and e.estimator == "plug-in")
    exact = (8 * 0.811278 + 6 * 1) / 16  # 1 3, 3 1: eight of sixteen; 2 2: six
    assert uniform.bias == pytest.approx(exact - 1, abs=4 * uniform.standard_error)
    collapsed = [e for e in errors if e.distribution == "collapsed"]
    assert all(e.bias == e.rmse == 0 for e in collapsed)


def test_chao_shen_has_the_least_worst_bias_where_modes_are_many_and_episodes_few():
    summaries = summarize_entropy_errors(simulate_entropy_errors([8, 16], [24], 500, 0))
    worst = {}
    for cell in summaries:
        worst[cell.estimator] = max(worst.get(cell.estimator, 0), cell.worst_bias)
    assert worst["Chao-Shen"] < worst["Miller-Madow"] < worst["plug-in"]


@pytest.mark.parametrize("num_modes", [2, 4, 24])
def test_distributions_over_modes_are_distributions(num_modes):
    for shares in mode_distributions(num_modes).values():
        assert shares.shape == (num_modes,)
        assert shares.sum() == pytest.approx(1)
        assert (shares >= 0).all()
