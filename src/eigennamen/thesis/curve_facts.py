"""What templates can ask of learning curves: their heights, and when hand labels reach weak labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eigennamen.learning_curves import Curve
from eigennamen.resampling import interval
from eigennamen.studies.cells import in_group, row_in
from eigennamen.tables.break_even import Comparison, factors_of, hand_curves, minutes_at, weak_rows
from eigennamen.tables.curves import areas, common_words, differences_to, sections
from eigennamen.thesis.facts import Facts
from eigennamen.thesis.saying import Crossing, Difference


@dataclass(frozen=True)
class Height:
    """Mean height of a curve over the logarithm of words, mean over ``n`` seeds; ``gain`` over the baseline."""

    row: str
    mean: float
    n: int
    gain: Difference | None


@dataclass(frozen=True)
class AtPrice:
    """Hand minus weak labels for the minutes that these take with a function at ``factor`` times its price.

    ``verdict`` is better, worse, open or no clear difference; ``beyond``: the curve ends before so many minutes, or
    begins after, and is compared there.
    """

    factor: float
    minutes: float
    difference: Difference
    verdict: str
    beyond: bool


@dataclass(frozen=True)
class BreakEven:
    """A curve against weak labels: where it reaches them, and which is better for the same minutes."""

    row: str
    weak: str
    crossing: Crossing
    at: list[AtPrice]

    @property
    def now(self) -> AtPrice:
        """At the price that the records have."""
        return next(one for one in self.at if one.factor == 1)


@dataclass(frozen=True)
class Section:
    """The curves of one column and group of rows; ``low`` to ``high`` are the words that all of them have."""

    column: str
    group: str
    low: float
    high: float
    heights: list[Height]
    break_even: list[BreakEven]

    @property
    def winner(self) -> Height | None:
        """The highest curve."""
        return max(self.heights, key=lambda one: one.mean, default=None)


def sections_of(facts: Facts) -> Iterator[Section]:
    """Of a study with learning curves; none where it has no run with rounds."""
    if facts.study is None:
        return
    for title, group, rows in sections(facts.study, facts.curves):
        learned = {row: curve.with_hand_labels() for row, curve in rows.items() if curve.n_rounds > 1}
        if not learned:
            continue
        low, high = common_words(learned)
        even = [
            _break_even(facts, in_group(name)[1], in_group(row)[1], one)
            for row, weak in weak_rows(facts.study, group, rows).items()
            for name, curve in hand_curves(facts.study, group, rows).items()
            if (one := Comparison.of(curve, weak))
        ]
        heights = _heights(facts, row_in(group, facts.study.baseline), learned, low, high) if low < high else []
        yield Section(title.removesuffix(f", {group}") if group else title, group, low, high, heights, even)


def _heights(facts: Facts, baseline: str, curves: Mapping[str, Curve], low: float, high: float) -> list[Height]:
    values = {row: areas(curve, low, high) for row, curve in curves.items()}
    found = differences_to(baseline, curves, values)
    gains = {
        row: Difference(in_group(row)[1], in_group(baseline)[1], facts.saying, float(difference[0]), p)
        for row, (difference, p) in found.items()
    }
    return [
        Height(in_group(row)[1], float(value[0].mean()), value.shape[1], gains.get(row))
        for row, value in values.items()
    ]


def _break_even(facts: Facts, row: str, weak: str, one: Comparison) -> BreakEven:
    places, ends = one.places()
    crossing = Crossing(float(places[0]), interval(places[1:]), ends.tolist(), facts.saying)
    at = []
    for factor in factors_of(one.weak):
        found, verdict, beyond = one.judged(factor)
        difference = Difference(row, weak, facts.saying, float(found[0]), ends=interval(found[1:]))
        at.append(AtPrice(factor, float(minutes_at(one.weak, factor)[:, -1].mean()), difference, verdict, beyond))
    return BreakEven(row, weak, crossing, at)
