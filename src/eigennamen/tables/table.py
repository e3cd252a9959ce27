"""The table of a study as a value, made from its records and counts alone; ``formats`` writes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import mean, stdev
from typing import Any

import numpy as np

from eigennamen.resampling import holm, interval, randomization_p_value, resampled_f1
from eigennamen.studies.counts import COUNTS, Totals, read_totals
from eigennamen.studies.grid import Study

Runs = Mapping[int, Mapping[str, Any]]  # the finished runs of a row in a column, by seed


@dataclass(frozen=True)
class Place:
    """A row in a column: strict micro F1 on test in %, by seed; the 95 % interval of their mean, if known."""

    f1: Mapping[int, float]
    interval: tuple[float, float] | None = None

    @property
    def mean(self) -> float:
        return mean(self.f1.values())

    @property
    def deviation(self) -> float | None:
        return stdev(self.f1.values()) if len(self.f1) > 1 else None

    def written(self, number: Callable[[float], str]) -> str:
        """Mean and deviation over seeds."""
        return number(self.mean) + ("" if self.deviation is None else f" ± {number(self.deviation)}")


@dataclass(frozen=True)
class Comparison:
    """The best row of a column against the next one, over the seeds that both have; ``p`` is adjusted (Holm).

    ``some_seeds``: one of the rows has others as well, so that their means are not what is tested. ``untested`` says
    why there is no ``p``: ``counts`` are missing, or the rows have no seed in common.
    """

    column: str
    best: str
    runner_up: str
    difference: float
    seeds: tuple[int, ...] = ()
    some_seeds: bool = False
    p: float | None = None
    untested: str = ""


@dataclass(frozen=True, eq=False)
class Table:
    """Everything that a study's table shows. ``runs`` has those that finished, ``labels`` those of the gold spans by
    column, as far as they are known.
    """

    study: Study
    runs: Mapping[tuple[str, str], Runs]
    places: Mapping[tuple[str, str], Place]
    comparisons: tuple[Comparison, ...]
    labels: Mapping[str, tuple[str, ...]]
    counted: frozenset[str]  # runs with counts by sentence
    failed: tuple[str, ...]

    @classmethod
    def of(cls, study: Study) -> "Table":
        """Read the study's records and counts.

        Raises:
            ValueError: the runs of a column have several protocols or test sets.
        """
        entries = study.records()
        runs: dict[tuple[str, str], dict[int, Any]] = {place: {} for place in product(study.rows, study.columns)}
        for cell, entry in entries.items():
            if "error" not in entry:
                runs[cell.row, cell.column][cell.seed] = entry
        totals = read_totals(study.folder / COUNTS)
        _check_comparable(study, runs, totals)
        places = _with_intervals(runs, totals)
        return cls(
            study,
            runs,
            places,
            tuple(_compared(study, runs, places, totals)),
            _labels(runs, totals),
            frozenset(totals),
            tuple(f"{c.row}, {c.column}, seed {c.seed}" for c, entry in entries.items() if "error" in entry),
        )

    def best(self, column: str) -> list[str]:
        """The rows with the highest mean of a column; none where there is nothing to be better than."""
        means = {row: self.places[row, column].mean for row in self.study.rows if (row, column) in self.places}
        return [row for row, value in means.items() if value == max(means.values())] if len(means) > 1 else []

    @property
    def protocols(self) -> list[tuple[str, str, tuple[str, ...], str]]:
        """Corpus, protocol, labels and ``dev_labels`` of all runs, each once."""
        return sorted(
            {
                (run["corpus"], run["protocol"], self.labels.get(column, ()), run["dev_labels"])
                for (_, column), by_seed in self.runs.items()
                for run in by_seed.values()
            }
        )

    @property
    def all_runs(self) -> list[Mapping[str, Any]]:
        return [run for by_seed in self.runs.values() for run in by_seed.values()]


def _check_comparable(study: Study, runs: Mapping[tuple[str, str], Runs], totals: Mapping[str, Totals]) -> None:
    """A column has one protocol and, as far as counts tell, one test set."""
    for column in study.columns:
        first: dict[str, tuple[Any, str]] = {}
        of_column = [(row, *item) for row in study.rows for item in runs[row, column].items()]
        for row, seed, run in of_column:
            place = f"{row!r} with seed {seed}"
            counts = totals.get(run.get("run_id", ""))
            found = {"protocol": f"{run['corpus']}: {run['protocol']}"} | (
                {"test set": f"sentences and gold {counts.test_set}"} if counts else {}
            )
            for kind, value in found.items():
                known, known_place = first.setdefault(kind, (value, place))
                if known != value:
                    raise ValueError(
                        f"{study.folder}: column {column!r} mixes two of {kind}: {known_place} has {known!r}, {place} "
                        f"has {value!r}; what is not comparable needs columns of its own in study.yaml, or, where one "
                        "run is of an older version, remove its line from records.jsonl and do the study again"
                    )


def _with_intervals(runs: Mapping[tuple[str, str], Runs], totals: Mapping[str, Totals]) -> dict[tuple[str, str], Place]:
    """The places that have a run; all on the same test set are resampled at once."""
    places = {place: _place(by_seed) for place, by_seed in runs.items() if by_seed}
    by_test_set: dict[str, dict[tuple[str, str], list[Totals]]] = {}
    for place in places:
        counts = [totals[run["run_id"]] for run in runs[place].values() if run.get("run_id") in totals]
        if len(counts) == len(runs[place]):
            by_test_set.setdefault(counts[0].test_set, {})[place] = counts
    for counted in by_test_set.values():
        values = 100 * resampled_f1(np.stack([one.counts for counts in counted.values() for one in counts]))
        end = 0
        for place, counts in counted.items():
            start, end = end, end + len(counts)
            places[place] = replace(places[place], interval=interval(values[1:, start:end].mean(axis=1)))
    return places


def _place(by_seed: Runs) -> Place:
    """From records alone; a single run has the interval that its record says."""
    micro = {seed: run["scores"]["test"]["micro"] for seed, run in by_seed.items()}
    f1 = {seed: 100 * one["f1"] for seed, one in micro.items()}
    ends = next(iter(micro.values())).get("interval") if len(micro) == 1 else None
    return Place(f1, (100 * ends[0], 100 * ends[1]) if ends else None)


def _compared(
    study: Study,
    runs: Mapping[tuple[str, str], Runs],
    places: Mapping[tuple[str, str], Place],
    totals: Mapping[str, Totals],
) -> list[Comparison]:
    found = []
    for column in study.columns:
        rows = sorted((row for row in study.rows if (row, column) in places), key=lambda r: -places[r, column].mean)
        if len(rows) > 1:
            best, runner_up = (runs[row, column] for row in rows[:2])
            found.append(comparison(column, rows[0], rows[1], best, runner_up, totals))
    tested = [one for one in found if one.p is not None]
    adjusted = dict(
        zip((one.column for one in tested), holm([one.p for one in tested if one.p is not None]), strict=True)
    )
    return [replace(one, p=adjusted.get(one.column)) for one in found]


def comparison(
    column: str, row: str, other_row: str, best: Runs, runner_up: Runs, totals: Mapping[str, Totals]
) -> Comparison:
    """Of two rows, the first one by right the better, with ``p`` not yet adjusted."""
    seeds = tuple(seed for seed in best if seed in runner_up)
    sides = [[runs[seed] for seed in seeds] for runs in (best, runner_up)]
    first, second = (
        mean(100 * run["scores"]["test"]["micro"]["f1"] for run in side or runs.values())
        for side, runs in zip(sides, (best, runner_up), strict=True)
    )
    result = Comparison(column, row, other_row, first - second, seeds, len(seeds) < max(len(best), len(runner_up)))
    if not seeds:
        return replace(result, untested="unpaired")
    if any(run.get("run_id") not in totals for side in sides for run in side):
        return replace(result, untested="untested")
    one, other = (np.stack([totals[run["run_id"]].counts for run in side]) for side in sides)
    return replace(result, p=randomization_p_value(one, other))


def _labels(runs: Mapping[tuple[str, str], Runs], totals: Mapping[str, Totals]) -> dict[str, tuple[str, ...]]:
    """The labels of the gold spans by column, from counts or from records that have them."""
    found: dict[str, tuple[str, ...]] = {}
    for (_, column), by_seed in runs.items():
        for run in by_seed.values():
            counts = totals.get(run.get("run_id", ""))
            if labels := counts.labels if counts else tuple(run.get("labels", ())):
                found[column] = labels
    return found


def markdown(columns: Iterable[str], rows: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of a table with the names of rows on the left and numbers on the right."""
    columns = list(columns)
    head = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    return head + [f"| {row} | {' | '.join(cells)} |" for row, cells in rows.items()]


def mean_and_deviation(
    values: Sequence[float], *, n_seeds: int, number: Callable[[float], str] = "{:.1f}".format
) -> str:
    """Over seeds, with their number where some are missing.

    >>> mean_and_deviation([50.0, 52.0], n_seeds=3)
    '51.0 ± 1.4 (2)'
    """
    if not values:
        return "–"
    few = "" if len(values) == n_seeds else f" ({len(values)})"
    return Place(dict(enumerate(values))).written(number) + few
