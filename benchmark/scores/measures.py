"""The measures: every score of this project, declared once, in the order of a file's columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from ilbench.plugins import by_name, load_plugins
from ilbench.scores.diversity.divergence import ModeDivergence
from ilbench.scores.diversity.modes import ConditionalDiversity, Diversity
from ilbench.scores.generalization.gaps import TRAIN, Generalization
from ilbench.scores.generalization.shifts import Shift
from ilbench.scores.measure import Column, Measure
from ilbench.scores.statistics.estimate import Estimate
from ilbench.scores.task_scores import SplitScores, TaskScores

Of: TypeAlias = Callable[[TaskScores, SplitScores], Estimate | float | None]


def load_measures() -> tuple[Measure, ...]:
    """Returns every measure: this project's, then those that other packages declare.

    Raises:
        DuplicateNameError: Two share a name.
        PluginError: An entry point of the group ``ilbench.measures`` leads to no measure.
    """
    found = load_plugins("ilbench.measures", Measure)
    # An entry point's place among others is that of its package: this project's own come first.
    return tuple(by_name(sorted(found, key=lambda one: one not in MEASURES), "measure").values())


def _split(read: Callable[[SplitScores], Estimate | float | None]) -> Of:
    return lambda task, split: read(split)


def _gap(read: Callable[[Generalization], Estimate | None]) -> Of:
    return lambda task, split: read(gap) if (gap := task.gap(split.split)) else None


def _shift(read: Callable[[Shift], Estimate | None]) -> Of:
    return lambda task, split: read(shift) if (shift := task.shift(split.split)) else None


def _area(task: TaskScores, split: SplitScores) -> Estimate | None:
    return next((curve.area for curve in task.severity if split.split in curve.splits), None)


def _diversity(read: Callable[[Diversity], Estimate | float | None]) -> Of:
    return lambda task, split: read(split.diversity) if split.diversity else None


def _conditional(read: Callable[[ConditionalDiversity], Estimate | float]) -> Of:
    return _diversity(lambda found: read(found.conditional) if found.conditional else None)


def _divergence(read: Callable[[ModeDivergence], Estimate | float | None]) -> Of:
    return _diversity(lambda found: read(found.from_demonstrations) if found.from_demonstrations else None)


def _goes_on_after_success(splits: Sequence[SplitScores]) -> bool:
    return any(split.final_success for split in splits)


def _has_several_contexts(splits: Sequence[SplitScores]) -> bool:
    """Returns whether the conditional entropy is not the behavior entropy itself, as on a single context."""
    scores = [split.diversity for split in splits if split.diversity]
    return any(d.conditional and d.conditional.entropy != d.entropy for d in scores)


_shown = partial(Measure, is_field=True)
_kept = partial(Measure, is_field=True, in_scores=None)
_of_modes = partial(Measure, is_field=True, in_scores=None, needs_modes=True, counts_episodes=False)

SUCCESS = _shown(
    name="success_rate",
    title="success rate",
    unit="rate",
    range=(0, 1),
    higher_is_better=True,
    of=_split(lambda split: split.success),
    note="Success: share of episodes on held-out contexts (split test); Wilson interval with the effective "
    "number of episodes: contexts, and training seeds where there are several, are what was drawn.",
    in_scores=Column(place=0, heading="success"),
    in_board=(
        Column(place=0, heading="success"),
        Column(place=2, heading="success, train", split=TRAIN),
    ),
    is_field=True,
)

GAP = _shown(
    name="gap",
    title="gap to train",
    unit="difference of rates",
    range=(-1, 1),
    higher_is_better=False,
    of=_gap(lambda gap: gap.gap),
    note="Gap: success on train minus success held out, of the training seeds that played both; Newcombe "
    "interval. Retention: held out over train.",
    in_scores=Column(place=7),
    in_board=(Column(place=3, heading="gap"),),
)

ENTROPY = _shown(
    name="behavior_entropy",
    title="behavior entropy",
    unit="entropy",
    range=(0, 1),
    higher_is_better=True,
    of=_diversity(lambda found: found.entropy),
    counts_episodes=False,
    needs_modes=True,
    note="Behavior entropy: of the modes of successful episodes, base number of modes, plug-in, averaged "
    "over training seeds; bias-corrected: Chao-Shen. Ceiling: what a perfectly uniform policy would show "
    "with as many successes. Conditional: from the same context, contexts without success left out.",
    in_scores=Column(place=5),
    in_board=(Column(place=7),),
)

NORMALIZED_RETURN = _kept(
    name="normalized_return",
    title="normalized return",
    unit="return",
    range=(None, None),
    higher_is_better=True,
    of=_split(lambda split: split.normalized_return),
    note="Normalized return: 0 is the random policy, 1 the expert.",
    in_board=(Column(place=5),),
)

NUM_MODES = _of_modes(
    name="num_modes",
    title="modes",
    unit="count",
    range=(2, None),
    higher_is_better=None,
    of=_diversity(lambda found: found.num_modes),
    is_estimate=False,
)

MEASURES = (
    SUCCESS,
    _shown(
        name="final_success_rate",
        title="success at the end",
        unit="rate",
        range=(0, 1),
        higher_is_better=True,
        of=_split(lambda split: split.final_success),
        in_scores=Column(place=1, heading="at the end"),
        in_board=(Column(place=1, is_shown=_goes_on_after_success),),
    ),
    _shown(
        name="steps_to_success",
        title="time to success",
        unit="steps",
        range=(0, None),
        higher_is_better=False,
        of=_split(lambda split: split.time_to_success.mean if split.time_to_success else None),
        note="Time to success: control steps, or seconds, of successes alone.",
        counts_episodes=False,
        in_scores=Column(place=2),
    ),
    _shown(
        name="mean_return",
        title="return",
        unit="return",
        range=(None, None),
        higher_is_better=True,
        of=_split(lambda split: split.mean_return),
        note="Return: sum of rewards, mean over episodes; interval between the least and the greatest.",
        beside=NORMALIZED_RETURN,
        in_scores=Column(place=3, heading="return (normalized)"),
    ),
    NORMALIZED_RETURN,
    ENTROPY,
    _of_modes(
        name="conditional_entropy",
        title="conditional entropy",
        unit="entropy",
        range=(0, 1),
        higher_is_better=True,
        of=_conditional(lambda found: found.entropy),
        in_board=(Column(place=10, is_shown=_has_several_contexts),),
    ),
    _of_modes(
        name="conditional_entropy_with_zeros",
        title="conditional entropy, contexts without success as 0",
        unit="entropy",
        range=(0, 1),
        higher_is_better=True,
        of=_conditional(lambda found: found.entropy_with_zeros),
    ),
    _of_modes(
        name="mode_kl",
        title="from demos (KL)",
        unit="divergence",
        range=(0, None),
        higher_is_better=False,
        of=_divergence(lambda found: found.kl),
        note="Kullback-Leibler, base number of modes; none where a mode is shown that no demonstration has.",
    ),
    _shown(
        name="mode_js",
        title="from demos (JS)",
        unit="divergence",
        range=(0, 1),
        higher_is_better=False,
        of=_divergence(lambda found: found.js),
        note="Divergence from the demonstrations' modes: Jensen-Shannon, in bits; 0 is equal shares.",
        counts_episodes=False,
        needs_modes=True,
        in_scores=Column(place=6),
    ),
    GAP,
    _kept(
        name="retention",
        title="retention",
        unit="ratio",
        range=(0, None),
        higher_is_better=True,
        of=_gap(lambda gap: gap.retention),
        in_board=(Column(place=4, is_optional=True),),
    ),
    _shown(
        name="shift_drop",
        title="less than test",
        unit="difference of rates",
        range=(-1, 1),
        higher_is_better=False,
        of=_shift(lambda shift: shift.drop),
        note="Success on test minus success under the shift, on common episodes where contexts are the same.",
        in_scores=Column(place=8),
    ),
    _shown(
        name="shift_retention",
        title="of it is kept",
        unit="ratio",
        range=(0, None),
        higher_is_better=True,
        of=_shift(lambda shift: shift.retention),
        in_scores=Column(place=9),
    ),
    _kept(
        name="severity_area",
        title="area under success over severity",
        unit="rate",
        range=(0, 1),
        higher_is_better=True,
        of=_area,
        note="Area under success over the severity of a shift, by trapezoids, over its width.",
    ),
    _of_modes(
        name="behavior_entropy_corrected",
        title="entropy, bias-corrected",
        unit="entropy",
        range=(0, 1),
        higher_is_better=True,
        of=_diversity(lambda found: found.entropy_corrected),
        is_estimate=False,
        in_board=(Column(place=8, is_optional=True),),
    ),
    _of_modes(
        name="entropy_ceiling",
        title="entropy ceiling",
        unit="entropy",
        range=(0, 1),
        higher_is_better=None,
        of=_diversity(lambda found: found.ceiling),
        is_estimate=False,
        in_board=(Column(place=9),),
    ),
    _of_modes(
        name="conditional_ceiling",
        title="conditional ceiling",
        unit="entropy",
        range=(0, 1),
        higher_is_better=None,
        of=_conditional(lambda found: found.ceiling),
        is_estimate=False,
        in_board=(Column(place=11, is_shown=_has_several_contexts, is_optional=True),),
    ),
    _of_modes(
        name="conditional_ceiling_with_zeros",
        title="conditional ceiling, contexts without success as 0",
        unit="entropy",
        range=(0, 1),
        higher_is_better=None,
        of=_conditional(lambda found: found.ceiling_with_zeros),
        is_estimate=False,
    ),
    _of_modes(
        name="conditional_entropy_corrected",
        title="conditional entropy, bias-corrected",
        unit="entropy",
        range=(0, 1),
        higher_is_better=True,
        of=_conditional(lambda found: found.entropy_corrected),
        is_estimate=False,
    ),
    _of_modes(
        name="mode_js_floor",
        title="from demos (JS), of a copy of their shares",
        unit="divergence",
        range=(0, 1),
        higher_is_better=None,
        of=_divergence(lambda found: found.js_floor),
        is_estimate=False,
    ),
    _of_modes(
        name="missing_mass",
        title="probability of a mode not seen yet",
        unit="probability",
        range=(0, 1),
        higher_is_better=None,
        of=_diversity(lambda found: found.missing_mass),
        note="Estimated probability that the next success shows a mode not seen yet.",
        is_estimate=False,
    ),
    _of_modes(
        name="num_modes_unseen",
        title="modes not seen, at least",
        unit="count",
        range=(0, None),
        higher_is_better=None,
        of=_diversity(lambda found: found.num_modes_unseen),
        is_estimate=False,
    ),
    _shown(
        name="num_modes_found",
        title="modes found",
        unit="count",
        range=(0, None),
        higher_is_better=True,
        of=_diversity(lambda found: found.num_modes_found),
        is_estimate=False,
        needs_modes=True,
        beside=NUM_MODES,
        in_scores=Column(place=4, heading="modes"),
        in_board=(Column(place=6),),
    ),
    NUM_MODES,
    _of_modes(
        name="num_successes",
        title="successes",
        unit="count",
        range=(0, None),
        higher_is_better=True,
        of=_diversity(lambda found: found.num_successes),
        is_estimate=False,
    ),
    _of_modes(
        name="num_undecided",
        title="successes without a mode",
        unit="count",
        range=(0, None),
        higher_is_better=None,
        of=_diversity(lambda found: found.num_undecided),
        is_estimate=False,
    ),
)
