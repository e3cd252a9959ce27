"""Learning curves of a study: what its rows reach for what they cost, and how far to trust a difference between two.

The measure of a whole curve is its mean height over the logarithm of the words annotated, in % strict micro F1. Words,
since strategies differ in the length of what they choose and a sentence is no unit of work. The logarithm, as in the
Active Learning Challenge (I. Guyon et al., Results of the Active Learning Challenge, JMLR W&CP 16, 2011): on a linear
axis the last doubling of the budget would be half of the area, and choosing matters where labels are few. Their measure
is rescaled between chance and perfection; ours is left as a mean F1, and a paired difference to random choice stands
beside it. Between rounds curves are straight lines.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eigennamen.costs import Prices
from eigennamen.resampling import resampled_f1
from eigennamen.scoring import Scores
from eigennamen.studies.counts import COUNTS, Key, read_study_counts
from eigennamen.studies.grid import Study

log = logging.getLogger(__name__)
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """What a row reaches in one column after each round; a row without rounds has one, its end.

    ``f1`` is strict micro F1 on test in %, shape ``(1 + n_resamples, n_seeds, n_rounds)``: first as measured, then in
    resamples of the test sentences, the same ones for all rows. ``costs`` has by name an array ``(n_seeds, n_rounds)``.
    """

    seeds: tuple[int, ...]
    costs: Mapping[str, Array]
    f1: Array

    @property
    def n_rounds(self) -> int:
        return int(self.f1.shape[2])

    def of_seeds(self, seeds: Sequence[int]) -> "Curve":
        """Some seeds of it, in that order."""
        places = [self.seeds.index(seed) for seed in seeds]
        return Curve(tuple(seeds), {name: cost[places] for name, cost in self.costs.items()}, self.f1[:, places])

    def with_hand_labels(self) -> "Curve":
        """The rounds in which some sentence was annotated for training; not a start from weak labels."""
        there = self.costs["words"].all(axis=0)
        return Curve(self.seeds, {name: cost[:, there] for name, cost in self.costs.items()}, self.f1[..., there])

    def then(self, other: "Curve") -> "Curve":
        """This curve going on with another, with the seeds that both have."""
        seeds = [seed for seed in self.seeds if seed in other.seeds]
        one, two = self.of_seeds(seeds), other.of_seeds(seeds)
        costs = {name: np.concatenate([one.costs[name], two.costs[name]], axis=1) for name in one.costs}
        return Curve(one.seeds, costs, np.concatenate([one.f1, two.f1], axis=2))


def curves_of(study: Study, *, n: int = 1000) -> dict[tuple[str, str], Curve]:
    """Every row by column, as far as its runs have a cost and counts by sentence; the others are named in the log.

    All are priced at the prices of the first record.

    Raises:
        ValueError: runs of one column were scored on different test sentences.
    """
    counts = read_study_counts(study.folder / COUNTS)
    points = {column: _points(study, column, counts) for column in study.columns}
    return {(row, column): curve for column in points for row, curve in _curves(column, points[column], counts, n=n)}


def prices_of(study: Study) -> Prices | None:
    """The prices of the first record that has any."""
    found = [Prices(**entry["prices"]) for entry in study.records().values() if entry.get("prices")]
    if any(prices != found[0] for prices in found):
        log.warning("records have several prices; all costs are shown at those of the first one, %s", found[0])
    return found[0] if found else None


Points = dict[str, dict[int, dict[str | None, tuple[Mapping[str, float], Key]]]]  # by row, seed and round


def _points(study: Study, column: str, counts: Mapping[Key, Scores]) -> Points:
    """What each round of a column cost, and where its counts are."""
    found: Points = {}
    prices = prices_of(study)
    for cell, entry in study.records().items():
        if cell.column != column or "error" in entry:
            continue
        rounds = [one for one in entry.get("rounds", ()) if "test" in one]
        costs: dict[str | None, Any] = {str(one["round"]): one["cost"] for one in rounds} or {None: entry.get("cost")}
        points = {number: (cost, (entry["run_id"], number)) for number, cost in costs.items()}
        if prices and all(cost and key in counts for cost, key in points.values()):
            by_round = found.setdefault(cell.row, {}).setdefault(cell.seed, {})
            by_round |= {number: (prices.priced(cost), key) for number, (cost, key) in points.items()}
        else:
            log.warning("%s: no cost or no counts in its record, left out of the learning curves", cell.command)
    return found


def _curves(column: str, points: Points, counts: Mapping[Key, Scores], *, n: int) -> Iterable[tuple[str, Curve]]:
    """The curves of one column; all of them are resampled at once. Rounds that some seed lacks are left out."""
    shared = {
        (row, number): [by_round[number] for by_round in by_seed.values()]
        for row, by_seed in points.items()
        for number in next(iter(by_seed.values()))
        if all(number in by_round for by_round in by_seed.values())
    }
    keys = [key for runs in shared.values() for _, key in runs]
    if not keys:
        return
    _check_same_sentences(column, keys, counts)
    f1 = 100 * resampled_f1(np.stack([counts[key].counts.sum(axis=1) for key in keys]), n=n)
    start = 0
    for row, places in groupby(shared, key=lambda place: place[0]):
        by_round = [shared[place] for place in places]  # (n_rounds, n_seeds)
        shape = len(by_round), len(by_round[0])
        end = start + shape[0] * shape[1]
        costs = {
            name: np.array([[cost[name] for cost, _ in runs] for runs in by_round], dtype=np.float64).T
            for name in by_round[0][0][0]
        }
        yield row, Curve(tuple(points[row]), costs, f1[:, start:end].reshape(-1, *shape).transpose(0, 2, 1))
        start = end


def _check_same_sentences(column: str, keys: Sequence[Key], counts: Mapping[Key, Scores]) -> None:
    first = counts[keys[0]]
    for key in keys:
        one = counts[key]
        if one.ids != first.ids or (one.counts[..., 2].sum(axis=1) != first.counts[..., 2].sum(axis=1)).any():
            raise ValueError(
                f"column {column!r}: run {key[0]} was scored on other test sentences or gold than {keys[0][0]}; "
                "remove the older one's record and do the run again"
            )


def mixed_at(places: Array, asked: Sequence[float]) -> Array:
    """How to mix the values of a curve at ``places`` into those where ``asked``: ``values @ mixed_at(...)``.

    Shape ``(n_places, n_asked)``. Beyond its ends a curve has the value of the end.

    >>> mixed_at(np.array([0.0, 10.0]), [5, 10, 99]).tolist()
    [[0.5, 0.0, 0.0], [0.5, 1.0, 1.0]]
    """
    return np.array([np.interp(asked, places, unit) for unit in np.eye(len(places))])


def mean_height(places: Array, low: float, high: float) -> Array:
    """How to mix the values of a curve into its mean height from ``low`` to ``high``, shape ``(n_places,)``.

    >>> mean_height(np.array([0.0, 2.0, 3.0]), 0, 4).tolist()
    [0.25, 0.375, 0.375]
    """
    grid = [low, *(place for place in places.tolist() if low < place < high), high]
    at_grid = mixed_at(places, grid)
    return np.asarray((at_grid[:, 1:] + at_grid[:, :-1]) / 2 @ np.diff(grid) / (high - low))


def crossing(places: Array, values: Array, level: Array) -> Array:
    """Where curves first reach a level.

    Args:
        places: ascending, shape ``(n_rounds,)`` or ``(n_curves, n_rounds)``.
        values: shape ``(n_curves, n_rounds)``.
        level: shape ``(n_curves,)``.

    Returns:
        Shape ``(n_curves,)``; -inf where the first round is there already, inf where the last one is not.
    """
    places = np.broadcast_to(places, values.shape)
    reached = values >= level[:, None]
    after = np.maximum(reached.argmax(axis=1), 1)  # the round that is at or above the level
    rows = np.arange(len(values))
    if values.shape[1] == 1:
        return np.where(reached[:, 0], -np.inf, np.inf)
    (x0, x1), (y0, y1) = ((array[rows, after - 1], array[rows, after]) for array in (places, values))
    rise = np.where(y1 > y0, y1 - y0, 1)  # where nothing rises, nothing is crossed
    found = x0 + (level - y0) / rise * (x1 - x0)
    return np.where(reached[:, 0], -np.inf, np.where(reached.any(axis=1), found, np.inf))
