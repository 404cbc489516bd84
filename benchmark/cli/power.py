"""``ilbench power``: how many episodes and training seeds a comparison needs."""

from __future__ import annotations

from typing import Annotated

import typer

from ilbench.cli.console import say


def power(
    difference: Annotated[
        float, typer.Option(help="Of the success rates, to be seen if it is there: 0.05 is 5 points.")
    ],
    rate: Annotated[float, typer.Option(help="Success rate of the worse policy.")] = 0.5,
    wanted: Annotated[float, typer.Option("--power", help="Probability of seeing it.")] = 0.8,
    significance: Annotated[
        float, typer.Option(help="Probability of calling two equal policies different.")
    ] = 0.05,
    correlation: Annotated[
        float,
        typer.Option(help="Of the two policies' outcomes in the same episode; 0 is the cautious guess."),
    ] = 0.0,
    comparisons: Annotated[
        int, typer.Option(min=1, help="Tasks that are tested at once; the significance is shared among them.")
    ] = 1,
    seed_deviation: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.5,
            help="Standard deviation of the success rate over training seeds: plans seeds too.",
        ),
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes that each training seed plays.")] = 100,
    seeds: Annotated[
        int | None, typer.Option(min=2, help="With --seed-deviation: episodes for this many training seeds.")
    ] = None,
) -> None:
    """Plan a comparison: the episodes and training seeds needed to see a difference of success rates.

    Examples:  ilbench power --difference 0.05

    ilbench power --difference 0.1 --rate 0.6 --correlation 0.5 --seed-deviation 0.04
    """
    from ilbench.errors import UsageError
    from ilbench.scores.comparison.power import (
        episodes_per_seed,
        make_effect,
        paired_episodes,
        training_seeds,
        unpaired_episodes,
    )

    if seeds is not None and seed_deviation is None:
        raise UsageError(
            "how many episodes training seeds need depends on how much they vary; say --seed-deviation, "
            "the standard deviation of the success rates that 'ilbench score' shows for several of them"
        )
    effect = make_effect(
        difference, rate=rate, correlation=correlation, significance=significance / comparisons, power=wanted
    )
    say(
        f"to tell {effect.first:g} from {effect.second:g} with power {wanted:g} at {100 * significance:g} %"
        + (f" over {comparisons} comparisons" if comparisons > 1 else "")
    )
    say("two trained policies, episodes of each:")
    say(f"  {paired_episodes(effect):>8,}  common episodes (McNemar, correlation {correlation:g})")
    say(f"  {unpaired_episodes(effect):>8,}  different episodes")
    if seed_deviation is None:
        say("two methods need several training seeds each: say how much their rates vary, --seed-deviation")
    elif seeds is None:
        needed = training_seeds(effect, seed_deviation, episodes)
        say(f"two methods, training seeds of each that vary by {seed_deviation:g} (Welch):")
        say(f"  {needed:>8,}  training seeds with {episodes} episodes each")
    else:
        needed = episodes_per_seed(effect, seed_deviation, seeds)
        say(f"two methods, training seeds of each that vary by {seed_deviation:g} (Welch):")
        say(f"  {needed:>8,}  episodes of each of {seeds} training seeds")
