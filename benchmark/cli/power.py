"""``ilbench power``: how many contexts and training seeds a comparison needs, or what it can see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say

if TYPE_CHECKING:
    from ilbench.scores.comparison.power import Effect, Plan


def power(
    difference: Annotated[
        float | None, typer.Option(help="Of the success rates, to be seen if it is there: 0.05 is 5 points.")
    ] = None,
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
    contexts: Annotated[
        int | None, typer.Option(min=2, help="Contexts that are played; else the number needed is said.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Episodes on each context.")] = 1,
    within: Annotated[
        float,
        typer.Option(min=0, max=1, help="Correlation of two repeats on one context; deterministic: 1."),
    ] = 0.0,
    seeds: Annotated[
        int | None, typer.Option(min=2, help="Training seeds of each method; else the number needed is said.")
    ] = None,
    seed_deviation: Annotated[
        float | None,
        typer.Option(min=0, max=0.5, help="Standard deviation of the success rate over training seeds."),
    ] = None,
) -> None:
    """Plan a comparison: the contexts and training seeds that show a difference of success rates.

    Without --difference: the least difference that so many contexts and training seeds show, as
    'ilbench compare' says it of a comparison that was made.

    Examples:  ilbench power --difference 0.05

    ilbench power --difference 0.1 --rate 0.6 --contexts 100 --seed-deviation 0.04

    ilbench power --contexts 60 --repeats 18 --within 0.3 --seeds 3 --seed-deviation 0.05
    """
    from ilbench.errors import UsageError
    from ilbench.scores.comparison.power import Plan, detectable_difference, make_effect

    if seeds is not None and seed_deviation is None:
        raise UsageError(
            "what training seeds show depends on how much they vary; say --seed-deviation, "
            "the standard deviation of the success rates that 'ilbench score' shows for several of them"
        )
    level = significance / comparisons
    plan = Plan(contexts=contexts or 100, repeats=repeats, within=within)
    over = f" over {comparisons} comparisons" if comparisons > 1 else ""
    beside = f"with power {wanted:g} at {100 * significance:g} %{over}"
    if difference is not None:
        effect = make_effect(difference, rate=rate, correlation=correlation, significance=level, power=wanted)
        say(f"to tell {effect.first:g} from {effect.second:g} {beside}")
        _say_needed(effect, plan, seeds, seed_deviation, contexts)
        return
    if contexts is None:
        raise UsageError("nothing to plan: say --difference, or what is played: --contexts (and --repeats)")
    say(f"above a rate of {rate:g}, {beside}, can be seen:")
    for one, whose in _plans(plan, seeds, seed_deviation):
        found = detectable_difference(
            one, rate=rate, correlation=correlation, significance=level, power=wanted
        )
        say(f"  {'nothing' if found is None else f'{found:.3f}':>8}  of {whose}")


def _say_needed(
    effect: Effect, plan: Plan, seeds: int | None, deviation: float | None, contexts: int | None
) -> None:
    from dataclasses import replace

    from ilbench.scores.comparison.power import needed_contexts, needed_seeds, unpaired_episodes

    say("two policies, one training seed each:")
    say(f"  {needed_contexts(effect, plan):>8,}  contexts in common{_repeated(plan)}")
    say(f"  {unpaired_episodes(effect):>8,}  different episodes of each, none in common")
    if deviation is None:
        say("two methods need several training seeds each: say how much their rates")
        say("vary, --seed-deviation")
        return
    say(f"two methods, training seeds of each that vary by {deviation:g}:")
    several = replace(plan, seed_deviation=deviation)
    if seeds is None:
        needed = needed_seeds(effect, several)
        say(f"  {needed:>8,}  training seeds on {plan.contexts} contexts{_repeated(plan)}")
    if seeds is not None:
        needed = needed_contexts(effect, replace(several, seeds=seeds))
        say(f"  {needed:>8,}  contexts of {seeds} training seeds{_repeated(plan)}")
        if contexts is not None and needed > contexts:
            say(f"  {needed_seeds(effect, several):>8,}  training seeds, should it be {contexts} contexts")


def _plans(plan: Plan, seeds: int | None, deviation: float | None) -> list[tuple[Plan, str]]:
    from dataclasses import replace

    played = f"{plan.contexts} contexts{_repeated(plan)}"
    found = [(plan, f"two policies on {played}")]
    if seeds is not None and deviation is not None:
        several = replace(plan, seeds=seeds, seed_deviation=deviation)
        found.append((several, f"two methods, {seeds} training seeds each, on {played}"))
    return found


def _repeated(plan: Plan) -> str:
    return f" × {plan.repeats} repeats" if plan.repeats > 1 else ""
