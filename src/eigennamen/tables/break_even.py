"""Labeling functions or hand labels: after how many minutes of annotation do hand labels reach what weak labels do?

Curves are straight between rounds on the logarithm of minutes, as they are drawn. What a labeling function takes is an
assumption, so that everything is said at half, one and twice its price. Intervals are a bootstrap over test sentences
and over seeds: each resample takes the same sentences and the same seeds from both sides. With three seeds that is a
coarse picture of what another seed would do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from eigennamen.costs import Prices
from eigennamen.learning_curves import Array, Curve, crossing, prices_of
from eigennamen.resampling import interval
from eigennamen.studies.cells import in_group, row_in
from eigennamen.studies.grid import Study
from eigennamen.tables.curves import sections, signed, spanned
from eigennamen.tables.table import markdown, mean_and_deviation

FACTORS = (0.5, 1.0, 2.0)  # of the price of a labeling function
_CAPTION = """{question} Break-even of hand and weak labels, strict micro F1 on test, %.

- *crossing*: minutes of annotation at which a curve reaches what the weak labels do, dev among them; with the 95 %
  interval of a bootstrap over test sentences and seeds
- *at n minutes*: hand minus weak labels for the same minutes, with a labeling function at half, one and twice its
  price; curves that need the functions pay for them too
- minutes are estimates: {prices}
- † the curve ends before (or begins after) so many minutes, and its end (beginning) is compared
"""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A curve of hand labels against a row that costs labeling functions, over the seeds that both have."""

    curve: Curve
    weak: Curve

    @classmethod
    def of(cls, curve: Curve, weak: Curve) -> "Comparison | None":
        seeds = [seed for seed in curve.seeds if seed in weak.seeds]
        return cls(curve.of_seeds(seeds), weak.of_seeds(seeds)) if seeds else None

    @property
    def _draws(self) -> Array:
        """What each seed counts, shape ``(1 + n_resamples, n_seeds)``: all alike as measured, then as drawn."""
        n_seeds, n = len(self.curve.seeds), len(self.curve.f1) - 1
        alike = np.full(n_seeds, 1 / n_seeds)
        drawn = np.random.default_rng(0).multinomial(n_seeds, alike, size=n) / n_seeds
        return np.concatenate([alike[None], drawn])

    def _heights(self) -> tuple[Array, Array]:
        """Of the curve ``(1 + n_resamples, n_rounds)``, and of the weak labels ``(1 + n_resamples,)``."""
        draws = self._draws
        curve = np.einsum("rs,rsk->rk", draws, self.curve.f1)
        return curve, np.einsum("rs,rs->r", draws, self.weak.f1[:, :, -1])

    def places(self) -> tuple[Array, Array]:
        """Minutes at which the curve reaches the weak labels, at the price of a function that the records have: as
        measured and then resampled, infinite as ``learning_curves.crossing`` has it; and where the curve begins and
        ends.
        """
        curve, level = self._heights()
        minutes = self._draws @ minutes_at(self.curve, 1)
        found = crossing(np.log(minutes), curve, level)
        return np.where(np.isinf(found), found, np.exp(found)), minutes[0, [0, -1]]

    def crossing(self) -> str:
        """These minutes in words."""
        places, ends = self.places()
        text = spanned(places, *ends.tolist())
        return text if np.isfinite(places[0]) or places[0] < 0 else text.replace("not", "no crossing", 1)

    def difference(self, factor: float) -> str:
        """Hand minus weak labels for the minutes of these, and which is better as far as that can be said."""
        difference, verdict, beyond = self.judged(factor)
        return f"{signed(difference)} {verdict}" + (" †" if beyond else "")

    def judged(self, factor: float) -> tuple[Array, str, bool]:
        """The difference, measured and resampled; the verdict; and whether an end of the curve had to be compared."""
        (curve, level), draws = self._heights(), self._draws
        places, asked = (np.log(draws @ minutes_at(one, factor)) for one in (self.curve, self.weak))
        at = [np.interp(x, xs, ys) for x, xs, ys in zip(asked[:, -1], places, curve, strict=True)]
        difference: Array = np.array(at) - level
        low, high = interval(difference[1:])
        ends_before, begins_after = asked[0, -1] > places[0, -1], asked[0, -1] < places[0, 0]
        if low > 0 and not begins_after:
            verdict = "better"
        elif high < 0 and not ends_before:
            verdict = "worse"
        else:
            verdict = "open" if ends_before or begins_after else "no clear difference"
        return difference, verdict, bool(ends_before or begins_after)


def minutes_at(curve: Curve, factor: float) -> Array:
    """Minutes with a labeling function at a multiple of its price, shape ``(n_seeds, n_rounds)``."""
    return curve.costs["minutes"] + (factor - 1) * curve.costs["function_minutes"]


def factors_of(weak: Curve) -> tuple[float, ...]:
    """The prices of a function at which something changes."""
    return FACTORS if weak.costs["functions"].any() else (1.0,)


def hand_curves(study: Study, group: str, rows: Mapping[str, Curve]) -> dict[str, Curve]:
    """The curves of a group; the baseline goes on to the row with all labels, where random choice ends."""
    curves = {row: curve for row, curve in rows.items() if curve.n_rounds > 1}
    baseline, full = row_in(group, study.baseline), rows.get(row_in(group, study.full))
    if full is not None and baseline in curves and {*full.seeds} & {*curves[baseline].seeds}:
        curves[baseline] = curves[baseline].then(full)
    return curves


def weak_rows(study: Study, group: str, rows: Mapping[str, Curve]) -> dict[str, Curve]:
    """The rows of a group to break even with."""
    return {row: rows[row] for name in study.break_even if (row := row_in(group, name)) in rows}


def break_even_table(study: Study, curves: Mapping[tuple[str, str], Curve]) -> str:
    """``break_even.md``: a section for each column, group and row that costs labeling functions."""
    prices = prices_of(study)
    parts = [_CAPTION.format(question=study.question, prices=prices and _listed(prices))]
    for title, group, rows in sections(study, curves):
        by_row = hand_curves(study, group, rows)
        for row, weak in weak_rows(study, group, rows).items():
            parts += [f"## {title}: {in_group(row)[1]}", "", _described(study, weak), ""]
            compared = {in_group(name)[1]: Comparison.of(curve, weak) for name, curve in by_row.items()}
            factors = factors_of(weak)
            cells = {name: [one.crossing(), *map(one.difference, factors)] for name, one in compared.items() if one}
            parts += [*markdown(_head(weak), cells), ""]
    if study.baseline and study.full:
        parts.append(f"The curve of *{study.baseline}* goes on to *{study.full}*, where random choice ends.")
    return "\n".join(parts).rstrip() + "\n"


def _listed(prices: Prices) -> str:
    """The assumptions, in words."""
    return ", ".join(f"{seconds:g} s a {name.removeprefix('seconds_per_')}" for name, seconds in vars(prices).items())


def _described(study: Study, weak: Curve) -> str:
    height = mean_and_deviation(weak.f1[0, :, -1].tolist(), n_seeds=len(study.seeds))
    functions, dev = (weak.costs[name][:, -1].mean() for name in ("functions", "dev_minutes"))
    return f"Weak labels reach {height} with {functions:.0f} labeling functions and {dev:,.0f} minutes for dev labels."


def _head(weak: Curve) -> Iterator[str]:
    yield "crossing, minutes"
    for factor in factors_of(weak):
        yield f"at {minutes_at(weak, factor)[:, -1].mean():,.0f} minutes (functions x {factor:g})"
