"""``curves.md`` of a study: how high each learning curve is, and which budget brings it near all labels."""

from collections.abc import Iterator, Mapping

import numpy as np

from eigennamen.learning_curves import Array, Curve, crossing, mean_height, mixed_at
from eigennamen.resampling import holm, interval, p_value
from eigennamen.studies.cells import in_group, row_in
from eigennamen.studies.grid import Study, groups_of, rows_of
from eigennamen.tables.table import markdown, mean_and_deviation

SHARE = 0.95  # of what all labels bring
_CAPTION = """{question} Learning curves, strict micro F1 on test, %.

- *area*: mean height of the curve between two numbers of words annotated, on their logarithm; straight lines between
  rounds; mean ± standard deviation over seeds, (n) where only n of {n_seeds} are there
- *to {baseline}*: points, mean over the seeds that both have, with the 95 % interval of a paired bootstrap over test
  sentences (the same resamples for both); *p* from the same resamples, adjusted for the rows of a table (Holm). Seeds
  are taken as they are
- what brings 95 % of what all labels do: of the seeds that a row has in common with them, on the logarithm of the cost
- words and sentences are those annotated for training; minutes also have dev and labeling functions
- *not within n*: the curve ends there; intervals reach beyond an end (<, >) where resamples do
"""


def curve_table(study: Study, curves: Mapping[tuple[str, str], Curve]) -> str:
    """The measures of all curves, a section for each column and group of rows."""
    parts = [_CAPTION.format(question=study.question, n_seeds=len(study.seeds), baseline=study.baseline or "baseline")]
    for title, group, found in sections(study, curves):
        learned = {row: curve for row, curve in found.items() if curve.n_rounds > 1}
        if learned:
            parts += [f"## {title}", "", *_heights(study, group, learned), *_budgets(study, group, found, learned)]
    return "\n".join(parts).rstrip() + "\n"


def sections(study: Study, curves: Mapping[tuple[str, str], Curve]) -> Iterator[tuple[str, str, dict[str, Curve]]]:
    """Title, group and curves by row, of every column and group of rows that has any."""
    for column in study.columns:
        for group in groups_of(study):
            rows = {row: curves[row, column] for row in rows_of(study, group) if (row, column) in curves}
            if rows:
                yield ", ".join(filter(None, (column, group))), group, rows


def _heights(study: Study, group: str, curves: Mapping[str, Curve]) -> list[str]:
    """Area and last common point, with their differences to the baseline."""
    curves = {row: curve.with_hand_labels() for row, curve in curves.items()}
    low, high = common_words(curves)
    if low >= high:
        return ["No number of words is within all of the curves.", ""]
    baseline = row_in(group, study.baseline)
    head: list[str] = []
    cells: dict[str, list[str]] = {in_group(row)[1]: [] for row in curves}
    for title, of in ((f"area, {low:,.0f} to {high:,.0f} words", areas), (f"at {high:,.0f} words", _ends)):
        values = {row: of(curve, low, high) for row, curve in curves.items()}
        differences = differences_to(baseline, curves, values)
        compared = {row: (signed(difference), f"{p:.3f}") for row, (difference, p) in differences.items()}
        head += [title, f"to {study.baseline}", "p"] if baseline in curves else [title]
        for row, numbers in values.items():
            height = mean_and_deviation(numbers[0].tolist(), n_seeds=len(study.seeds))
            difference = compared.get(row, ("–", "–")) if baseline in curves else ()
            cells[in_group(row)[1]] += [height, *difference]
    return [*markdown(head, cells), ""]


def common_words(curves: Mapping[str, Curve]) -> tuple[float, float]:
    """From which to which number of words all curves go; none is within all of them where the first is no smaller."""
    low = max(float(curve.costs["words"][:, 0].max()) for curve in curves.values())
    return low, min(float(curve.costs["words"][:, -1].min()) for curve in curves.values())


def areas(curve: Curve, low: float, high: float) -> Array:
    """Mean height over the logarithm of words. Shape ``(1 + n_resamples, n_seeds)``, as that of ``_ends``."""
    places = np.log(curve.costs["words"])
    mixes = [mean_height(of_seed, np.log(low), np.log(high)) for of_seed in places]
    return np.stack([curve.f1[:, seed] @ mix for seed, mix in enumerate(mixes)], axis=1)


def _ends(curve: Curve, low: float, high: float) -> Array:
    mixes = [mixed_at(of_seed, [np.log(high)])[:, 0] for of_seed in np.log(curve.costs["words"])]
    return np.stack([curve.f1[:, seed] @ mix for seed, mix in enumerate(mixes)], axis=1)


def differences_to(
    baseline: str, curves: Mapping[str, Curve], values: Mapping[str, Array]
) -> dict[str, tuple[Array, float]]:
    """Difference to the baseline, as measured and resampled, and its adjusted p, for each other row that has a seed in
    common with it.
    """
    differences = {}
    for row, curve in curves.items():
        seeds = [seed for seed in curve.seeds if baseline in curves and seed in curves[baseline].seeds]
        if row != baseline and seeds:
            of_row, of_baseline = (
                values[name][:, [curves[name].seeds.index(seed) for seed in seeds]].mean(axis=1)
                for name in (row, baseline)
            )
            differences[row] = of_row - of_baseline
    adjusted = holm([p_value(difference[1:]) for difference in differences.values()])
    return {row: (differences[row], p) for row, p in zip(differences, adjusted, strict=True)}


def signed(values: Array) -> str:
    """A measured difference and, in resamples, its interval.

    >>> signed(np.array([1.0, 0.5, 2.0]))
    '+1.0 (+0.5 to +2.0)'
    """
    low, high = interval(values[1:])
    return f"{values[0]:+.1f} ({low:+.1f} to {high:+.1f})"


def _budgets(study: Study, group: str, found: Mapping[str, Curve], learned: Mapping[str, Curve]) -> list[str]:
    """What it takes to come near all labels, in every unit."""
    full = found.get(row_in(group, study.full))
    if full is None:
        return []
    end = full.f1[0, :, -1].mean()
    units = ("sentences", "words", "minutes")
    text = f"{SHARE:.0%} of *{study.full}* ({end:.1f}), which is {SHARE * end:.1f}, is reached with:"
    rows = {
        in_group(row)[1]: [_reached(curve.of_seeds(seeds), full.of_seeds(seeds), unit) for unit in units]
        for row, curve in learned.items()
        if (seeds := [seed for seed in curve.seeds if seed in full.seeds])
    }
    return [text, "", *markdown(units, rows), ""]


def _reached(curve: Curve, full: Curve, unit: str) -> str:
    """At which cost the mean over seeds comes near all labels."""
    level = SHARE * full.f1[:, :, -1].mean(axis=1)
    costs, rounds = curve.costs[unit].mean(axis=0), np.arange(curve.n_rounds, dtype=np.float64)
    found = crossing(rounds, curve.f1.mean(axis=1), level)
    # on the logarithm, as curves are drawn; a start from weak labels costs no words, which counts as one
    places = np.where(np.isinf(found), found, np.exp(np.interp(found, rounds, np.log(np.maximum(costs, 1)))))
    return spanned(places, float(costs[0]), float(costs[-1]))


def spanned(places: Array, first: float, last: float) -> str:
    """Where a curve from ``first`` to ``last`` reaches something, as measured and, in resamples, the interval.

    >>> spanned(np.array([30.0, 20.0, np.inf]), 10, 40), spanned(np.array([np.inf] * 3), 10, 40)
    ('30 (20 to >40)', 'not within 40')
    """
    low, high = interval(places[1:])
    if low == high == places[0] and np.isinf(low):
        return f"not within {last:,.0f}" if low > 0 else f"at {first:,.0f} or before"

    def shown(place: float) -> str:
        return f"{place:,.0f}" if np.isfinite(place) else f">{last:,.0f}" if place > 0 else f"<{first:,.0f}"

    if places[0] == np.inf:
        return f"not within {last:,.0f} ({shown(low)} to {shown(high)})"
    return f"{shown(float(places[0]))} ({shown(low)} to {shown(high)})"
